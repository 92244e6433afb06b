# SPDX-License-Identifier: Apache-2.0
"""admin explain: its verdict is what the service answers then, and it names the rule that decides."""
import json
import uuid

import pytest

from client import Caller

RECORD = {"G": "M", "GD": "19930515", "PC": "1234AA"}
PATHS = {"issue": "temporary-pseudonyms", "translate": "final-pseudonyms", "reverse": "reversals",
         "rotate": "final-pseudonyms/rotations"}
BODIES = {"translate": {"records": []}, "rotate": {"records": []},
          "reverse": {"reason": "a test", "records": []}}


def new_organisation(service, kind):
    code = kind[0].upper() + uuid.uuid4().hex[:8].upper()
    service.add_organisation(code, f"A {kind}", kind)
    return code


def new_registry(service, **more):
    code = new_organisation(service, "registry")
    service.add_registry(code, **more)
    return code


def credential(service, organisation):
    rows = service.admin_cli("credential", "list")
    rows = rows if isinstance(rows, list) else rows[next(iter(rows))]
    return str(next(row["number"] for row in rows if row.get("organisation") == organisation))


@pytest.fixture(scope="module")
def world(service):
    """One of each: what may be, and every way in which it may not."""
    w = {"provider": new_organisation(service, "provider"), "proc": new_organisation(service, "processor"),
         "expired": new_organisation(service, "provider"),
         "revoked": new_organisation(service, "provider"), "stopped": new_organisation(service, "provider")}
    w.update({name: new_registry(service) for name in
              ("open", "alone", "suspended", "past", "unquoted")})
    w["announced"] = new_registry(service, state="announced")
    for name in ("open", "announced"):
        service.connect(w["provider"], w[name], types="C")
    for name in ("expired", "revoked", "stopped"):
        service.connect(w[name], w["open"], types="C")
    service.connect(w["provider"], w["unquoted"], types="C", quota=0)
    service.connect(w["provider"], w["past"],
                    **{"from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"})
    made = service.connect(w["provider"], w["suspended"])
    service.admin_cli("connection", "change", str(made["number"]), "--state", "suspended")
    service.admin_cli("credential", "change", credential(service, w["expired"]), "--from", "2020-01-01",
                      "--until", "2021-01-01")
    service.admin_cli("credential", "end", credential(service, w["revoked"]))
    service.admin_cli("organisation", "change", w["stopped"], "--state", "suspended")
    service.admin_cli("mandate", "create", "--processor", w["proc"], "--principal", w["provider"])
    service.wait_for_policy()
    return w


def explain(service, *words):
    code, out, err = service.cli("operator", "--json", "admin", "explain", *words,
                                 server=f"https://{service.admin}", check=False)
    assert code in (0, 1), err
    answer = json.loads(out)
    assert answer["allowed"] == (code == 0) == all(rule["holds"] for rule in answer["rules"])
    assert all(rule["holds"] for rule in answer["rules"][:-1])
    return answer


def served(service, call, who, registry, types, behalf):
    headers = {"On-Behalf-Of": behalf} if behalf else {}
    if call == "parameters":
        return Caller(service, who).request("GET", f"/v1/registries/{registry}/parameters",
                                            None, headers).status
    body = BODIES.get(call) or {"pseudonymTypes": types.split(","), "records": [RECORD]}
    return Caller(service, who).request("POST", f"/v1/registries/{registry}/{PATHS[call]}", body,
                                        headers).status


# call, caller, registry, types, for whom, the rule that fails, status of the service
CASES = [
    ("issue", "provider", "open", "C", None, None, 200),
    ("issue", "provider", "open", "A,C", None, "connection-types", 403),
    ("issue", "provider", "open", "C,Z9", None, "types-known", 400),
    ("issue", "provider", "alone", "C", None, "connection-known", 403),
    ("issue", "provider", "announced", "C", None, "registry-listed", 403),
    ("issue", "provider", "suspended", "C", None, "connection-active", 403),
    ("issue", "provider", "past", "C", None, "connection-dates", 403),
    ("issue", "provider", "NOSUCH", "C", None, "registry-known", 403),
    ("issue", "provider", "unquoted", "C", None, "quota-granted", 429),
    ("issue", "expired", "open", "C", None, "credential-dates", 403),
    ("issue", "revoked", "open", "C", None, "credential-active", 403),
    ("issue", "stopped", "open", "C", None, "caller-active", 403),
    ("issue", "proc", "open", "C", "provider", None, 200),
    ("issue", "proc", "open", "C", None, "connection-known", 403),
    ("issue", "proc", "open", "C", "open", "mandate-known", 403),
    ("issue", "proc", "open", "C", "stopped", "principal-active", 403),
    ("reverse", "provider", "open", None, None, None, 200),
    ("reverse", "provider", "suspended", None, None, "connection-active", 403),
    ("reverse", "proc", "open", None, "provider", "caller-itself", 403),
    ("translate", "open", "open", None, None, None, 200),
    ("translate", "announced", "announced", None, None, None, 200),
    ("translate", "provider", "open", None, None, "registry-own", 403),
    ("rotate", "open", "open", None, None, "rotation-open", 409),
    ("parameters", "provider", "suspended", None, None, None, 200),
    ("parameters", "open", "open", None, None, None, 200),
    ("parameters", "provider", "alone", None, None, "registry-member", 403),
]


@pytest.mark.parametrize("call,who,registry,types,behalf,rule,status", CASES)
def test_the_verdict_is_what_the_service_answers(service, world, call, who, registry, types, behalf,
                                                 rule, status):
    who, registry, behalf = world[who], world.get(registry, registry), world.get(behalf)
    words = ["--organisation", who, "--registry", registry, "--call", call]
    words += ["--types", types] if types else []
    words += ["--on-behalf-of", behalf] if behalf else []
    answer = explain(service, *words)
    assert answer["rules"][-1]["rule"] == rule if rule else answer["allowed"]
    assert answer["allowed"] == (rule is None)
    assert served(service, call, who, registry, types, behalf) == status
    assert answer["allowed"] == (status == 200)


def test_another_time_is_asked_of_the_same_policy(service, world):
    words = ["--organisation", world["provider"], "--registry", world["past"], "--types", "C", "--at"]
    assert explain(service, *words, "2020-12-31T23:59:59Z")["rules"][-1]["rule"] == "credential-dates"
    service.admin_cli("credential", "change", credential(service, world["provider"]), "--from", "2019-01-01")
    service.wait_for_policy()
    assert explain(service, *words, "2020-12-31T23:59:59Z")["allowed"]
    assert explain(service, *words, "2020-06-01")["allowed"]
    assert explain(service, *words, "2021-01-01")["rules"][-1]["rule"] == "connection-dates"


def test_a_credential_can_be_asked_about_and_an_operators_calls_nothing(service, world):
    own = credential(service, world["provider"])
    rest = ["--registry", world["open"], "--types", "C"]
    assert explain(service, "--credential", own, *rest)["allowed"]
    assert explain(service, "--credential", "999999", *rest)["rules"][-1]["rule"] == "credential-known"
    operators = service.pg.sql("SELECT min(number) FROM schuilnaam.credential WHERE operator IS NOT NULL")
    answer = explain(service, "--credential", operators.strip(), *rest)
    assert answer["rules"][-1]["rule"] == "caller-organisation"


def test_for_people_it_is_a_line_a_rule_and_the_verdict(service, world):
    def told(registry):
        return service.cli("operator", "admin", "explain", "--organisation", world["provider"], "--registry",
                           world[registry], "--types", "C", server=f"https://{service.admin}", check=False)
    code, out, _ = told("open")
    lines = out.splitlines()
    assert code == 0 and lines[-1] == "allowed" and all(line.startswith("yes ") for line in lines[:-1])
    code, out, _ = told("suspended")
    lines = out.splitlines()
    assert code == 1 and lines[-1] == "not allowed"
    assert lines[-2].split()[:2] == ["no", "connection-active"]


GOOD = {"organisation": "HOSP1", "call": "issue", "registry": "REG1", "types": ["A"]}


@pytest.mark.parametrize("change,status", [
    ({}, 200), ({"other": 1}, 400), ({"credential": 1}, 400), ({"organisation": None}, 400),
    ({"organisation": ""}, 400), ({"organisation": 1}, 400), ({"call": "destroy"}, 400),
    ({"call": 1}, 400), ({"registry": 1}, 400), ({"types": []}, 400), ({"types": "A"}, 400),
    ({"types": [1]}, 400), ({"types": ["A", "A"]}, 400), ({"types": ["A"] * 99}, 400),
    ({"call": "translate"}, 400), ({"at": "2026-02-31T00:00:00Z"}, 400), ({"at": "tomorrow"}, 400),
    ({"at": "2026-02-01T00:00:00Z"}, 200), ({"at": "2026-2-1T00:00:00Z"}, 400), ({"onBehalfOf": 1}, 400)])
def test_a_bad_question_is_refused(service, change, status):
    answer = Caller(service, "operator", service.admin).request("POST", "/admin/v1/explain", {**GOOD, **change})
    assert answer.status == status


def test_it_is_for_operators_and_in_the_trail(service):
    refused = Caller(service, "HOSP1", service.admin).request("POST", "/admin/v1/explain", GOOD)
    assert refused.status == 403
    count = ("SELECT count(*) FROM schuilnaam.audit_event WHERE event = 203 AND "
             "detail::text LIKE '%explain%'")
    before = int(service.pg.sql(count))
    assert explain(service, "--organisation", "HOSP1", "--registry", "REG1", "--types", "A")["allowed"]
    assert int(service.pg.sql(count)) == before + 1
