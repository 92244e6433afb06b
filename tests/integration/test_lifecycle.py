# SPDX-License-Identifier: Apache-2.0
"""The life of keys in a running service, and the processes that must have loaded them."""
import glob
import os
import signal
import threading
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


# ---- refresh ----
PERSONS = [{"G": "MV"[n % 2], "GD": f"1950{n % 12 + 1:02d}{n % 28 + 1:02d}", "PC": f"{1000 + n}AB"}
           for n in range(40)]
MANY = {"pseudonymTypes": ["C"], "records": PERSONS}


class Load(threading.Thread):
    """Issues and translates the same persons until it is told to stop; keeps what is not as it was."""

    def __init__(self, d, provider, registry, finals):
        super().__init__()
        self.provider, self.registry = Caller(d, provider), Caller(d, registry)
        self.code, self.finals = registry, finals
        self.stopping, self.rounds, self.wrong = threading.Event(), 0, []

    def run(self):
        while not self.stopping.is_set():
            status, issued = self.provider.issue(self.code, MANY)
            if status != 200:
                self.wrong.append(("issue", status))
                continue
            status, answer = self.registry.translate(self.code, issued)
            made = status == 200 and [r["pseudonyms"].get("C") for r in answer["records"]]
            if made != self.finals:
                self.wrong.append(("translate", status, answer))
            self.rounds += 1

    def stop(self):
        self.stopping.set()
        self.join()


def finals_of(d, registry="REG1", provider="HOSP1"):
    issued = Caller(d, provider).issue(registry, MANY)[1]
    answer = Caller(d, registry).translate(registry, issued)[1]
    return [r["pseudonyms"]["C"] for r in answer["records"]]


def test_a_refresh_under_load_fails_no_request_and_changes_no_final(own):
    other = own.sibling("third")
    other.start()
    finals = {registry: finals_of(own, registry) for registry in ("REG1", "REG2")}
    early = Caller(own, "HOSP1").issue("REG1", MANY)[1]
    root = sql(own, "SELECT number FROM key WHERE purpose = 'root' AND state = 'active'")
    loads = [Load(d, provider, registry, finals[registry]) for d in (own, other)
             for provider, registry in (("HOSP1", "REG1"), ("HOSP2", "REG2"))]
    try:
        for load in loads:
            load.start()
        until(lambda: all(load.rounds > 5 for load in loads), 20, "load runs")
        for epoch in (2, 3):
            made = own.admin_cli("key", "refresh", "--reason", "every quarter")
            assert made["state"] == "done" and made["epoch"] == epoch and made["domainKeys"] == 2
            goal = [load.rounds + 5 for load in loads]
            until(lambda g=goal: all(load.rounds > n for load, n in zip(loads, g)), 20, "load goes on")
    finally:
        for load in loads:
            load.stop()
        assert other.stop() == 0
    assert [load.wrong for load in loads] == [[], [], [], []]
    assert sql(own, f"SELECT state FROM key WHERE number = {root}") == "destroyed"
    shown = {str(key["number"]): key["status"] for key in own.admin_cli("key", "list")["keys"]}
    assert shown[root] == "destroyed"  # the wrapping key it lay under has ended
    assert sql(own, "SELECT string_agg(DISTINCT wrapping, ',') FROM key_copy WHERE wrapped IS NOT NULL") == \
        "development.3"
    assert [os.path.basename(path) for path in glob.glob(own.wrapping + "*")] == ["wrapping.key.3"]
    assert own.metric("schuilnaam_rewrap_due") == 0
    answer = Caller(own, "REG1").translate("REG1", early)[1]
    assert [r["pseudonyms"]["C"] for r in answer["records"]] == finals["REG1"]
    assert own.daemon("check", check=False)[0] == 0
    assert own.daemon("audit", "verify", check=False)[0] == 0


def test_a_refresh_goes_on_after_the_process_that_began_it(own):
    before = finals_of(own)
    own.stop()
    sql(own, "INSERT INTO key_operation (kind, reason) VALUES ('refresh', 'asked by one that died')")
    own.start()
    until(lambda: sql(own, "SELECT state FROM key_operation WHERE kind = 'refresh' "
                           "ORDER BY number DESC LIMIT 1") == "done", 10, "the refresh is done")
    own.wait_for_policy()
    assert finals_of(own) == before


def test_a_refresh_that_waits_is_told_at_a_stop_and_ended_by_another_process(own):
    """The other process is frozen, so it lives and does not load: the command is held, until the stop."""
    before = finals_of(own)
    other = own.sibling("fourth")
    other.start()
    told = []
    try:
        other.process.send_signal(signal.SIGSTOP)
        asker = threading.Thread(target=lambda: told.append(own.admin_cli("key", "refresh", "--reason", "patience")))
        asker.start()
        until(lambda: sql(own, "SELECT count(*) FROM key_operation WHERE state = 'prepared'") == "1", 10,
              "the refresh waits")
        assert not told
        assert own.stop() == 0
        asker.join()
        assert [made["state"] for made in told] == ["prepared"]
        other.process.send_signal(signal.SIGCONT)
        until(lambda: sql(own, "SELECT state FROM key_operation WHERE kind = 'refresh' "
                               "ORDER BY number DESC LIMIT 1") == "done", 20, "the other one ends it")
    finally:
        other.process.send_signal(signal.SIGCONT)
        assert other.stop() == 0
        own.start()
    assert finals_of(own) == before
    assert own.daemon("audit", "verify", check=False)[0] == 0


def test_a_refresh_needs_a_reason(own):
    assert own.admin_cli("key", "refresh", check=False)[0] == 65


# ---- what operators decide about a key ----
def test_a_suspended_domain_translates_nothing_until_it_is_taken_up_again(own):
    key = sql(own, "SELECT number FROM key WHERE purpose = 'domain' AND state = 'active' AND scope = "
                   "(SELECT number FROM domain WHERE code = 'REG1') ORDER BY epoch DESC LIMIT 1")
    status, issued = Caller(own, "HOSP1").issue("REG1", BODY)
    assert status == 200
    final = translated(own, issued)
    own.admin_cli("key", "change", key, "--state", "suspended", "--reason", "an incident")
    until(lambda: translated(own, issued) != final, 5, "nothing is translated")
    # The same as for whatever else cannot be opened.
    assert translated(own, issued) == "TOKEN_REFUSED"
    code, _ = own.admin_cli("key", "end", key, "--reason", "too soon", who="operator", check=False)
    assert code == 9
    own.admin_cli("key", "change", key, "--state", "active", "--reason", "all is well")
    until(lambda: translated(own, issued) == final, 5, "the same final again")


def test_a_key_is_ended_by_two_operators_and_never_while_it_is_active(own):
    own.admin_cli("domain", "create", "--code", "ENDED")
    key = sql(own, "SELECT max(number) FROM key WHERE purpose = 'domain-seal'")
    operator = Caller(own, "operator", own.admin)
    answer = operator.request("POST", f"/admin/v1/keys/{key}/end", {"reason": "too soon"})
    assert (answer.status, answer.json()["code"]) == (409, 2071)
    own.admin_cli("key", "change", key, "--state", "compromised", "--reason", "seen elsewhere")
    shown = own.approved("key", "end", key)
    assert (shown["state"], shown["name"]) == ("executed", "key_destruction")
    assert shown["plan"].startswith(f"key {key}: end\nthe domain-seal key is destroyed (state compromised")
    assert own.admin_cli("key", "show", key)["state"] == "destroyed"
    assert sql(own, "SELECT string_agg(name || status, ',' ORDER BY time, i) FROM audit_event "
                    f"WHERE event IN (322, 323) AND {key} = ANY (key_numbers)") == "KEY_STATE200,KEY_END200"
