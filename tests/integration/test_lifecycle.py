# SPDX-License-Identifier: Apache-2.0
"""The life of keys in a running service, and the processes that must have loaded them."""
import time

import pytest

from client import Caller
from deployment import Deployment, register_two_by_two
from test_time import deployment as deployment_with_clock
from test_time import shift


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("lifecycle")))
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def until(test, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if test():
            return
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")


def sql(d, text):
    return d.pg.sql("SET search_path = schuilnaam; " + text)


def live(d):
    return int(sql(d, "SELECT count(*) FROM process WHERE ended IS NULL "
                      "AND confirmed > now() - interval '3 seconds'"))


def test_each_serving_process_has_a_live_row_with_the_counters_it_loaded(own):
    assert live(own) == 1
    other = own.sibling("second")
    other.start()
    try:
        assert live(own) == 2
        until(lambda: int(sql(own, "SELECT count(*) FROM process WHERE ended IS NULL AND translate_counter = "
                                   "(SELECT counter FROM manifest WHERE compartment = 'translate')")) == 2,
              5, "both have loaded the newest manifest")
        confirmed = sql(own, "SELECT max(confirmed) FROM process")
        until(lambda: sql(own, "SELECT max(confirmed) FROM process") > confirmed, 5, "rows are renewed")
    finally:
        assert other.stop() == 0
    assert int(sql(own, "SELECT count(*) FROM process WHERE ended IS NULL")) == 1


# ---- transport keys ----
BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}


def translated(d, issued):
    """The final of the one record, or the name of what is wrong with it."""
    status, answer = Caller(d, "REG1").translate("REG1", issued)
    assert status == 200
    (record,) = answer["records"]
    return record["pseudonyms"]["C"] if not record["diagnostics"] else record["diagnostics"][0]["name"]


def transports(d):
    return sql(d, "SELECT string_agg(state, ',' ORDER BY number) FROM key WHERE purpose = 'transport'")


def test_a_fresh_installation_gets_its_transport_key_by_itself(tmp_path):
    d = Deployment(str(tmp_path / "fresh"))
    try:
        d.set_up()
        until(lambda: transports(d) == "active", 10, "a transport key")
        for code, kind in (("HOSP1", "provider"), ("REG1", "registry")):
            d.add_organisation(code, code, kind)
        d.add_registry("REG1")
        d.connect("HOSP1", "REG1")
        d.wait_for_policy()
        status, issued = Caller(d, "HOSP1").issue("REG1", BODY)
        assert status == 200 and translated(d, issued).startswith("P-C-REG1-1-")
        assert d.daemon("audit", "verify", check=False)[0] == 0
    finally:
        d.destroy()


def test_transport_keys_follow_each_other_and_take_what_nobody_fetched_with_them(tmp_path):
    """A day, and then the longest life and 3,960 seconds, by libfaketime over server and database."""
    d, clock = deployment_with_clock(tmp_path, True, True, settings={"life.longest": "24"})
    try:
        d.admin_cli("connection", "change", "1", "--life", "24")
        for number in "234":
            d.admin_cli("connection", "change", number, "--life", "1")
        d.wait_for_policy()
        early = Caller(d, "HOSP1").issue("REG1", BODY)[1]
        final = translated(d, early)
        before = transports(d)
        day = 24 * 3600
        shift(clock, f"+{day}")
        until(lambda: transports(d) == before.replace("active", "translate-only") + ",active", 20,
              "a new transport key")
        until(d.ready, 20, "ready")
        assert translated(d, early) in (final, "TOKEN_EXPIRED")
        late = Caller(d, "HOSP1").issue("REG1", BODY)[1]
        assert translated(d, late) == final
        # Its copy for issuing went with its place; the other at its time.
        assert sql(d, "SELECT count(*) FROM key k JOIN key_copy c ON c.key = k.number WHERE k.state = "
                      "'translate-only' AND c.compartment = 'issue' AND c.wrapped IS NOT NULL") == "0"
        shift(clock, f"+{2 * day + 3960 + 120}")
        until(lambda: transports(d).startswith("destroyed"), 20, "the old key destroyed")
        until(d.ready, 20, "ready")
        until(lambda: translated(d, early) == "TOKEN_REFUSED", 10, "what nobody fetched is unreadable")
        assert sql(d, "SELECT count(*) FROM key k JOIN key_copy c ON c.key = k.number WHERE k.state = "
                      "'destroyed' AND c.wrapped IS NOT NULL") == "0"
        assert sql(d, "SELECT count(*) FROM audit_event WHERE name = 'KEY_DESTROY' AND outcome = 'ok'") == "1"
        assert d.daemon("audit", "verify", check=False)[0] == 0
    finally:
        d.destroy()
