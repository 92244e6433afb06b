# SPDX-License-Identifier: Apache-2.0
"""Reversible pseudonyms through the service: issued, translated, opened by whom they are, and the
keys, quota and audit around it; checked against the second implementation."""
import pytest

from client import Caller
from schuilref import reversible
from schuilref.aes_siv import open_sealed

LID = "0012345-\u00eb \"x\" \\"
OTHERS = ("HOSPR2", "HOSPR3")


@pytest.fixture(scope="module")
def d(service):
    """HOSPR1 leaves its source key to the service, HOSPR2 and HOSPR3 have none here."""
    for code in ("HOSPR1", *OTHERS):
        service.add_organisation(code, f"Hospital {code}", "provider")
        for registry in ("REG1", "REG2"):
            service.connect(code, registry, types="A,R")
    service.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSPR1")
    service.wait_for_policy()
    return service


def issue(d, provider, records, registry="REG1", types=("R",)):
    body = {"pseudonymTypes": list(types), "records": records}
    return Caller(d, provider).issue(registry, body)


def arrived(d, provider, record, registry="REG1"):
    """The reversible pseudonym that the registry gets."""
    status, issued = issue(d, provider, [record], registry)
    assert status == 200 and issued["records"][0]["diagnostics"] == [], issued
    temporary = issued["records"][0]["pseudonyms"]["R"]
    assert temporary.startswith("T-R-")
    status, told = Caller(d, registry).translate(registry, issued)
    assert status == 200 and told["records"][0]["provider"] == provider
    return told["records"][0]["pseudonyms"]["R"]


def reverse(d, who, texts, registry="REG1", **more):
    body = {"reason": "call the patient back", **more,
            "records": [{"pseudonyms": {"R": text}} for text in texts]}
    return Caller(d, who).request("POST", f"/v1/registries/{registry}/reversals", body)


def names(record):
    return [(entry["name"], entry["field"]) for entry in record["diagnostics"]]


def number_of(d, code):
    return int(d.pg.sql(f"SELECT number FROM schuilnaam.organisation WHERE code = '{code}'"))


def test_the_shipped_type_is_there_and_parameters_tell_what_a_client_needs(d):
    told = Caller(d, "HOSPR1").request("GET", "/v1/registries/REG1/parameters").json()
    (r,) = [t for t in told["types"] if t["tref"] == "R"]
    assert r["kind"] == "reversible" and r["recipe"] == ["LID"]
    assert {"code": "LID", "kind": "text"} in told["attributes"]
    assert told["connection"]["salted"] is False


def test_the_owner_opens_what_it_delivered(d):
    text = arrived(d, "HOSPR1", {"LID": LID})
    assert text.startswith(f"R-R-REG1-{number_of(d, 'HOSPR1')}-1-")
    answer = reverse(d, "HOSPR1", [text])
    assert answer.status == 200
    body = answer.json()
    assert list(body) == ["statistics", "records"]
    assert body["records"] == [{"attributes": {"LID": LID}, "diagnostics": []}]
    assert body["statistics"]["pseudonymTotal"] == 1 and body["statistics"]["errorTotal"] == 0
    assert text == arrived(d, "HOSPR1", {"LID": f" {LID} "})
    assert text.split("-", 5)[5] != arrived(d, "HOSPR1", {"LID": LID}, "REG2").split("-", 5)[5]


def test_anyone_else_gets_the_answer_of_a_tampered_one(d):
    text = arrived(d, "HOSPR1", {"LID": LID})
    tampered = text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB")
    fields = text.split("-", 5)
    fields[3] = str(number_of(d, "HOSPR2"))
    renamed = "-".join(fields)
    refused = [reverse(d, "HOSPR1", [tampered]), reverse(d, "HOSPR2", [text]),
               reverse(d, "HOSPR3", [renamed]), reverse(d, "HOSPR2", [renamed]),
               reverse(d, "HOSPR1", [text], "REG2"), reverse(d, "HOSPR1", ["Jansen"])]
    answers = [answer.json() for answer in refused]
    assert {answer.status for answer in refused} == {200}
    assert all(answer["records"] == answers[0]["records"] for answer in answers)
    assert names(answers[0]["records"][0]) == [("REVERSAL_REFUSED", "R")]
    assert answers[0]["records"][0]["attributes"] == {}


def test_good_and_bad_records_keep_their_places_in_a_large_batch(d):
    lids = [f"{n:07d}" for n in range(300)]
    status, issued = issue(d, "HOSPR1", [{"LID": lid} for lid in lids])
    assert status == 200
    told = Caller(d, "REG1").translate("REG1", issued)[1]
    texts = [record["pseudonyms"]["R"] for record in told["records"]]
    for i in range(0, 300, 7):
        texts[i] = texts[i].replace("R-R-", "S-R-")
    answer = reverse(d, "HOSPR1", texts).json()
    assert [r["attributes"].get("LID") for r in answer["records"]] == [
        None if i % 7 == 0 else lid for i, lid in enumerate(lids)]
    assert answer["statistics"]["errorTotal"] == 43


@pytest.mark.parametrize("reason", [None, 7, "", "ab", "   a ", "x" * 501, "call\nback"])
def test_without_a_reason_nothing_is_opened(d, reason):
    body = {"records": []} if reason is None else {"reason": reason, "records": []}
    answer = Caller(d, "HOSPR1").request("POST", "/v1/registries/REG1/reversals", body)
    assert answer.status == 400
    assert answer.json()["code"] == 2031 and answer.json()["type"].endswith(":input-reason")


def test_permission_is_the_connections(d):
    for who, registry in (("REG1", "REG1"), ("HOSPR1", "REG9"), ("HOSPR1", "NONE")):
        answer = reverse(d, who, [], registry)
        assert answer.status == 403, (who, registry)


def test_the_event_has_the_reason_the_counts_and_the_key_and_no_value(d):
    text = arrived(d, "HOSPR1", {"LID": "LIDINAUDIT"})
    answer = reverse(d, "HOSPR1", [text, "x"], reason="recall of lot 7")
    request = answer.headers["x-request-id"]
    row = d.pg.sql("SELECT name, outcome, organisation, registry, types, asked, made, failed, reason,"
                   f" key_numbers FROM schuilnaam.audit_event WHERE request = '{request}'")
    key = d.pg.sql("SELECT number FROM schuilnaam.key WHERE purpose = 'source' AND scope = "
                   f"{number_of(d, 'HOSPR1')} AND generation = 1").strip()
    assert row.strip().split("|") == ["REVERSE", "ok", "HOSPR1", "REG1", "{R}", "2", "1", "1",
                                      "recall of lot 7", "{%s}" % key]
    assert d.pg.sql("SELECT count(*) FROM schuilnaam.audit_event a"
                    " WHERE a::text LIKE '%LIDINAUDIT%'").strip() == "0"


def connection_of(d, provider, registry):
    (number,) = [c["number"] for c in d.admin_cli("connection", "list")["connections"]
                 if (c["provider"], c["registry"]) == (provider, registry)]
    return str(number)


def test_the_quota_of_reversals_is_its_own(d):
    number = connection_of(d, "HOSPR3", "REG2")
    d.admin_cli("quota", "create", "--kind", "reverse", "--connection", number, "--quota", "3")
    d.wait_for_policy()
    statuses = [reverse(d, "HOSPR3", ["x"] * count, "REG2").status for count in (2, 2, 1, 1)]
    assert statuses == [200, 429, 200, 429]
    assert issue(d, "HOSPR3", [{"BSN": "999900006"}], "REG2", ("A",))[0] == 200


def test_sealed_by_the_provider_arrives_and_is_seen_nowhere(d):
    number = number_of(d, "HOSPR2")
    domain = int(d.pg.sql("SELECT number FROM schuilnaam.domain WHERE code = 'REG1'"))
    source, place = bytes(range(64)), reversible.Place("R", 1, number, domain, 5, 1)
    box = reversible.seal_body(source, place, reversible.body(1, "LID", "SECRETLID7"))
    sealed = reversible.text(place, "REG1", box)
    assert arrived(d, "HOSPR2", {"sealed": {"R": sealed}}) == sealed
    plain = open_sealed(reversible.key(source, place), [reversible.associated_data(place)], box)
    assert b"SECRETLID7" in plain
    answer = reverse(d, "HOSPR2", [sealed]).json()
    assert names(answer["records"][0]) == [("REVERSAL_REFUSED", "R")]
    with open(d.log, encoding="utf-8", errors="replace") as log:
        told = log.read()
    dump = d.pg.sql("SELECT string_agg(a::text, ' ') FROM schuilnaam.audit_event a")
    for secret in (sealed, sealed[-40:], "SECRETLID7", "LIDINAUDIT"):
        assert secret not in told and secret not in dump


def test_what_a_provider_sealed_wrong_is_told(d):
    number = number_of(d, "HOSPR2")
    box = "A" * 64
    good = f"R-R-REG1-{number}-1-{box}"
    records = [{"sealed": {"R": good}}, {"sealed": {"R": good}, "LID": "7"}, {"LID": "7"}, {},
               {"sealed": {"R": good.replace("REG1", "REG2")}}, {"sealed": {"R": "S" + good[1:]}},
               {"sealed": {"R": f"R-R-REG1-{number + 1}-1-{box}"}}, {"sealed": {"R": 7}},
               {"sealed": [good]}, {"sealed": {"R": good, "B": "x"}}]
    status, answer = issue(d, "HOSPR2", records)
    assert status == 200
    assert [names(record) for record in answer["records"]] == [
        [], [("SEALED_BESIDE", "R")], [("SOURCE_KEY_ABSENT", "R")], [("ATTRIBUTE_MISSING", "LID")],
        [("SEALED_REFUSED", "R")], [("SEALED_REFUSED", "R")], [("SEALED_REFUSED", "R")],
        [("VALUE_SHAPE", "R"), ("ATTRIBUTE_MISSING", "LID")],
        [("VALUE_SHAPE", ""), ("ATTRIBUTE_MISSING", "LID")], [("SEALED_UNUSED", "B")]]
    assert issue(d, "HOSPR2", [{"sealed": {"Z": good}}])[0] == 400


def test_a_salted_connection_gives_others_each_time(d):
    mine = connection_of(d, "HOSPR1", "REG2")
    d.admin_cli("connection", "change", mine, "--salted", "true")
    d.wait_for_policy()
    first, second = (arrived(d, "HOSPR1", {"LID": "9"}, "REG2") for _ in range(2))
    assert first.startswith("S-R-REG2-") and first != second
    d.admin_cli("connection", "change", mine, "--salted", "false")
    d.wait_for_policy()


def test_a_new_source_key_seals_and_the_old_one_still_opens(d):
    before = arrived(d, "HOSPR1", {"LID": "0007"})
    made = d.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSPR1")
    assert (made["generation"], made["organisation"], made["state"]) == (2, "HOSPR1", "active")
    assert made["compartments"] == ["issue"]
    d.wait_for_policy()
    after = arrived(d, "HOSPR1", {"LID": "0007"})
    assert before.split("-")[4] == "1" and after.split("-")[4] == "2"
    answer = reverse(d, "HOSPR1", [before, after]).json()
    assert [r["attributes"] for r in answer["records"]] == [{"LID": "0007"}] * 2
    states = d.pg.sql("SELECT string_agg(state, ',' ORDER BY generation) FROM schuilnaam.key"
                      f" WHERE purpose = 'source' AND scope = {number_of(d, 'HOSPR1')}")
    assert states.strip() == "translate-only,active"


def test_a_source_key_is_imported_only_while_nothing_was_issued_under_it(d):
    d.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSPR3")
    source = bytes(range(64, 128))
    made = d.admin_cli("key", "import", "--purpose", "source", "--organisation", "HOSPR3",
                       stdin=source.hex() + "\n")
    assert made["generation"] == 1
    d.wait_for_policy()
    text = arrived(d, "HOSPR3", {"LID": "7"})
    domain = int(d.pg.sql("SELECT number FROM schuilnaam.domain WHERE code = 'REG1'"))
    place = reversible.Place("R", 1, number_of(d, "HOSPR3"), domain, 1, 1)
    box = reversible.seal_body(source, place, reversible.body(1, "LID", "7"))
    assert text == reversible.text(place, "REG1", box)
    code, _ = d.admin_cli("key", "import", "--purpose", "source", "--organisation", "HOSPR3",
                          stdin=bytes(64).hex() + "\n", check=False)
    assert code == 65


@pytest.mark.parametrize("words", [
    ("--purpose", "source"), ("--purpose", "source", "--organisation", "NOBODY"),
    ("--purpose", "transport", "--organisation", "HOSPR1"), ("--purpose", "root")])
def test_a_source_key_has_one_provider_that_exists(d, words):
    assert d.admin_cli("key", "create", *words, check=False)[0] == 65


def test_an_operator_makes_a_reversible_type_of_one_whole_attribute(d):
    made = d.admin_cli("type", "create", "--code", "RB", "--kind", "reversible", "--recipe", "BSN",
                       "--uniqueness", "identifying")
    assert made["kind"] == "reversible"
    for recipe in ("GD:Y", "BSN,GD"):
        code, _ = d.admin_cli("type", "create", "--code", "RC", "--kind", "reversible", "--recipe",
                              recipe, "--uniqueness", "identifying", check=False)
        assert code == 65


def test_a_processor_opens_nothing_for_a_provider(d):
    """It would get the provider's own numbers, which no mandate is for."""
    d.add_organisation("PROCR1", "A processor", "processor")
    d.admin_cli("mandate", "create", "--processor", "PROCR1", "--principal", "HOSPR1")
    d.wait_for_policy()
    text = arrived(d, "HOSPR1", {"LID": LID})
    assert reverse(d, "HOSPR1", [text]).status == 200
    behalf = {"On-Behalf-Of": "HOSPR1"}
    body = {"reason": "call the patient back", "records": [{"pseudonyms": {"R": text}}]}
    path = "/v1/registries/{}/reversals"
    issued = Caller(d, "PROCR1").request("POST", "/v1/registries/REG1/temporary-pseudonyms",
                                         {"pseudonymTypes": ["R"], "records": [{"LID": LID}]}, behalf)
    assert issued.status == 200  # the mandate is in force
    for answer in (Caller(d, "PROCR1").request("POST", path.format("REG1"), body, behalf),
                   Caller(d, "PROCR1").request("POST", path.format("REG1"), body)):
        wrong = Caller(d, "HOSPR1").request("POST", path.format("NOSUCH"), body)
        assert answer.status == wrong.status == 403
        assert {**answer.json(), "request": ""} == {**wrong.json(), "request": ""}
