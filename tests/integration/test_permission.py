# SPDX-License-Identifier: Apache-2.0
"""Who may do what: connections, registries, credentials, quotas, certificates."""
import ssl
import uuid

import pytest

from client import Caller

RECORD = {"G": "M", "GD": "19930515", "PC": "1234AA"}
BODY = {"pseudonymTypes": ["C"], "records": [RECORD]}


def code(prefix="Q"):
    return prefix + uuid.uuid4().hex[:8].upper()


@pytest.fixture(scope="module")
def party(service):
    """A provider of its own, so that changes here do not touch other tests."""
    name = code("H")
    service.add_organisation(name, "A hospital", "provider")
    return name


def new_registry(service, **more):
    name = code("R")
    service.add_organisation(name, "A registry", "registry")
    service.add_registry(name, **more)
    return name


def status(service, who, registry, body=None):
    return Caller(service, who).issue(registry, body or BODY)[0]


def test_absent_registry_and_one_without_connection_get_the_same_403(service, party):
    registry = new_registry(service)
    service.wait_for_policy()
    answers = [Caller(service, party).request(
        "POST", f"/v1/registries/{name}/temporary-pseudonyms", BODY) for name in (registry, "NOSUCH")]
    assert [a.status for a in answers] == [403, 403]
    first, second = (a.json() for a in answers)
    for key in set(first) | set(second):
        if key != "request":
            assert first.get(key) == second.get(key), key


def test_a_type_outside_the_connection_is_403(service, party):
    registry = new_registry(service)
    service.connect(party, registry, types="C")
    service.wait_for_policy()
    assert status(service, party, registry) == 200
    assert status(service, party, registry, dict(BODY, pseudonymTypes=["A"])) == 403
    assert status(service, party, registry, dict(BODY, pseudonymTypes=["A", "C"])) == 403


def test_expired_and_not_yet_valid_connections_are_403(service, party):
    past, future = new_registry(service), new_registry(service)
    service.connect(party, past, **{"from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"})
    service.connect(party, future, **{"from": "2090-01-01T00:00:00Z"})
    service.wait_for_policy()
    assert status(service, party, past) == 403 and status(service, party, future) == 403


def test_a_registry_that_is_not_listed_takes_nothing(service, party):
    registry = new_registry(service, state="announced")
    service.connect(party, registry)
    service.wait_for_policy()
    assert status(service, party, registry) == 403
    service.admin_cli("registry", "set-state", registry, "listed")
    service.wait_for_policy()
    issued = Caller(service, party).issue(registry, BODY)
    assert issued[0] == 200
    service.admin_cli("registry", "set-state", registry, "announced")
    service.wait_for_policy()
    status_, answer = Caller(service, registry).translate(registry, issued[1])
    assert status_ == 200 and answer["records"][0]["diagnostics"][0]["name"] == "CONNECTION_STOPPED"


def test_suspended_connection_stops_both_ways_and_ended_one_translates_on(service, party):
    registry = new_registry(service)
    made = service.connect(party, registry)
    service.wait_for_policy()
    issued = Caller(service, party).issue(registry, BODY)[1]
    number = str(made["number"])
    service.admin_cli("connection", "change", number, "--state", "suspended")
    service.wait_for_policy()
    assert status(service, party, registry) == 403
    answer = Caller(service, registry).translate(registry, issued)[1]
    assert answer["records"][0]["diagnostics"][0]["name"] == "CONNECTION_STOPPED"
    service.admin_cli("connection", "end", number)
    service.wait_for_policy()
    assert status(service, party, registry) == 403
    answer = Caller(service, registry).translate(registry, issued)[1]
    assert "C" in answer["records"][0]["pseudonyms"]


def test_quota_refuses_the_whole_request_and_counts_failed_records(service, party):
    registry = new_registry(service)
    service.connect(party, registry, quota=100)
    service.wait_for_policy()
    caller = Caller(service, party)
    assert caller.issue(registry, dict(BODY, records=[RECORD] * 60))[0] == 200
    answer = caller.request("POST", f"/v1/registries/{registry}/temporary-pseudonyms",
                            dict(BODY, records=[RECORD] * 41))
    assert answer.status == 429 and answer.headers["content-type"].startswith("application/problem")
    assert answer.json()["code"] == 2023
    assert caller.issue(registry, dict(BODY, records=[{}] * 40))[0] == 200
    assert caller.issue(registry, dict(BODY, records=[RECORD]))[0] == 429
    reserved = service.pg.sql("SELECT max(reserved) FROM schuilnaam.usage u JOIN schuilnaam.connection c "
                              "ON c.number = u.subject AND u.kind = 'issue' JOIN schuilnaam.registry r ON r.number = "
                              f"c.registry WHERE r.code = '{registry}'")
    assert int(reserved) == 100


def test_a_lowered_quota_holds_at_once_and_a_raised_one_gives_room(service, party):
    registry = new_registry(service)
    number = str(service.connect(party, registry, quota=100000)["number"])
    service.wait_for_policy()
    caller = Caller(service, party)
    assert caller.issue(registry, dict(BODY, records=[RECORD] * 30))[0] == 200
    service.admin_cli("connection", "change", number, "--quota", "20")
    service.wait_for_policy()
    assert caller.issue(registry, BODY)[0] == 429
    service.approved("connection", "change", number, "--quota", "200000")
    service.wait_for_policy()
    assert caller.issue(registry, dict(BODY, records=[RECORD] * 30))[0] == 200
    refused = service.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE status = 429 AND "
                             f"registry = '{registry}' AND outcome = 'refused'")
    assert int(refused) == 1


def test_another_registry_cannot_translate_here(service):
    assert Caller(service, "REG2").translate("REG1", {"records": []})[0] == 403
    assert Caller(service, "HOSP1").translate("REG1", {"records": []})[0] == 403
    assert Caller(service, "REG1").issue("REG1", BODY)[0] == 403


def test_unknown_revoked_and_suspended_credentials_are_403_and_audited(service, party):
    service.certificates["stranger"] = service.ca.issue("stranger")
    refused = "SELECT count(*) FROM audit_event WHERE name = 'REFUSED' OR outcome = 'refused'"
    before = int(service.pg.sql("SET search_path = schuilnaam; " + refused))
    assert status(service, "stranger", "REG1") == 403
    name = code("H")
    service.add_organisation(name, "Leaves soon", "provider")
    service.connect(name, "REG1")
    service.wait_for_policy()
    assert status(service, name, "REG1") == 200
    number = next(c["number"] for c in credentials(service) if c.get("organisation") == name)
    service.admin_cli("credential", "end", str(number))
    service.wait_for_policy()
    assert status(service, name, "REG1") == 403
    assert int(service.pg.sql("SET search_path = schuilnaam; " + refused)) >= before + 2


def credentials(service):
    listed = service.admin_cli("credential", "list")
    return listed if isinstance(listed, list) else listed[next(iter(listed))]


def test_no_certificate_and_a_foreign_one_get_a_tls_alert(service, tmp_path):
    from ca import DevCa
    foreign = DevCa(str(tmp_path), "Another authority")
    service.certificates["foreign"] = foreign.issue("HOSP1")
    for who in (None, "foreign"):
        with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
            Caller(service, who).issue("REG1", BODY)


def test_expired_certificate_gets_a_tls_alert(service):
    service.certificates["old"] = service.ca.issue("old", start="20200101000000Z",
                                                   end="20210101000000Z")
    with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
        Caller(service, "old").issue("REG1", BODY)


def test_providers_may_not_administer_and_operators_may_not_issue(service):
    assert Caller(service, "HOSP1", service.admin).request(
        "GET", "/admin/v1/organisations").status == 403
    assert Caller(service, "operator").issue("REG1", BODY)[0] == 403
    assert Caller(service, "HOSP1").request("GET", "/admin/v1/organisations").status == 404


def test_on_behalf_of_is_not_taken_from_who_is_no_processor(service):
    answer = Caller(service, "HOSP1").request(
        "POST", "/v1/registries/REG1/temporary-pseudonyms", BODY, {"On-Behalf-Of": "HOSP2"})
    assert answer.status == 403


def test_test_persons_are_refused_by_default(service, party):
    registry = new_registry(service, test_persons="refuse")
    service.connect(party, registry)
    service.wait_for_policy()
    answer = Caller(service, party).issue(
        registry, {"pseudonymTypes": ["A"], "records": [{"BSN": "999900006"}]})[1]
    assert answer["records"][0]["diagnostics"][0]["name"] == "BSN_TEST_RANGE"
