# SPDX-License-Identifier: Apache-2.0
"""Reversible pseudonyms with the command-line program: a key that the service keeps, and one that
never leaves its provider."""
import csv
import os
import stat

import pytest

LIDS = ["0012345", "Zo\u00eb \u00c5 7", 'a "b" \\', "x" * 128, "P-99"]


@pytest.fixture(scope="module")
def d(service):
    for code in ("HOSPC1", "HOSPC2"):
        service.add_organisation(code, f"Hospital {code}", "provider")
        service.connect(code, "REG1", types="A,R")
    service.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSPC1")
    service.wait_for_policy()
    return service


@pytest.fixture(scope="module")
def keys(d, tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "source.keys"
    code, out, _ = d.cli("HOSPC2", "source-key", "create", str(path), "--registry", "REG1")
    assert (code, out) == (0, "")
    return path


def write(path, rows, encoding="utf-8"):
    with open(path, "w", newline="", encoding=encoding) as out:
        csv.writer(out).writerows(rows)
    return str(path)


def read(path, encoding="utf-8"):
    with open(path, newline="", encoding=encoding) as text:
        return list(csv.reader(text))


def delivered(d, who, folder, lids, *more):
    """Local numbers to what the registry gets, by way of files: rows of visit and R."""
    rows = [["visit", "lid"], *[[f"v{i}", lid] for i, lid in enumerate(lids)]]
    source, made, final = (str(folder / name) for name in ("in.csv", "t.csv", "r.csv"))
    write(source, rows)
    code, _, err = d.cli(who, "issue", "--registry", "REG1", "--types", "R", "--map", "LID=lid",
                         "--keep", "visit", *more, source, "-o", made, check=False)
    assert code in (0, 3), err
    code, _, err = d.cli("REG1", "translate", "--registry", "REG1", "--column", "R", "--keep",
                         "visit", made, "-o", final, check=False)
    assert code in (0, 3), err
    return read(made), [row[:2] for row in read(final)]


def opened(d, who, folder, rows, *more, check=True, command="reverse", encoding="utf-8"):
    write(folder / "back.csv", rows)
    out = folder / "opened.csv"
    done = d.cli(who, command, "--registry", "REG1", "--column", "R", "--keep", "visit", *more,
                 str(folder / "back.csv"), "-o", str(out), check=check)
    return done[0], read(out, encoding) if out.exists() else None, done[2]


def expected(lids):
    return [["visit", "R", "diagnostics"], *[[f"v{i}", lid, ""] for i, lid in enumerate(lids)]]


def test_the_service_opens_for_a_reason(d, tmp_path):
    _, rows = delivered(d, "HOSPC1", tmp_path, LIDS)
    code, made, _ = opened(d, "HOSPC1", tmp_path, rows, "--reason", "recall of lot 7")
    assert (code, made) == (0, expected(LIDS))
    code, made, _ = opened(d, "HOSPC2", tmp_path, rows, "--reason", "recall of lot 7", check=False)
    assert code == 3 and [row[1:] for row in made[1:]] == [["", "3211:R"]] * len(LIDS)


def test_an_empty_field_stays_empty_and_a_reason_is_needed(d, tmp_path):
    _, rows = delivered(d, "HOSPC1", tmp_path, ["7"])
    rows += [["v1", ""]]
    code, made, _ = opened(d, "HOSPC1", tmp_path, rows, "--reason", "recall", check=False)
    assert code == 3 and made[1:] == [["v0", "7", ""], ["v1", "", "3212"]]
    os.unlink(tmp_path / "opened.csv")
    assert opened(d, "HOSPC1", tmp_path, rows, check=False)[:2] == (64, None)
    assert opened(d, "HOSPC1", tmp_path, rows, "--reason", "ab", check=False)[:2] == (65, None)


def test_a_value_comes_back_in_the_encoding_of_the_file_or_is_told(d, tmp_path):
    _, rows = delivered(d, "HOSPC1", tmp_path, ["Zo\u00eb", "\u0141ukasz"])
    code, made, _ = opened(d, "HOSPC1", tmp_path, rows, "--reason", "recall", "--encoding",
                           "windows-1252", check=False, encoding="windows-1252")
    assert code == 3 and made[1:] == [["v0", "Zo\u00eb", ""], ["v1", "", "3218:R"]]


def test_the_key_file_is_its_owners_alone_and_tells_no_key(d, keys, tmp_path):
    assert stat.S_IMODE(os.stat(keys).st_mode) == 0o600
    lines = keys.read_text().splitlines()
    number = d.pg.sql("SELECT number FROM schuilnaam.organisation WHERE code = 'HOSPC2'").strip()
    assert lines[:3] == ["schuilnaam source keys 1", "organisation HOSPC2", f"number {number}"]
    _, out, _ = d.cli("HOSPC2", "source-key", "show", str(keys))
    assert out == f"organisation HOSPC2, number {number}: seals with generation 1, opens from 1 on\n"
    code, _, err = d.cli("HOSPC2", "source-key", "create", str(keys), "--registry", "REG1",
                         check=False)
    assert code == 65 and "is there already" in err and keys.read_text().splitlines() == lines
    copy = tmp_path / "open.keys"
    copy.write_text(keys.read_text())
    copy.chmod(0o640)
    code, out, err = d.cli("HOSPC2", "source-key", "show", str(copy), check=False)
    assert code == 78 and "chmod 600" in err and lines[3][6:] not in out + err


def test_a_key_of_our_own_seals_and_opens_and_the_service_sees_nothing(d, keys, tmp_path):
    lids = [*LIDS, "OWNKEYLID42"]
    made, rows = delivered(d, "HOSPC2", tmp_path, lids, "--source-key", str(keys))
    assert made[0] == ["visit", "R", "diagnostics"]
    assert all(row[1].startswith("T-R-") and row[2] == "" for row in made[1:])
    assert all(row[1].startswith("R-R-REG1-") for row in rows[1:])
    assert opened(d, "HOSPC2", tmp_path, rows, "--source-key", str(keys)) == (
        0, expected(lids), opened(d, "HOSPC2", tmp_path, rows, "--source-key", str(keys))[2])
    code, refused, _ = opened(d, "HOSPC2", tmp_path, rows, "--reason", "recall", check=False)
    assert code == 3 and {row[2] for row in refused[1:]} == {"3211:R"}
    key = keys.read_text().splitlines()[3].split()[2]
    with open(d.log, encoding="utf-8", errors="replace") as log:
        told = log.read()
    dump = d.pg.sql("SELECT string_agg(a::text, ' ') FROM schuilnaam.audit_event a")
    for secret in ("OWNKEYLID42", key, rows[-1][1]):
        assert secret not in told and secret not in dump


def test_what_has_no_form_is_told_here_and_the_rest_goes_on(d, keys, tmp_path):
    made, rows = delivered(d, "HOSPC2", tmp_path, ["7", " ", "a\u00adb", "8"], "--source-key",
                           str(keys))
    assert [row[2] for row in made[1:]] == ["", "3073:LID", "3061:LID", ""]
    assert [bool(row[1]) for row in rows[1:]] == [True, False, False, True]


def test_types_of_both_kinds_go_together(d, keys, tmp_path):
    write(tmp_path / "in.csv", [["bsn", "lid"], ["999900006", "7"], ["999900018", ""]])
    out = str(tmp_path / "out.csv")
    code, _, _ = d.cli("HOSPC2", "issue", "--registry", "REG1", "--types", "A,R", "--map", "LID=lid",
                       "--map", "BSN=bsn", "--source-key", str(keys), str(tmp_path / "in.csv"),
                       "-o", out, check=False)
    rows = read(out)
    assert code == 3 and rows[0] == ["A", "R", "diagnostics"]
    assert [[text[:4] for text in row[:2]] for row in rows[1:]] == [["T-A-", "T-R-"], ["T-A-", ""]]
    assert [row[2] for row in rows[1:]] == ["", "3073:LID"]


def test_an_older_generation_opens_and_reseal_brings_it_under_the_newest(d, keys, tmp_path):
    lids = [*LIDS, ""]
    mine = tmp_path / "mine.keys"
    mine.write_text(keys.read_text())
    mine.chmod(0o600)
    _, old = delivered(d, "HOSPC2", tmp_path, LIDS, "--source-key", str(mine))
    d.cli("HOSPC2", "source-key", "create", str(mine), "--next")
    assert mine.read_text().startswith(keys.read_text()) and len(mine.read_text().splitlines()) == 5
    assert stat.S_IMODE(os.stat(mine).st_mode) == 0o600
    _, new = delivered(d, "HOSPC2", tmp_path, LIDS, "--source-key", str(mine))
    assert {row[1].split("-")[4] for row in new[1:]} == {"2"}
    assert opened(d, "HOSPC2", tmp_path, old, "--source-key", str(mine))[1] == expected(LIDS)
    broken = old[1][1][:-1] + ("A" if old[1][1][-1] != "A" else "B")
    rows = [*old, ["v5", ""], ["v6", broken], ["v7", new[1][1]]]
    code, made, err = opened(d, "HOSPC2", tmp_path, rows, "--source-key", str(mine),
                             check=False, command="reseal")
    assert code == 3
    assert [row[:2] for row in made[1:6]] == new[1:]
    assert made[6:] == [["v5", "", ""], ["v6", "", "3211:R"], ["v7", new[1][1], ""]]
    assert not any(lid in err for lid in LIDS) and lids


def test_parameters_in_a_file_need_no_service(d, keys, tmp_path):
    _, rows = delivered(d, "HOSPC2", tmp_path, ["7"], "--source-key", str(keys))
    from client import Caller
    kept = tmp_path / "parameters.json"
    kept.write_bytes(Caller(d, "HOSPC2").request("GET", "/v1/registries/REG1/parameters").body)
    write(tmp_path / "back.csv", rows)
    code, _, err = d.cli("HOSPC2", "reverse", "--registry", "REG1", "--column", "R", "--keep",
                         "visit", "--source-key", str(keys), "--parameters", str(kept),
                         str(tmp_path / "back.csv"), "-o", str(tmp_path / "o.csv"),
                         server="https://127.0.0.1:1", check=False)
    assert code == 0, err
    assert read(tmp_path / "o.csv") == expected(["7"])
    kept.write_text("{}")
    code, _, err = d.cli("HOSPC2", "reverse", "--registry", "REG1", "--column", "R", "--source-key",
                         str(keys), "--parameters", str(kept), str(tmp_path / "back.csv"), "-o",
                         str(tmp_path / "o2.csv"), check=False)
    assert code == 65 and not (tmp_path / "o2.csv").exists()


def test_the_key_of_another_organisation_is_refused(d, keys, tmp_path):
    write(tmp_path / "back.csv", [["R"], ["R-R-REG1-1-1-AAAA"]])
    code, _, err = d.cli("HOSPC1", "reverse", "--registry", "REG1", "--column", "R", "--source-key",
                         str(keys), str(tmp_path / "back.csv"), "-o", str(tmp_path / "o.csv"),
                         check=False)
    assert code == 64 and "is the key of HOSPC2, and we are HOSPC1" in err


@pytest.mark.parametrize("words,code", [
    (("reseal", "--registry", "REG1", "--column", "R", "in.csv", "-o", "o.csv"), 64),
    (("reverse", "--registry", "REG1", "--column", "R", "--reason", "x", "--source-key", "k",
      "in.csv", "-o", "o.csv"), 64),
    (("reverse", "--registry", "REG1", "--column", "R", "--reason", "why", "--parameters", "p",
      "in.csv", "-o", "o.csv"), 64),
    (("source-key", "create", "k"), 64), (("source-key", "make", "k"), 64),
    (("source-key", "create", "k", "--organisation", "H"), 64),
    (("source-key", "create", "k", "--number", "3"), 64),
    (("source-key", "create", "/nowhere/k", "--organisation", "H", "--number", "3"), 70),
    (("source-key", "show", "/nowhere/k"), 78), (("source-key", "create", "/etc/hostname", "--next"), 78)])
def test_wrong_command_lines_end_in_their_exit_code(d, words, code):
    assert d.cli("HOSPC1", *words, check=False)[0] == code
