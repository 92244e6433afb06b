# SPDX-License-Identifier: Apache-2.0
"""Two persons: what one operator asks is done when another approves it, as it was shown."""
import json

import pytest

from client import Caller
from test_time import deployment, shift

RAISE = ("connection", "change", "1", "--quota")


@pytest.fixture(scope="module", autouse=True)
def second_credential(service):
    """OPERATOR1 has another certificate too: the same person."""
    service.certificates["operator-again"] = service.ca.issue("operator-again")
    service.approved("credential", "create", "--operator", "OPERATOR1", "--certificate",
                     service.certificates["operator-again"][0])


def quota(service, number="1"):
    return service.admin_cli("connection", "show", number)["quotaPerDay"]


def ask(service, *arguments, who="operator", reason="more patients"):
    """The answer to a call that has to wait."""
    code, out = service.admin_cli(*arguments, "--reason", reason, who=who, check=False)
    assert code == 9, out
    return json.loads(out)


def call(service, who, method, path, body=None):
    answer = Caller(service, who, service.admin).request(method, path, body)
    return answer.status, answer.json()


def approve(service, number, who="operator2"):
    return call(service, who, "POST", f"/admin/v1/approvals/{number}/approve", {})


def events(service, numbers):
    rows = service.pg.sql("SELECT event, status, outcome, reason, detail FROM schuilnaam.audit_event "
                          f"WHERE event IN ({numbers}) ORDER BY time, i")
    return [row.split("|", 4) for row in rows.splitlines()]


def raised(service):
    return quota(service) + 1


def test_a_raised_quota_waits_and_nothing_has_changed(service):
    before = quota(service)
    waiting = ask(service, *RAISE, str(before + 1))
    assert waiting["state"] == "waiting"
    assert waiting["plan"] == f"connection 1: change\nquotaPerDay: {before} -> {before + 1}\n"
    assert quota(service) == before
    shown = service.admin_cli("approval", "show", str(waiting["approval"]))
    assert (shown["name"], shown["requester"], shown["reason"], shown["state"], shown["decider"]) == \
        ("connection_quota", "OPERATOR1", "more patients", "waiting", None)
    event = events(service, 360)[-1]
    assert event[1:4] == ["202", "ok", "more patients"]
    assert json.loads(event[4])["approval"] == waiting["approval"]


def test_for_people_the_client_tells_the_number(service):
    code, out, _ = service.cli("operator", "admin", *RAISE, str(raised(service)), "--reason", "x",
                               server=f"https://{service.admin}", check=False)
    assert code == 9 and out.startswith("waiting for approval ")


def test_a_reason_is_mandatory_where_it_waits(service):
    status, problem = call(service, "operator", "PATCH", "/admin/v1/connections/1",
                           {"quotaPerDay": raised(service)})
    assert status == 400 and problem["detail"].startswith("reason")
    status, _ = call(service, "operator", "PATCH", "/admin/v1/connections/1", {"reason": "alone"})
    assert status == 400


def test_who_asked_cannot_approve_with_any_credential(service):
    before = quota(service)
    number = ask(service, *RAISE, str(before + 1))["approval"]
    for who in ("operator", "operator-again"):
        status, problem = approve(service, number, who)
        assert (status, problem["code"]) == (403, 2061)
    assert quota(service) == before
    assert events(service, 361)[-1][1:3] == ["403", "refused"]
    assert service.admin_cli("approval", "show", str(number))["state"] == "waiting"


def test_another_operator_lets_it_be_done_once(service):
    wanted = raised(service)
    number = ask(service, *RAISE, str(wanted))["approval"]
    status, shown = approve(service, number)
    assert (status, shown["state"], shown["requester"], shown["decider"]) == \
        (200, "executed", "OPERATOR1", "OPERATOR2")
    assert quota(service) == wanted
    status, problem = approve(service, number)
    assert (status, problem["code"]) == (409, 2062)
    done = events(service, "316, 361")
    # The change and the approval stand in one transaction, the change first.
    assert [e[0] for e in done[-3:]] == ["316", "361", "361"]
    assert done[-3][3] == "more patients" and json.loads(done[-2][4])["number"] == number
    chains = service.pg.sql("SELECT count(DISTINCT chain), max(i) - min(i) FROM schuilnaam.audit_event "
                            "WHERE event IN (316, 361) AND status = 200 AND time > now() - "
                            "interval '1 hour' AND xmin IN (SELECT xmin FROM schuilnaam.audit_event "
                            f"WHERE event = 361 AND detail LIKE '%:{number}%' AND status = 200)")
    assert chains == "1|1"


def test_what_was_changed_meanwhile_is_not_done(service):
    before = quota(service)
    number = ask(service, *RAISE, str(before + 5))["approval"]
    service.admin_cli(*RAISE, str(before - 10))
    status, problem = approve(service, number)
    assert (status, problem["code"]) == (409, 2064)
    assert quota(service) == before - 10
    shown = service.admin_cli("approval", "show", str(number))
    assert (shown["state"], shown["decider"]) == ("failed", "OPERATOR2") and "changed" in shown["outcome"]
    assert approve(service, number)[1]["code"] == 2062


def test_what_can_no_longer_be_done_is_told_and_goes_on_waiting(service):
    made = service.connect("HOSP1", new_registry(service, "GONE"), quota=5)
    number = ask(service, "connection", "change", str(made["number"]), "--quota", "6")["approval"]
    service.admin_cli("connection", "end", str(made["number"]))
    status, _ = approve(service, number)
    assert status == 409
    assert service.admin_cli("approval", "show", str(number))["state"] == "waiting"


def new_registry(service, code):
    service.add_organisation(code, code, "registry")
    service.add_registry(code)
    return code


def test_it_can_be_refused_and_taken_back(service):
    before = quota(service)
    for who in ("operator2", "operator"):
        number = str(ask(service, *RAISE, str(before + 1))["approval"])
        shown = service.admin_cli("approval", "refuse", number, "--reason", "not now", who=who)
        assert (shown["state"], shown["outcome"]) == ("refused", "not now")
        assert approve(service, number)[1]["code"] == 2062
    assert quota(service) == before
    assert events(service, 362)[-1][3] == "not now"


def test_the_lists_show_what_waits(service):
    number = ask(service, *RAISE, str(raised(service)))["approval"]
    rows = {row["number"]: row for row in service.admin_cli("approval", "list")["approvals"]}
    assert rows[number]["state"] == "waiting"
    assert service.admin_cli("approval", "show", "999999", check=False)[0] == 65
    assert service.admin_cli("approval", "approve", "999999", check=False)[0] == 65


SERVER = "schuilnaam_server"


@pytest.mark.parametrize("statement, why", [
    ("UPDATE connection SET quota_day = quota_day + 1 WHERE number = 2", "two persons"),
    ("UPDATE quota SET per_day = per_day + 1", "two persons"),
    ("DELETE FROM approval", "permission denied"),
    ("UPDATE approval SET requester = 2", "permission denied"),
    ("UPDATE approval SET plan = 'x'", "permission denied"),
    ("UPDATE approval SET state = 'executed', decider = requester, decided = now() "
     "WHERE state = 'waiting'", "two persons"),
    ("INSERT INTO approval (name, noun, verb, request, plan, reason, requester, expires, state, decider) "
     "VALUES ('x', 'x', 'x', '', 'x', 'x', 1, now() + interval '1 hour', 'executed', 2)",
     "begins waiting"),
    ("UPDATE approval SET state = 'waiting', decider = NULL, decided = NULL WHERE state = 'refused'",
     "used once"),
])
def test_the_servers_database_role_cannot_go_around_it(service, statement, why):
    ask(service, *RAISE, str(raised(service)))
    with pytest.raises(RuntimeError, match=why):
        service.pg.sql(f"SET search_path = schuilnaam; BEGIN; {statement}; COMMIT;", role=SERVER)


def test_an_installation_may_widen_the_list(service):
    wide = service.sibling("wide", {"approvals.also": "operator_create, credential_create"})
    try:
        wide.start()
        waiting = ask(wide, "operator", "create", "--name", "Third")
        assert "name: Third\n" in waiting["plan"]
        assert wide.admin_cli("approval", "approve", str(waiting["approval"]), who="operator2")
        assert "Third" in {o["name"] for o in wide.admin_cli("operator", "list")["operators"]}
        # What always needs two still does.
        ask(wide, *RAISE, str(raised(wide)))
    finally:
        wide.destroy()
    wrong = service.sibling("wrong", {"approvals.also": "operator_create, everything"})
    code, out, err = wrong.daemon("check", check=False)
    assert code == 78 and "everything" in out + err


def test_an_approval_that_has_expired_is_not_used(tmp_path):
    d, clock = deployment(tmp_path, True, True)
    try:
        number = ask(d, *RAISE, "1000001")["approval"]
        shift(clock, "+259300")
        d.wait_for_policy(30)
        status, problem = approve(d, number)
        assert (status, problem["code"]) == (409, 2063)
        assert d.admin_cli("approval", "show", str(number))["state"] == "expired"
        assert quota(d) == 1000000
    finally:
        d.destroy()


def test_one_operator_cannot_make_himself_the_other(service):
    """Nor with a new operator, nor with a certificate of his own under the other's name."""
    service.certificates["stooge"] = service.ca.issue("stooge")
    service.admin_cli("operator", "create", "--name", "STOOGE")
    for name in ("STOOGE", "OPERATOR2"):
        waiting = ask(service, "credential", "create", "--operator", name, "--certificate",
                      service.certificates["stooge"][0])
        assert service.admin_cli("approval", "show", str(waiting["approval"]))["name"] == \
            "operator_credential"
    assert Caller(service, "stooge", service.admin).request("GET", "/admin/v1/approvals").status == 403


def test_ending_a_connection_is_no_way_to_a_higher_quota(service):
    service.add_organisation("AGAIN", "Again", "provider")
    service.connect("AGAIN", "REG1", quota=50)
    number = str(max(c["number"] for c in service.admin_cli("connection", "list")["connections"]))
    service.admin_cli("connection", "change", number, "--state", "ended")
    new = ("connection", "create", "--provider", "AGAIN", "--registry", "REG1", "--types", "A")
    for more in (("--quota", "51"), ()):  # the default is higher, too
        waiting = ask(service, *new, *more)
        assert service.admin_cli("approval", "show", str(waiting["approval"]))["name"] == \
            "connection_again"
    assert service.admin_cli(*new, "--quota", "50")["quotaPerDay"] == 50


def test_a_linkage_does_not_grow_after_its_approval(service):
    linkage = service.approved(
        "linkage", "create", "--source", "REG1", "--research", "REG2", "--types", "A",
        "--until", "2090-01-01", "--count-limit", "10")
    shown = service.admin_cli("linkage", "list")["linkages"][-1]
    number = str(shown["number"])
    for more in (("--count-limit", "11"), ("--types", "A,C"), ("--until", "2091-01-01")):
        waiting = ask(service, "linkage", "change", number, *more)
        assert service.admin_cli("approval", "show", str(waiting["approval"]))["name"] == \
            "linkage_change"
    for state in ("suspended", "active", "ended"):  # the brake is one person's
        assert service.admin_cli("linkage", "change", number, "--state", state)["state"] == state
    assert linkage["state"] == "executed"
