# SPDX-License-Identifier: Apache-2.0
"""Issue and translate as INTERFACES promise them: shapes, order, diagnostics, and finals equal to
those of the second implementation."""
import json
import os

import pytest

from client import Caller
from conftest import ROOT

GOOD = {"G": "M", "GD": "19930515", "PC": "1234AA"}
PERSON = {**GOOD, "BSN": "999900006", "GN": "Müller", "VL": "J."}


@pytest.fixture(scope="module")
def provider(service):
    return Caller(service, "HOSP1")


@pytest.fixture(scope="module")
def registry(service):
    return Caller(service, "REG1")


def issue(provider, records, types=("C",)):
    return provider.issue("REG1", {"pseudonymTypes": list(types), "records": records})


def names(record):
    return [(d["name"], d["field"]) for d in record["diagnostics"]]


def test_seed_request_answers_with_the_promised_shape(provider):
    answer = provider.request("POST", "/v1/registries/REG1/temporary-pseudonyms",
                              b'{"pseudonymTypes":["C"],"records":'
                              b'[{"G":"M","GD":"19930515","PC":"1234AA"}]}')
    body = answer.json()
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    assert len(answer.headers["x-request-id"]) >= 16
    assert list(body) == ["statistics", "records"]
    assert list(body["statistics"]) == ["pseudonymTotal", "errorTotal", "speed"]
    assert body["statistics"]["pseudonymTotal"] == 1 and body["statistics"]["errorTotal"] == 0
    assert isinstance(body["statistics"]["speed"], int)
    (record,) = body["records"]
    assert list(record) == ["pseudonyms", "diagnostics"] and record["diagnostics"] == []
    text = record["pseudonyms"]["C"]
    assert text.startswith("T-C-") and len(text) == len("T-C-") + 128


def test_all_types_in_one_request_and_issue_answer_posted_as_it_is(provider, registry):
    status, issued = issue(provider, [PERSON, GOOD], ["A", "B", "C"])
    assert status == 200 and set(issued["records"][0]["pseudonyms"]) == {"A", "B", "C"}
    assert set(issued["records"][1]["pseudonyms"]) == {"C"}
    assert issued["statistics"]["pseudonymTotal"] == 4 and issued["statistics"]["errorTotal"] == 1
    status, finals = registry.translate("REG1", issued)
    assert status == 200
    for t in ("A", "B", "C"):
        assert finals["records"][0]["pseudonyms"][t].startswith(f"P-{t}-REG1-1-")
    assert [r["provider"] for r in finals["records"]] == ["HOSP1", "HOSP1"]
    assert finals["records"][0]["pseudonyms"]["C"] == finals["records"][1]["pseudonyms"]["C"]


def test_translating_again_gives_the_same_and_issuing_again_other_temporaries(provider, registry):
    first, second = issue(provider, [GOOD])[1], issue(provider, [GOOD])[1]
    assert first["records"][0]["pseudonyms"] != second["records"][0]["pseudonyms"]
    finals = [registry.translate("REG1", body)[1]["records"][0]["pseudonyms"]["C"]
              for body in (first, second, first)]
    assert len(set(finals)) == 1


def test_two_registries_and_two_hospitals(service, provider, registry):
    other_provider, other_registry = Caller(service, "HOSP2"), Caller(service, "REG2")
    one = registry.translate("REG1", issue(provider, [PERSON], ["A"])[1])[1]
    two = registry.translate("REG1", other_provider.issue(
        "REG1", {"pseudonymTypes": ["A"], "records": [PERSON]})[1])[1]
    far = other_registry.translate("REG2", provider.issue(
        "REG2", {"pseudonymTypes": ["A"], "records": [PERSON]})[1])[1]
    text = one["records"][0]["pseudonyms"]["A"]
    assert text == two["records"][0]["pseudonyms"]["A"]
    assert two["records"][0]["provider"] == "HOSP2"
    assert far["records"][0]["pseudonyms"]["A"].split("-", 4)[4] != text.split("-", 4)[4]


def test_one_bad_record_never_fails_its_batch_and_order_is_kept(provider, registry):
    records = [dict(GOOD, PC=f"{1000 + i}AA") for i in range(300)]
    for i in range(0, 300, 7):
        records[i] = dict(records[i], PC="0000AA")
    status, answer = issue(provider, records)
    assert status == 200 and answer["statistics"]["errorTotal"] == len(range(0, 300, 7))
    assert [bool(r["pseudonyms"]) for r in answer["records"]] == [i % 7 != 0 for i in range(300)]
    finals = registry.translate("REG1", answer)[1]["records"]
    alone = registry.translate("REG1", issue(provider, [records[151]])[1])[1]["records"][0]
    assert finals[151]["pseudonyms"] == alone["pseudonyms"]
    assert [bool(r["pseudonyms"]) for r in finals] == [i % 7 != 0 for i in range(300)]


def test_all_records_failing_is_still_200(provider):
    status, answer = issue(provider, [{}, {"PC": "x"}, 7, "text", None, []])
    assert status == 200 and answer["statistics"] == {
        "pseudonymTotal": 0, "errorTotal": 6, "speed": answer["statistics"]["speed"]}
    assert [names(r)[0][0] for r in answer["records"]] == [
        "ATTRIBUTE_MISSING", "ATTRIBUTE_MISSING", "RECORD_SHAPE", "RECORD_SHAPE", "RECORD_SHAPE",
        "RECORD_SHAPE"] or names(answer["records"][1])[0][0] == "POSTCODE_FORMAT"


def test_a_missing_attribute_is_named_and_other_types_go_on(provider):
    status, answer = issue(provider, [{k: v for k, v in PERSON.items() if k != "BSN"}], ["A", "C"])
    (record,) = answer["records"]
    assert status == 200 and list(record["pseudonyms"]) == ["C"]
    assert ("ATTRIBUTE_MISSING", "BSN") in names(record)


def test_unknown_attribute_is_an_error_and_an_unused_one_a_warning(provider):
    _, answer = issue(provider, [dict(GOOD, XX="1"), dict(GOOD, HN="12")])
    unknown, unused = answer["records"]
    assert names(unknown) == [("ATTRIBUTE_UNKNOWN", "XX")] or "ATTRIBUTE_UNKNOWN" in [
        n for n, _ in names(unknown)]
    assert unknown["diagnostics"][0]["severity"] == "error"
    assert names(unused) == [("ATTRIBUTE_UNUSED", "HN")]
    assert unused["diagnostics"][0]["severity"] == "warning" and "C" in unused["pseudonyms"]
    assert answer["statistics"]["errorTotal"] == 1


@pytest.mark.parametrize("value", [19930515, 1.5, True, None, [], {}])
def test_a_value_that_is_no_string(provider, value):
    _, answer = issue(provider, [dict(GOOD, GD=value)])
    (record,) = answer["records"]
    assert record["pseudonyms"] == {} and ("VALUE_SHAPE", "GD") in names(record)


def golden():
    with open(os.path.join(ROOT, "tests/vectors/normaliser.json"), encoding="utf-8") as text:
        return json.load(text)["cases"]


RECIPES = {"BSN": "A", "GN": "B", "VL": "B", "GD": "C", "G": "C", "PC": "C"}


def test_every_refused_value_of_the_catalogue_is_refused_by_name(provider):
    """All refused golden values of the shipped types, each in a record of its own, by web service."""
    cases = [c for c in golden() if c.get("refusal", "ok") != "ok" and "input" in c
             and c["code"] in RECIPES and c.get("test_persons", "allow") == "allow"
             and c["refusal"] not in ("DATE_RANGE",)]
    assert len(cases) > 100
    for t in ("A", "B", "C"):
        mine = [c for c in cases if RECIPES[c["code"]] == t]
        _, answer = issue(provider, [dict(PERSON, **{c["code"]: c["input"]}) for c in mine], [t])
        for case, record in zip(mine, answer["records"]):
            assert record["pseudonyms"] == {}, case
            assert (case["refusal"], case["code"]) in names(record), case


@pytest.mark.parametrize("body,detail", [
    (b"", "empty"), (b"{", "cut"), (b"[]", "list"), (b"null", "null"), (b"{} {}", "two"),
    (b'{"pseudonymTypes":["C"],"records":[{"G":"M","G":"V"}]}', "duplicate key"),
    (b'{"pseudonymTypes":["C"],"pseudonymTypes":["C"],"records":[]}', "duplicate head"),
    (b'{"pseudonymTypes":["C"],"records":[' + b"[" * 20 + b"]" * 20 + b"]}", "depth"),
    (b'{"pseudonymTypes":["C"],"records":[{"G":"\xff"}]}', "invalid UTF-8"),
    (b'{"pseudonymTypes":["C"],"records":[{"G":"\xc0\x80"}]}', "overlong"),
    (b'{"pseudonymTypes":["C"],"records":[{"G":"\\ud800"}]}', "lone surrogate"),
    (b'{"pseudonymTypes":["C"],"records":[{"G":"M"}],}', "trailing comma"),
    (b'{"pseudonymTypes":["C"],"records":[{"G":"a\nb"}]}', "raw control"),
    (b'{"pseudonymTypes":["C"],"records":{}}', "records no list"),
    (b'{"pseudonymTypes":"C","records":[]}', "types no list"),
    (b'{"pseudonymTypes":[1],"records":[]}', "type no string"),
    (b'{"pseudonymTypes":[],"records":[]}', "no types"),
    (b'{"records":[]}', "types missing"), (b'{"pseudonymTypes":["C"]}', "records missing"),
    (b'{"pseudonymTypes":["Z"],"records":[]}', "unknown type"),
    (b'{"pseudonymTypes":["C.1"],"records":[]}', "C.1"),
    (b'{"pseudonymTypes":["c"],"records":[]}', "small letter"),
    (b'{"pseudonymTypes":["C","C"],"records":[]}', "type twice"),
])
def test_a_request_that_is_wrong_as_a_whole_is_400_as_a_problem(provider, body, detail):
    answer = provider.request("POST", "/v1/registries/REG1/temporary-pseudonyms", body)
    assert answer.status == 400, detail
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == 400 and "title" in answer.json()
    assert answer.json()["code"] in (2011, 2012, 2014)


def test_too_many_records(provider):
    body = json.dumps({"pseudonymTypes": ["C"], "records": [{}] * 10001}).encode()
    answer = provider.request("POST", "/v1/registries/REG1/temporary-pseudonyms", body)
    assert answer.status == 413 and answer.json()["code"] == 2013


def test_ten_thousand_records(provider):
    status, answer = issue(provider, [GOOD] * 10000)
    assert status == 200 and len(answer["records"]) == 10000
    assert len({r["pseudonyms"]["C"] for r in answer["records"]}) == 10000


def test_no_records_is_an_empty_answer(provider):
    status, answer = issue(provider, [])
    assert status == 200 and answer["records"] == []


def test_parameters_name_what_a_provider_needs(provider):
    answer = provider.request("GET", "/v1/registries/REG1/parameters")
    body = answer.json()
    assert answer.status == 200
    text = json.dumps(body)
    for word in ("listed", "REG1", "HOSP1", '"A"', '"C"', "BSN"):
        assert word in text, word
