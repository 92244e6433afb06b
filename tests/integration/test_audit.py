# SPDX-License-Identifier: Apache-2.0
"""The audit trail: each kind of damage is found, with chain and number; the server's role can add
events and do nothing else with them."""
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


DAMAGES = {
    "changed": "UPDATE audit_event SET made = 2 WHERE {at}",
    "removed": "DELETE FROM audit_event WHERE {at}",
    "renumbered": "UPDATE audit_event SET i = 1000000 WHERE {at}",
    "organisation changed": "UPDATE audit_event SET organisation = 'HOSP2' WHERE {at}",
    "null made empty": "UPDATE audit_event SET behalf = '' WHERE {at}",
    "time moved": "UPDATE audit_event SET time = time + interval '1 microsecond' WHERE {at}",
    "link changed": "UPDATE audit_event SET link = set_byte(link, 0, get_byte(link, 0) # 1) WHERE {at}",
    "signature changed": "UPDATE audit_event SET signature = set_byte(signature, 5, "
                         "get_byte(signature, 5) # 1) WHERE {at}",
    "signature taken away": "UPDATE audit_event SET signature = NULL WHERE {tail}",
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_with_chain_and_number(own, name):
    sql = own.pg.sql
    chain, last = sql("SELECT encode(chain, 'hex'), max(i) FROM schuilnaam.audit_event WHERE name = "
                      "'ISSUE' GROUP BY chain LIMIT 1").split("|")
    middle = int(last) - 5
    sql("CREATE TABLE schuilnaam.saved AS SELECT * FROM schuilnaam.audit_event")
    place = f"chain = decode('{chain}', 'hex') AND i = "
    try:
        sql("SET search_path = schuilnaam; " +
            DAMAGES[name].format(at=place + str(middle), tail=place + last))
        code, text = verify(own)
        number = last if "taken away" in name else str(middle)
        assert code == 1 and chain in text, text
        assert any(f" {n}" in text for n in (number, str(int(number) + 1))), text
    finally:
        sql("SET search_path = schuilnaam; SET session_replication_role = replica; BEGIN; "
            "DELETE FROM audit_event; INSERT INTO audit_event SELECT * FROM saved; DROP TABLE saved; "
            "COMMIT")
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
