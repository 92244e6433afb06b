# SPDX-License-Identifier: Apache-2.0
"""The audit trail: each kind of damage is found, with chain and number; the server's role can add
events and do nothing else with them."""
import contextlib
import time

import pytest

from client import Caller
from deployment import Deployment, register_two_by_two

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("audit")), settings={"workers": "1"})
    try:
        d.set_up()
        register_two_by_two(d)
        caller = Caller(d, "HOSP1")
        for _ in range(20):
            assert caller.issue("REG1", BODY)[0] == 200
        yield d
    finally:
        d.destroy()


def verify(own):
    code, out, err = own.daemon("audit", "verify", check=False)
    return code, out + err


def test_an_untouched_trail_verifies(own):
    code, text = verify(own)
    assert code == 0, text


def test_events_follow_the_register_and_hold_counts(own):
    row = own.pg.sql("SELECT event, name, outcome, organisation, role, registry, types, asked, made, "
                     "failed FROM schuilnaam.audit_event WHERE name = 'ISSUE' LIMIT 1")
    assert row == "200|ISSUE|ok|HOSP1|provider|REG1|{C}|1|1|0"


INSERTED = ("INSERT INTO audit_event SELECT time, event, name, outcome, status, organisation, credential, "
            "behalf, role, access, source, registry, types, asked, made, failed, key_numbers, request, "
            "compartment, process, reason, detail, chain, {middle}, link, signature FROM audit_event "
            "WHERE {tail}")
DAMAGES = {
    "changed": ("UPDATE audit_event SET made = 2 WHERE {at}", "CHANGED"),
    "removed": ("DELETE FROM audit_event WHERE {at}", "MISSING"),
    "renumbered": ("UPDATE audit_event SET i = 1000000 WHERE {at}", "MISSING"),
    "inserted": (INSERTED, "DOUBLE"),
    "reordered": ("UPDATE audit_event SET i = {last} WHERE {at}; UPDATE audit_event SET i = {middle} WHERE "
                  "{next}; UPDATE audit_event SET i = {middle} + 1 WHERE i = {last}", "CHANGED"),
    "organisation changed": ("UPDATE audit_event SET organisation = 'HOSP2' WHERE {at}", "CHANGED"),
    "null made empty": ("UPDATE audit_event SET behalf = '' WHERE {at}", "CHANGED"),
    "time moved": ("UPDATE audit_event SET time = time + interval '1 microsecond' WHERE {at}", "CHANGED"),
    "link changed": ("UPDATE audit_event SET link = set_byte(link, 0, get_byte(link, 0) # 1) WHERE {at}",
                     "CHANGED"),
    "signature changed": ("UPDATE audit_event SET signature = set_byte(signature, 5, "
                          "get_byte(signature, 5) # 1) WHERE {at}", "SIGNATURE"),
    "signature taken away": ("UPDATE audit_event SET signature = NULL WHERE {tail}", "UNSIGNED_TAIL"),
}


@contextlib.contextmanager
def damaged(own, statement):
    """The trail and the keys with this done to them, and put back as they were."""
    tables = ("audit_event", "key")
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; " + "".join(
        f"CREATE TABLE saved_{t} AS SELECT * FROM {t}; " for t in tables) + statement)
    try:
        yield
    finally:
        own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; BEGIN; " +
                   "".join(f"DELETE FROM {t}; INSERT INTO {t} OVERRIDING SYSTEM VALUE SELECT * FROM "
                           f"saved_{t}; DROP TABLE saved_{t}; " for t in tables) + "COMMIT")


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_with_chain_and_number(own, name):
    chain, last = own.pg.sql("SELECT encode(chain, 'hex'), max(i) FROM schuilnaam.audit_event WHERE "
                             "name = 'ISSUE' GROUP BY chain LIMIT 1").split("|")
    middle = int(last) - 5
    place = f"chain = decode('{chain}', 'hex') AND i = "
    statement, kind = DAMAGES[name]
    with damaged(own, statement.format(at=place + str(middle), tail=place + last, last=int(last) + 1,
                                       next=place + str(middle + 1), middle=middle)):
        code, text = verify(own)
        number = last if "taken away" in name else str(middle)
        assert code == 1 and f"chain {chain} event {number}: {kind}: " in text, text
    assert verify(own)[0] == 0


def as_server(own, statement):
    with pytest.raises(RuntimeError) as refused:
        own.pg.sql("SET search_path = schuilnaam; " + statement, role="schuilnaam_server")
    return str(refused.value)


@pytest.mark.parametrize("statement", [
    "UPDATE audit_event SET made = 0", "DELETE FROM audit_event", "TRUNCATE audit_event",
    "DROP TABLE audit_event", "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DELETE FROM key", "DELETE FROM key_copy", "DELETE FROM manifest", "DROP TABLE key",
    "CREATE TABLE mine (a int)", "DELETE FROM usage", "TRUNCATE usage"])
def test_the_servers_role_can_change_or_remove_no_event_and_drop_nothing(own, statement):
    assert "permission denied" in as_server(own, statement) or "must be owner" in as_server(own, statement)


def test_partitions_cannot_be_reached_around_the_parent(own):
    partitions = own.pg.sql("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = "
                            "'schuilnaam.audit_event'::regclass").splitlines()
    assert len(partitions) >= 13
    for partition in partitions[:3]:
        assert "permission denied" in as_server(own, f"DELETE FROM {partition}")


# ---- what only checkpoints and noted keys show ----

def test_a_chain_cut_at_a_signed_event_or_gone_is_found_by_a_checkpoint(own, tmp_path):
    sql = own.pg.sql
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    own.daemon("audit", "checkpoint", "--output", str(folder / "checkpoint-1.txt"))
    chain, last = sql("SELECT encode(chain, 'hex'), max(i) FROM schuilnaam.audit_event WHERE name = "
                      "'ISSUE' GROUP BY chain LIMIT 1").split("|")
    place = f"chain = decode('{chain}', 'hex')"
    for damage, kind in ((f"{place} AND i > {int(last) - 3}", "CUT"), (place, "GONE")):
        with damaged(own, f"DELETE FROM audit_event WHERE {damage}"):
            assert verify(own)[0] == (0 if kind == "CUT" else 1)  # a later chain names its first event
            code, out, _ = own.daemon("audit", "verify", "--checkpoints", str(folder), check=False)
            assert code == 1 and f"chain {chain} event {last}: {kind}: " in out, out
    code, out, _ = own.daemon("audit", "verify", "--checkpoints", str(folder))
    assert "1 checkpoints\n" in out


def test_a_serving_process_writes_a_checkpoint_a_day_and_makes_partitions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("daily")
    checkpoints = folder / "checkpoints"
    checkpoints.mkdir()
    d = Deployment(str(folder), settings={"workers": "1", "checkpoint.directory": str(checkpoints)})
    month = "to_char(now() + interval '1 month', 'YYYYMM')"
    try:
        d.set_up(start=False)
        name = d.pg.sql(f"SELECT 'audit_event_' || {month}")
        d.pg.sql(f"DROP TABLE schuilnaam.{name}")
        d.start()
        wait_until(lambda: list(checkpoints.iterdir()))
        wait_until(lambda: d.pg.sql(f"SELECT to_regclass('schuilnaam.{name}') IS NOT NULL") == "t")
        d.stop()
        d.start()
        wait_until(lambda: d.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE event = 100") != "0")
        d.stop()
        assert len(list(checkpoints.iterdir())) == 1
        code, out, _ = d.daemon("audit", "verify", "--checkpoints", str(checkpoints))
        assert "1 checkpoints\n" in out and " 0 findings" in out
    finally:
        d.destroy()


def wait_until(condition, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.02)


def test_a_changed_checkpoint_is_a_finding(own, tmp_path):
    path = tmp_path / "checkpoint-1.txt"
    own.daemon("audit", "checkpoint", "--output", str(path))
    text = path.read_text()
    path.write_text(text.replace("time 1", "time 2"))
    code, out, _ = own.daemon("audit", "verify", "--checkpoints", str(tmp_path), check=False)
    assert code == 1 and "STATEMENT: " in out, out


def test_a_checkpoint_is_not_written_over_another_file(own, tmp_path):
    path = tmp_path / "checkpoint-1.txt"
    path.write_text("mine")
    code, _, err = own.daemon("audit", "checkpoint", "--output", str(path), check=False)
    assert code == 78 and "is there already" in err
    assert path.read_text() == "mine" and [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_planted_key_is_found_with_keys_noted_before(own, tmp_path):
    keys = tmp_path / "audit.keys"
    keys.write_text(own.daemon("audit", "keys")[1])
    assert own.daemon("audit", "verify", "--keys", str(keys))[0] == 0
    with damaged(own, "UPDATE key SET public_part = set_byte(public_part, 3, "
                      "get_byte(public_part, 3) # 1) WHERE purpose = 'audit'"):
        code, out, _ = own.daemon("audit", "verify", "--keys", str(keys), check=False)
        assert code == 1 and out.count("KEY_UNKNOWN: ") == 3 and "SIGNATURE" not in out, out
    keys.write_text(keys.read_text().replace("keys 1", "keys 2"))
    code, _, err = own.daemon("audit", "verify", "--keys", str(keys), check=False)
    assert code == 65 and "no file of audit keys" in err
