# SPDX-License-Identifier: Apache-2.0
"""The trail as files that prove themselves, and reports that say what was done."""
import csv
import datetime
import io
import json

import pytest

from client import Caller
from deployment import Deployment, register_two_by_two

GOOD = {"G": "M", "GD": "19930515", "PC": "1234AA"}
BODY = {"pseudonymTypes": ["C"], "records": [GOOD, GOOD, {**GOOD, "G": "?"}]}
MONTH = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("export")), settings={"workers": "2"})
    try:
        d.set_up()
        register_two_by_two(d)
        for number, caller in enumerate((Caller(d, "HOSP1"), Caller(d, "HOSP2"))):
            for _ in range(3 + number):
                assert caller.issue("REG1", BODY)[0] == 200
        assert Caller(d, "REG1").issue("REG1", BODY)[0] == 403
        d.keys = str(tmp_path_factory.mktemp("keys") / "audit.keys")
        with open(d.keys, "w", encoding="utf-8") as keys:
            keys.write(d.daemon("audit", "keys")[1])
        yield d
    finally:
        d.destroy()


def audit(own, *words, check=True, who="operator"):
    return own.cli(who, "audit", *words, server=f"https://{own.admin}", check=check)


def ask(own, what, body):
    return Caller(own, "operator", address=own.admin).request("POST", f"/admin/v1/audit/{what}", body)


def verify(own, path, keys=None):
    code, out, err = audit(own, "verify", str(path), "--keys", keys or own.keys, check=False)
    return code, out + err


@pytest.fixture(scope="module")
def exported(own, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "trail.jsonl"
    count = own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event")
    assert audit(own, "export", "-o", str(path))[1] == f"{count} events\n"
    return path


def test_an_export_verifies_without_the_service(own, exported):
    code, text = verify(own, exported)
    lines = exported.read_text().splitlines()
    assert code == 0 and f"\n{len(lines) - 1} events, 0 findings\n" in text, text
    assert own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE name = 'TRAIL_EXPORT'") != "0"


def test_a_line_has_the_shape_of_nen_7513(exported):
    events = [json.loads(line) for line in exported.read_text().splitlines() if '"ISSUE"' in line]
    assert len(events) == 7
    event = events[0]
    assert list(event) == ["chain", "i", "event", "user", "object", "auditSource", "link", "signature"]
    assert event["event"]["eventID"] == 200 and event["user"]["roleIDCode"] == "provider"
    assert datetime.datetime.fromisoformat(event["event"]["eventDateTime"].replace("Z", "+00:00"))
    assert event["object"]["participantObjectID"] == "REG1"
    assert event["event"]["eventOutcomeIndicator"] == "ok"
    assert event["object"]["recordsAsked"] == 3 and event["object"]["recordsFailed"] == 1


def swapped(lines):
    at = next(i for i, line in enumerate(lines) if '"i":3,' in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return lines


def shortened(lines):
    chain = next(line for line in lines if '"i":3,' in line).split('"')[3]
    del lines[max(i for i, line in enumerate(lines) if line.startswith('{"chain":"' + chain))]
    return lines


TAMPERED = {
    "a count": ("CHANGED", lambda lines: [line.replace('"recordsMade":2', '"recordsMade":1')
                                          for line in lines]),
    "a line removed": ("MISSING", lambda lines: [line for line in lines if '"i":3,' not in line]),
    "the end of a chain removed": ("CUT", shortened),
    "all events removed": ("GONE", lambda lines: lines[:1]),
    "an event twice": ("DOUBLE", lambda lines: lines[:-1] + [lines[-1], lines[-1]]),
    "events swapped": ("MISSING", swapped),
    "a list of another time": ("STATEMENT", lambda lines: [lines[0].replace("time 1", "time 2")] + lines[1:]),
    "the list removed": ("LINE", lambda lines: lines[1:]),
    "other JSON of the same meaning": ("LINE", lambda lines: lines[:-1] + [lines[-1].replace(":", ": ", 1)]),
    "a field added": ("LINE", lambda lines: lines[:-1] + [lines[-1].replace("}", ',"x":1}', 1)]),
    "nothing left": ("PAGE", lambda lines: []),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_file_that_was_changed_is_found(own, exported, tmp_path, name):
    kind, change = TAMPERED[name]
    path = tmp_path / "changed.jsonl"
    path.write_text("".join(line + "\n" for line in change(exported.read_text().splitlines())))
    code, text = verify(own, path)
    assert code == 1 and f": {kind}: " in text, text


def test_other_keys_than_the_services_prove_nothing(own, exported, tmp_path):
    keys = tmp_path / "other.keys"
    with open(own.keys, encoding="utf-8") as mine:
        text = mine.read()
    keys.write_text(text.replace(text[-65:-1], "ab" * 32).replace(text.split()[3], "cd" * 32))
    code, text = verify(own, exported, str(keys))
    assert code == 1 and ": SIGNATURE: " in text and ": STATEMENT: " in text
    code, text = audit(own, "verify", str(exported), check=False)[0::2]
    assert code == 64 and "--keys" in text


def test_pages_follow_one_another(own, tmp_path):
    """More events than a page holds, made by SQL: only the pages are judged, not the links."""
    sql = own.pg.sql
    columns = ("time, event, name, outcome, role, access, compartment, process, chain, i, link, signature")
    sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
        f"INSERT INTO audit_event ({columns}) SELECT now(), 200, 'ISSUE', 'ok', 'provider', 'api', 'issue', 'p', "
        "decode(repeat('ff', 16), 'hex'), n, sha256(n::text::bytea), NULL FROM generate_series(1, 4500) n")
    try:
        path = tmp_path / "long.jsonl"
        audit(own, "export", "--period", MONTH, "-o", str(path))
        lines = path.read_text().splitlines()
        lists = [i for i, line in enumerate(lines) if line.startswith('{"statement"')]
        assert len(lists) == 3 and lists[1] == 2001
        for kept, words in ((lines[:lists[1]] + lines[lists[2]:], "one is missing before this one"),
                            (lines[:lists[2]], "the last one is missing"),
                            (lines + lines[:lists[1]], "another page after the last one")):
            path.write_text("\n".join(kept) + "\n")
            code, text = verify(own, path)
            assert code == 1 and f"PAGE: the pages do not follow one another: {words}" in text, text
    finally:
        sql("SET search_path = schuilnaam; DELETE FROM audit_event WHERE chain = decode(repeat('ff', 16), 'hex')")


def test_a_span_of_time_verifies_from_the_middle_of_chains(own, tmp_path):
    """Events before a moment, and from it on: together all, each file good by itself."""
    moment = own.pg.sql("SELECT (extract(epoch FROM time) * 1000000)::bigint FROM schuilnaam.audit_event "
                        "WHERE name = 'ISSUE' ORDER BY time OFFSET 4 LIMIT 1")
    total = int(own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event"))
    counted = 0
    for number, span in enumerate(({"toUs": int(moment)}, {"fromUs": int(moment)})):
        answer = ask(own, "export", span)
        assert answer.status == 200
        path = tmp_path / f"part{number}.jsonl"
        path.write_bytes(answer.body)
        code, told = verify(own, path)
        assert code == 0, told
        counted += len(answer.body.splitlines()) - 1
    assert counted in (total, total + 1)  # the first page's own event


def test_csv_has_a_row_for_each_event(own, tmp_path):
    path = tmp_path / "trail.csv"
    audit(own, "export", "--format", "csv", "-o", str(path))
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    issues = [row for row in rows if row["eventName"] == "ISSUE" and row["eventOutcomeIndicator"] == "ok"]
    assert len(issues) == 7 and {row["pseudonymTypes"] for row in issues} == {"C"}
    assert sum(int(row["recordsMade"]) for row in issues) == 14
    assert all(len(row["link"]) == 64 for row in rows)


def test_a_report_says_what_was_done(own, tmp_path):
    out = audit(own, "report", "--period", MONTH, "--format", "json")[1]
    rows = json.loads(out)["rows"]
    delivered = {row["organisation"]: row for row in rows if row["section"] == "provider calls"
                 and row["event"] == "ISSUE"}
    assert {code: (row["registry"], row["calls"], row["asked"], row["made"], row["failed"])
            for code, row in delivered.items()} == {"HOSP1": ("REG1", 3, 9, 6, 3), "HOSP2": ("REG1", 4, 12, 8, 4)}
    assert any(row["section"] == "refusals" and row["organisation"] == "REG1" and row["calls"] == 1
               for row in rows)
    assert any(row["section"] == "key operations" and row["event"] == "BOOTSTRAP" for row in rows)
    table = audit(own, "report", "--period", MONTH)[1]
    assert "\nprovider calls\n" in table and "HOSP2" in table
    path = tmp_path / "report.csv"
    audit(own, "report", "--period", MONTH, "--organisation", "HOSP1", "--format", "csv", "-o", str(path))
    assert {row["organisation"] for row in csv.DictReader(io.StringIO(path.read_text()))} == {"HOSP1"}
    out = audit(own, "report", "--period", MONTH, "--registry", "REG2", "--format", "json")[1]
    assert json.loads(out)["rows"] == []
    assert audit(own, "report", "--period", "1999-01")[1] == "no events\n"


@pytest.mark.parametrize("words", [
    ("export",), ("export", "-o", "x", "--format", "xml"), ("export", "-o", "x", "--period", "2026-13"),
    ("report", "--period", "2026-10", "--from", "2026-10-01"), ("report", "--from", "2026-02-30"),
    ("report", "--format", "xml"), ("verify",), ("nothing",)])
def test_wrong_words_are_refused(own, words):
    assert audit(own, *words, check=False)[0] == 64


@pytest.mark.parametrize("body", [
    {"fromUs": -1}, {"fromUs": "1"}, {"registry": 3}, {"x": 1}, {"registry": "A" * 17}, []])
def test_wrong_questions_are_refused(own, body):
    assert ask(own, "report", body).status == 400
    assert ask(own, "export", {"afterChain": "zz"}).status == 400


def test_only_operators_may_ask(own):
    assert audit(own, "report", "--period", MONTH, check=False, who="HOSP1")[0] == 77


def test_a_damaged_trail_is_not_exported_but_told(own, tmp_path):
    sql = own.pg.sql
    place = "name = 'ISSUE' AND i = 3 AND time = (SELECT max(time) FROM schuilnaam.audit_event WHERE name = 'ISSUE' AND i = 3)"
    sql(f"SET search_path = schuilnaam; CREATE TABLE kept AS SELECT * FROM audit_event WHERE {place}; "
        f"UPDATE audit_event SET types = '{{A,NULL}}' WHERE {place}")
    try:
        code, _, err = audit(own, "export", "-o", str(tmp_path / "x"), check=False)
        assert code == 70 and "damaged" in err, err
        assert not (tmp_path / "x").exists()
    finally:
        sql("SET search_path = schuilnaam; SET session_replication_role = replica; DELETE FROM audit_event e USING kept k "
            "WHERE (e.chain, e.i) = (k.chain, k.i); INSERT INTO audit_event SELECT * FROM kept; DROP TABLE kept")
