# SPDX-License-Identifier: Apache-2.0
"""The database away, frozen, or refusing: nothing is answered without its audit event."""
import threading
import time

import pytest

from client import Caller
from deployment import Deployment, register_two_by_two

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}
ISSUED = "SELECT count(*) FROM schuilnaam.audit_event WHERE name = 'ISSUE' AND outcome = 'ok'"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("own")))
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def issue(d):
    return Caller(d, "HOSP1", timeout=20).request(
        "POST", "/v1/registries/REG1/temporary-pseudonyms", BODY)


def until(test, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if test():
            return
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")


def back_again(d):
    """Every worker of it, which /readyz tells, and that it answers."""
    until(lambda: d.ready() and issue(d).status == 200, 10, "the service is back by itself")


def refused(answer):
    return (answer.status == 503 and int(answer.headers["retry-after"]) > 0
            and b"T-C-" not in answer.body)


def test_each_answer_has_its_event(own):
    before = int(own.pg.sql(ISSUED))
    for _ in range(5):
        assert issue(own).status == 200
    assert int(own.pg.sql(ISSUED)) == before + 5


def test_database_stopped_and_started_again(own):
    own.pg.stop()
    try:
        assert refused(issue(own)) and own.health_get("/healthz")[0] == 200
        until(lambda: own.health_get("/readyz")[0] == 503, 10, "not ready without a database")
    finally:
        own.pg.start()
    back_again(own)


def test_the_first_admin_call_and_the_first_quota_after_an_outage_are_served(own):
    assert own.admin_cli("organisation", "list")
    own.pg.stop()
    own.pg.start()
    until(own.ready, 10, "ready")
    assert own.admin_cli("organisation", "list")
    made = own.admin_cli("connection", "change", "1", "--quota", "900000")
    assert made["quotaPerDay"] == 900000
    own.wait_for_policy()
    assert Caller(own, "HOSP1").request("GET", "/v1/registries/REG1/parameters").json()["connection"]
    assert issue(own).status == 200


def test_database_crashed_and_started_again(own):
    own.pg.stop_hard()
    try:
        assert refused(issue(own))
    finally:
        own.pg.start()
    back_again(own)


def test_database_frozen(own):
    own.pg.sigstop()
    try:
        started = time.monotonic()
        assert refused(issue(own)) and time.monotonic() - started < 15
    finally:
        own.pg.sigcont()
    back_again(own)
    code, out, _ = own.daemon("audit", "verify", check=False)
    assert code == 0, out


def test_a_failing_audit_insert_fails_its_turn_only(own):
    own.pg.sql("""
        CREATE FUNCTION schuilnaam.planted() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
        CREATE TRIGGER planted BEFORE INSERT ON schuilnaam.audit_event
        FOR EACH ROW EXECUTE FUNCTION schuilnaam.planted();""")
    before = int(own.pg.sql(ISSUED))
    try:
        assert refused(issue(own))
    finally:
        own.pg.sql("DROP TRIGGER planted ON schuilnaam.audit_event; DROP FUNCTION schuilnaam.planted()")
    assert issue(own).status == 200
    assert int(own.pg.sql(ISSUED)) == before + 1
    assert own.daemon("audit", "verify", check=False)[0] == 0


def test_a_warning_at_commit_is_no_commit(own):
    own.pg.sql("""
        CREATE FUNCTION schuilnaam.planted() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE WARNING 'planted'; RETURN NEW; END $$;
        CREATE TRIGGER planted BEFORE INSERT ON schuilnaam.audit_event
        FOR EACH ROW EXECUTE FUNCTION schuilnaam.planted();""")
    try:
        assert refused(issue(own))
    finally:
        own.pg.sql("DROP TRIGGER planted ON schuilnaam.audit_event; DROP FUNCTION schuilnaam.planted()")
    back_again(own)


def test_nothing_is_lost_or_doubled_while_backends_are_killed_under_load(own):
    """Every 200 has exactly one event; what had no event got no answer."""
    before = int(own.pg.sql(ISSUED))
    good, stop = [], threading.Event()

    def load():
        caller = Caller(own, "HOSP1", timeout=20)
        while not stop.is_set():
            try:
                good.append(caller.issue("REG1", BODY)[0] == 200)
            except (OSError, ValueError):
                caller.close()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        goal = len(good) + 40
        until(lambda: len(good) > goal, 20, "load goes on")
        own.pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                   "WHERE usename = 'schuilnaam_server'")
    stop.set()
    for thread in threads:
        thread.join()
    until(lambda: own.ready(), 10, "ready")
    events = int(own.pg.sql(ISSUED)) - before
    # An event may be there whose answer was withheld (outcome unknown), never the other way.
    assert sum(good) <= events <= len(good)
    assert own.daemon("audit", "verify", check=False)[0] == 0


def test_a_clean_stop_ends_the_chains_and_a_new_start_names_them(own):
    assert own.stop() == 0
    ends = int(own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE name = 'CHAIN_END'"))
    assert ends >= 1
    own.start()
    detail = own.pg.sql("SELECT detail FROM schuilnaam.audit_event WHERE name = 'CHAIN_START' "
                        "ORDER BY time DESC LIMIT 1")
    chain = own.pg.sql("SELECT encode(chain, 'hex') FROM schuilnaam.audit_event "
                       "WHERE name = 'CHAIN_END' ORDER BY time DESC LIMIT 1")
    assert chain in detail


@pytest.mark.parametrize("setting,value", [("fsync", "off"), ("synchronous_commit", "off"),
                                           ("full_page_writes", "off")])
def test_a_database_that_may_lose_commits_is_refused_at_start(own, setting, value):
    own.pg.sql(f"ALTER SYSTEM SET {setting} = {value}", database="postgres")
    own.pg.sql("SELECT pg_reload_conf()", database="postgres")
    try:
        until(lambda: own.daemon("check", check=False)[0] == 78, 5, "check finds it")
        assert setting in "".join(own.daemon("check", check=False)[1:])
    finally:
        own.pg.sql(f"ALTER SYSTEM RESET {setting}", database="postgres")
        own.pg.sql("SELECT pg_reload_conf()", database="postgres")
    until(lambda: own.daemon("check", check=False)[0] == 0, 5, "check is content again")
