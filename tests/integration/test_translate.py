# SPDX-License-Identifier: Apache-2.0
"""Refusals of temporary pseudonyms: each the same diagnostic, whatever is wrong."""
import pytest

from client import Caller
from schuilref import encoding

RECORD = {"G": "M", "GD": "19930515", "PC": "1234AA", "BSN": "999900006"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def token(service):
    answer = Caller(service, "HOSP1").issue("REG1", {"pseudonymTypes": ["C"], "records": [RECORD]})
    return answer[1]["records"][0]["pseudonyms"]["C"]


@pytest.fixture(scope="module")
def registry(service):
    return Caller(service, "REG1")


def verdicts(registry, texts, tref="C"):
    status, answer = registry.translate(
        "REG1", {"records": [{"pseudonyms": {tref: text}} for text in texts]})
    assert status == 200 and len(answer["records"]) == len(texts)
    for record in answer["records"]:
        assert set(record["pseudonyms"]) == set() or record["diagnostics"] == []
    return [record["diagnostics"][0]["name"] if record["diagnostics"] else "ok"
            for record in answer["records"]]


def test_every_single_bit_changed_is_refused_alike(registry, token):
    raw = encoding.b64u_decode(token[4:])
    texts = []
    for bit in range(96 * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << (bit % 8)
        texts.append("T-C-" + encoding.b64u_encode(bytes(changed)))
    assert verdicts(registry, [token]) == ["ok"]
    # A changed key number may name a key not yet known: the answer is the same all the same.
    assert set(verdicts(registry, texts)) == {"TOKEN_REFUSED"}


def test_what_is_no_temporary_pseudonym(registry, token):
    body = token[4:]
    texts = [token[:-1], token[:-4], token + "A", token + "AAAA", token + "=", token + " ", " " + token,
             token.lower(), "T-A-" + body, "T-C.1-" + body, "T-C.2-" + body, "P-C-" + body,
             "t-C-" + body, "T--" + body, "T-C-", "", "T", body, token[:40] + "+" + token[41:],
             token[:40] + "/" + token[41:], token + "\n", "T-C-" + "A" * 128, "T-C-" + body * 2]
    assert set(verdicts(registry, texts)) == {"TOKEN_REFUSED"}


def test_a_suffix_has_its_own_diagnostic_before_all_else(registry, token):
    assert set(verdicts(registry, [token + "~", token + "~" + "A" * 128, "~", "T-C-x~y"])) == {
        "TOKEN_SUFFIX"}


def test_wrong_tref_as_key(registry, token):
    assert verdicts(registry, [token], "A") == ["TOKEN_REFUSED"]


def test_unknown_type_as_key_refuses_the_request(registry, token):
    assert registry.translate("REG1", {"records": [{"pseudonyms": {"Z": token}}]})[0] == 400


def test_another_registrys_temporary_pseudonym(service, token):
    answer = Caller(service, "REG2").translate("REG2", {"records": [{"pseudonyms": {"C": token}}]})
    assert answer[1]["records"][0]["diagnostics"][0]["name"] == "TOKEN_REFUSED"


def test_temporaries_of_two_providers_in_one_record(service, registry):
    one, two = (Caller(service, who).issue("REG1", {
        "pseudonymTypes": ["A", "C"], "records": [RECORD]})[1]["records"][0]["pseudonyms"]
        for who in ("HOSP1", "HOSP2"))
    answer = registry.translate("REG1", {"records": [{"pseudonyms": {"A": one["A"], "C": two["C"]}}]})
    (record,) = answer[1]["records"]
    assert record["pseudonyms"] == {} and record["diagnostics"][0]["name"] == "PROVIDER_MIXED"


@pytest.mark.parametrize("record", [7, "x", None, [], {}, {"pseudonyms": {}}, {"pseudonyms": []},
                                    {"pseudonyms": {"C": 1}}, {"pseudonyms": {"C": None}}])
def test_records_of_another_shape_fail_alone(registry, token, record):
    status, answer = registry.translate(
        "REG1", {"records": [{"pseudonyms": {"C": token}}, record, {"pseudonyms": {"C": token}}]})
    if isinstance(record, dict) and isinstance(record.get("pseudonyms"), list) and status == 400:
        pytest.fail("one bad record failed its batch")
    assert status == 200
    assert [bool(r["pseudonyms"]) for r in answer["records"]] == [True, False, True]
    assert answer["records"][1]["diagnostics"]


def test_extra_keys_of_an_issue_answer_are_ignored(registry, token):
    status, answer = registry.translate("REG1", {
        "statistics": {"speed": 1}, "records": [{"pseudonyms": {"C": token}, "diagnostics": []}]})
    assert status == 200 and answer["records"][0]["pseudonyms"]["C"].startswith("P-C-")
