# SPDX-License-Identifier: Apache-2.0
"""The command-line program against a service that is played: what only a bad service shows."""
import csv
import hashlib
import json
import os
import re
import signal
import ssl
import subprocess
import time

import pytest

from ca import DevCa
from deployment import binary_folder
from fake_service import FakeService, slowly, token

PROBLEM = {"Content-Type": "application/problem+json"}


def problem(status, title, detail="", **headers):
    body = json.dumps({"type": "urn:x", "title": title, "status": status, "detail": detail})
    return status, {**PROBLEM, **headers}, body.encode()


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    made = DevCa(str(tmp_path_factory.mktemp("ca")))
    made.ours = made.issue("HOSP1")
    return made


class Client:
    def __init__(self, ca, folder):
        self.ca, self.folder = ca, folder

    def words(self, url, *words):
        return [os.path.join(binary_folder(), "schuilnaam"), "--server", url, "--cert",
                self.ca.ours[0], "--key", self.ca.ours[1], "--ca", self.ca.certificate, *words]

    def run(self, url, *words, stdin=None, env=None):
        done = subprocess.run(self.words(url, *words), input=stdin, capture_output=True, text=True,
                              timeout=60, cwd=self.folder, env={**os.environ, **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def write(self, rows, name="in.csv"):
        with open(self.folder / name, "w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)

    def read(self, name="out.csv"):
        with open(self.folder / name, newline="", encoding="utf-8") as text:
            return list(csv.reader(text))

    def files(self):
        return sorted(os.listdir(self.folder))

    def issue(self, url, *more, **how):
        return self.run(url, "issue", "--registry", "REG1", "--types", "A", "--map", "BSN=bsn",
                        "--keep", "visit", "in.csv", "-o", "out.csv", *more, **how)


@pytest.fixture
def client(ca, tmp_path):
    return Client(ca, tmp_path)


def people(count):
    return [["visit", "bsn", "remark"], *[[f"v{i}", f"{i}", "secret"] for i in range(count)]]


def issued(count):
    return [["visit", "A", "diagnostics"],
            *[[f"v{i}", token("T", "A", str(i)), ""] for i in range(count)]]


def test_order_is_kept_while_several_requests_are_under_way(ca, client):
    client.write(people(1000))
    with FakeService(ca, slowly(lambda n: 0.3 if n % 3 == 0 else 0.02)) as fake:
        code, _, err = client.issue(fake.url, "--batch", "50", "--parallel", "4")
    assert (code, client.read()) == (0, issued(1000)), err
    assert len(fake.requests) == 20
    assert 2 <= fake.most_under_way <= 4
    assert client.files() == ["in.csv", "out.csv"]
    assert os.stat(client.folder / "out.csv").st_mode & 0o777 == 0o600


def test_only_what_is_mapped_is_sent(ca, client):
    client.write(people(3))
    with FakeService(ca) as fake:
        client.issue(fake.url)
    assert [r["body"] for r in fake.requests] == [
        {"pseudonymTypes": ["A"], "records": [{"BSN": "0"}, {"BSN": "1"}, {"BSN": "2"}]}]
    assert fake.requests[0]["path"] == "/v1/registries/REG1/temporary-pseudonyms"


def test_a_busy_service_and_lost_connections_are_tried_again(ca, client):
    def before(number, request):
        if number in (0, 3):
            return problem(503, "busy", **{"Retry-After": "1"})
        return "close" if number == 1 else None
    client.write(people(300))
    with FakeService(ca, before) as fake:
        code, _, err = client.issue(fake.url, "--batch", "100", "--parallel", "2")
    assert (code, client.read()) == (0, issued(300)), err
    assert len(fake.requests) == 6


def test_retries_are_bounded_and_leave_no_output(ca, client):
    client.write(people(10))
    with FakeService(ca, lambda n, r: problem(503, "busy", "later")) as fake:
        code, _, err = client.issue(fake.url, "--retries", "2")
    assert (code, len(fake.requests)) == (69, 3)
    assert err == "schuilnaam: 503 busy: later (request 00ff)\n"
    assert client.files() == ["in.csv"]


def test_no_service_at_all_is_exit_69(client):
    client.write(people(1))
    assert client.issue("https://127.0.0.1:1", "--retries", "1")[0] == 69
    assert client.files() == ["in.csv"]


@pytest.mark.parametrize("status,wanted", [(400, 65), (401, 77), (403, 77), (404, 65), (409, 65),
                                           (413, 65), (415, 65), (422, 65), (429, 69), (500, 70)])
def test_each_refusal_has_its_exit_code_and_leaves_no_output(ca, client, status, wanted):
    client.write(people(30))
    (client.folder / "out.csv").write_text("before")
    with FakeService(ca, lambda n, r: problem(status, "no", "why") if n == 1 else None) as fake:
        code, _, err = client.issue(fake.url, "--batch", "10")
    assert (code, err) == (wanted, f"schuilnaam: {status} no: why (request 00ff)\n")
    assert client.files() == ["in.csv", "out.csv"]
    assert (client.folder / "out.csv").read_text() == "before"


def test_records_with_errors_are_reported_without_values(ca, client):
    client.write([["visit", "bsn"], ["v1", "1"], ["v2", "bad"], ["v3", "3"], ["v4", "bad"]])
    with FakeService(ca) as fake:
        code, out, err = client.issue(fake.url, "--batch", "2", "--report", "report.csv")
        json_code, summary, _ = client.issue(fake.url, "--json")
    assert (code, json_code, out) == (3, 3, "")
    assert [row[1:] for row in client.read()] == [
        ["A", "diagnostics"], ["T-A-1", ""], ["", "3001:BSN"], ["T-A-3", ""], ["", "3001:BSN"]]
    assert client.read("report.csv") == [
        ["record", "column", "code", "name", "severity"],
        ["2", "bsn", "3001", "BSN_CHECK", "error"], ["4", "bsn", "3001", "BSN_CHECK", "error"]]
    assert "4 records, 2 with errors" in err and "3001 BSN_CHECK" in err and "bad" not in err
    assert json.loads(summary) == {"records": 4, "errors": 2, "diagnostics": [
        {"code": 3001, "name": "BSN_CHECK", "count": 2}]}


def test_kept_columns_come_back_value_for_value(ca, client):
    values = [" a ", '"q"', "x,y", "line\nbreak", "cr\r\nlf", "", "é€", "\ttab", "'"]
    client.write([["visit", "bsn"], *[[v, str(i)] for i, v in enumerate(values)]])
    with FakeService(ca) as fake:
        code, _, err = client.issue(fake.url)
    assert code == 0, err
    assert [row[0] for row in client.read()[1:]] == values


def test_bytes_of_another_encoding_are_kept_and_sent_as_unicode(ca, client):
    name = "Zoë €"
    (client.folder / "in.csv").write_bytes(
        f'visit;bsn;náme\r\n{name};1;{name}\r\n"";2;x\r\n'.encode("windows-1252"))
    with FakeService(ca) as fake:
        code, _, err = client.run(
            fake.url, "issue", "--registry", "REG1", "--types", "A,C.2", "--map", "GN=náme",
            "--keep", "visit", "--delimiter", ";", "--encoding", "windows-1252", "in.csv",
            "-o", "out.csv")
    assert code == 0, err
    assert [r["GN"] for r in fake.requests[0]["body"]["records"]] == [name, "x"]
    made = (client.folder / "out.csv").read_bytes()
    assert made.startswith(b"visit;A;C.2;diagnostics\r\n" + name.encode("windows-1252") + b";T-A-")
    assert made.split(b"\r\n")[2].startswith(b'"";T-A-x;T-C.2-x;')


@pytest.mark.parametrize("content,why", [
    (b"visit,bsn\nv1,1\nv2\n", "record 2: has 1 fields, the header has 2"),
    (b"visit,bsn\nv1,1\n\n", "record 2: has 1 fields, the header has 2"),
    (b"visit,bsn\nv1,1,2\n", "record 1: has 3 fields, the header has 2"),
    (b"visit,bsn\nv1,1\nv2,\xff\n", "record 2: not in the encoding"),
    (b"visit,bsn\nv1,1\nv2,\x00\n", "record 2: not in the encoding"),
    (b'visit,bsn\nv1,1\n"v2,2\n', "record 2: a quote"),
    (b'visit,bsn\nv"1,1\n', "record 1: a quote"),
    (b"visit,bsn\rv1,1\r", "record 0: a carriage return"),
    (b"visit,bsn,bsn\nv1,1,1\n", "more than one column bsn"),
    (b"visit,other\nv1,1\n", "no column bsn"),
    (b"", "has no header"),
])
def test_a_file_that_is_not_as_declared_is_refused_whole(ca, client, content, why):
    (client.folder / "in.csv").write_bytes(content)
    with FakeService(ca) as fake:
        code, _, err = client.issue(fake.url, "--batch", "1")
    assert code == 65 and why in err, err
    assert client.files() == ["in.csv"]


@pytest.mark.parametrize("more", [
    ["--keep", "bsn"], ["--keep", "A"], ["--keep", "diagnostics"], ["--keep", "visit"],
    ["--map", "BSN=other"], ["--map", "bsn=bsn"], ["--batch", "0"], ["--batch", "10001"],
    ["--delimiter", '"'], ["--encoding", "latin9"], ["--nonsense"], ["more.csv"],
    ["--types", "B"], ["--column", "A"], ["--report", "out.csv"], ["--bom", "perhaps"],
])
def test_a_wrong_command_line_is_exit_64_and_sends_nothing(ca, client, more):
    client.write(people(1))
    with FakeService(ca) as fake:
        code, _, err = client.issue(fake.url, *more)
    assert (code, fake.requests) == (64, []), err
    assert client.files() == ["in.csv"]


def test_a_file_without_records_gives_a_header(ca, client):
    client.write(people(0))
    with FakeService(ca) as fake:
        assert client.issue(fake.url)[0] == 0
    assert (client.read(), fake.requests) == (issued(0), [])


def test_the_input_is_never_replaced(ca, client):
    client.write(people(1))
    with FakeService(ca) as fake:
        assert client.run(fake.url, "issue", "--registry", "REG1", "--types", "A", "--map",
                          "BSN=bsn", "in.csv", "-o", "./in.csv")[0] == 64
    assert client.read("in.csv") == people(1)


def edited(change):
    def before(number, request):
        answer = {"records": [{"pseudonyms": {"A": "T-A-x"}, "diagnostics": []}
                              for _ in request["body"]["records"]]}
        return 200, {}, json.dumps(change(answer)).encode()
    return before


def first(change):
    def whole(answer):
        change(answer["records"][0])
        return answer
    return edited(whole)


@pytest.mark.parametrize("before", [
    edited(lambda a: []), edited(lambda a: {"records": a["records"][1:]}),
    first(lambda r: r["pseudonyms"].update(A="1234")),
    first(lambda r: r["pseudonyms"].update(A="T-C-x")),
    first(lambda r: r["pseudonyms"].update(A="P-A-x")),
    first(lambda r: r["pseudonyms"].update(A="T-A-x,y")),
    first(lambda r: r["pseudonyms"].update(C="T-C-x")),
    first(lambda r: r["pseudonyms"].clear()), first(lambda r: r.pop("diagnostics")),
    first(lambda r: r["diagnostics"].append({"code": "3001"})),
    lambda n, r: (200, {}, b"<html>"), lambda n, r: (200, {}, b""),
    lambda n, r: (302, {"Location": "https://127.0.0.1:1/"}, b""),
])
def test_a_broken_answer_ends_in_exit_70_and_no_output(ca, client, before):
    client.write(people(2))
    with FakeService(ca, before) as fake:
        code, _, err = client.issue(fake.url)
    assert (code, len(fake.requests)) == (70, 1), err
    assert "1234" not in err
    assert client.files() == ["in.csv"]


def test_translate_leaves_out_empty_fields_and_names_the_provider(ca, client):
    client.write([["visit", "A", "tc"], ["v1", "T-A-1", "T-C-1"], ["v2", "", "T-C-2"]])
    with FakeService(ca) as fake:
        code, _, err = client.run(fake.url, "translate", "--registry", "REG1", "--column", "A",
                                  "--column", "C=tc", "--keep", "visit", "in.csv", "-o", "out.csv")
    assert code == 0, err
    assert [r["body"] for r in fake.requests] == [{"records": [
        {"pseudonyms": {"A": "T-A-1", "C": "T-C-1"}}, {"pseudonyms": {"C": "T-C-2"}}]}]
    assert client.read() == [
        ["visit", "A", "tc", "provider", "diagnostics"],
        ["v1", "P-A-REG1-1-T_A_1", "P-C-REG1-1-T_C_1", "HOSP1", ""],
        ["v2", "", "P-C-REG1-1-T_C_2", "HOSP1", ""]]


def test_a_signal_ends_it_without_output(ca, client):
    client.write(people(10))
    with FakeService(ca, slowly(lambda n: 5)) as fake:
        words = client.words(fake.url, "issue", "--registry", "REG1", "--types", "A", "--map",
                             "BSN=bsn", "in.csv", "-o", "out.csv")
        running = subprocess.Popen(words, cwd=client.folder, stderr=subprocess.PIPE)
        while not fake.requests:
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=4)
    assert running.returncode == -signal.SIGTERM
    assert client.files() == ["in.csv"]


def test_trust_fails_in_both_directions_with_exit_77(ca, client, tmp_path_factory):
    client.write(people(1))
    other = DevCa(str(tmp_path_factory.mktemp("other")))
    other.ours = other.issue("HOSP1")
    with FakeService(ca) as fake, FakeService(other) as stranger:
        assert client.issue(stranger.url)[0] == 77
        client.ca = type("Mixed", (), {"ours": other.ours, "certificate": ca.certificate})
        assert client.issue(fake.url)[0] == 77
        nowhere = {"ours": ("/absent", "/absent"), "certificate": ca.certificate}
        client.ca = type("Nowhere", (), nowhere)
        assert client.issue(fake.url)[0] == 78
    assert (fake.requests, stranger.requests) == ([], [])


def test_admin_create_registers_the_sha256_of_the_certificate(ca, client):
    with FakeService(ca) as fake:
        code, out, err = client.run(fake.url, "--json", "admin", "credential", "create",
                                    "--organisation", "HOSP1", "--certificate", ca.ours[0],
                                    "--from", "2026-01-02")
    with open(ca.ours[0], encoding="ascii") as pem:
        wanted = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read())).hexdigest()
    assert code == 0, err
    assert json.loads(out) == {"organisation": "HOSP1", "fingerprint": wanted,
                               "validFrom": "2026-01-02T00:00:00Z"}
    assert fake.requests[0]["method"] == "POST"
    assert fake.requests[0]["path"] == "/admin/v1/credentials"


@pytest.mark.parametrize("words,method,path,body", [
    ("registry set-state REG1 listed", "PATCH", "registries/REG1", {"state": "listed"}),
    ("credential end 7", "PATCH", "credentials/7", {"state": "revoked"}),
    ("connection end 7", "PATCH", "connections/7", {"state": "ended"}),
    ("connection change 7 --quota 5 --state suspended", "PATCH", "connections/7",
     {"quotaPerDay": 5, "state": "suspended"}),
    ("connection create --provider P --registry R --types A,C --quota 9 --life 24", "POST",
     "connections", {"provider": "P", "registry": "R", "types": ["A", "C"], "quotaPerDay": 9,
                     "lifeHours": 24}),
    ("key create --purpose transport", "POST", "keys", {"purpose": "transport"}),
    ("registry create --code R --organisation R --domain R --test-persons allow", "POST",
     "registries", {"code": "R", "organisation": "R", "domain": "R", "testPersons": "allow"}),
    ("organisation show HOSP1", "GET", "organisations/HOSP1", None),
])
def test_admin_commands_become_calls(ca, client, words, method, path, body):
    with FakeService(ca) as fake:
        code, _, err = client.run(fake.url, "admin", *words.split())
    assert code == 0, err
    assert fake.requests == [{"method": method, "path": "/admin/v1/" + path, "body": body}]


@pytest.mark.parametrize("words", [
    "registry", "registry fly", "bird list", "registry show", "registry show ../keys",
    "registry list --code X", "domain change D --kind plain", "registry create",
    "connection create --quota many", "organisation create --code A --code B",
])
def test_wrong_admin_commands_are_exit_64(ca, client, words):
    with FakeService(ca) as fake:
        code, _, err = client.run(fake.url, "admin", *words.split())
    assert (code, fake.requests) == (64, []), err


def test_admin_lists_are_tables_and_control_characters_do_not_pass(ca, client):
    rows = {"organisations": [{"number": 1, "code": "HOSP1", "name": "É\x1b[31m", "state": None},
                              {"number": 12, "code": "REG1", "name": "b", "state": "active"}]}
    with FakeService(ca, lambda n, r: (200, {}, json.dumps(rows).encode())) as fake:
        code, out, err = client.run(fake.url, "admin", "organisation", "list")
    assert code == 0, err
    assert out == ("number  code   name    state\n"
                   "1       HOSP1  É?[31m  -\n"
                   "12      REG1   b       active\n")


def test_an_approval_is_exit_9_with_its_number(ca, client):
    with FakeService(ca, lambda n, r: (202, {}, b'{"approval": 17}')) as fake:
        assert client.run(fake.url, "admin", "key", "create", "--purpose", "transport")[:2] == (
            9, "waiting for approval 17\n")


def test_key_import_reads_hexadecimal_from_standard_input(ca, client):
    key = "0123456789abcdef" * 4
    words = ["admin", "key", "import", "--purpose", "domain", "--domain", "REG1"]
    with FakeService(ca, lambda n, r: (200, {}, b"{}")) as fake:
        assert client.run(fake.url, *words, stdin=key + "\n")[0] == 0
        for wrong in ("", "xyz", key[:-1], key * 3, key + "\n\n"):
            code, out, err = client.run(fake.url, *words, stdin=wrong)
            assert code == 65 and key[:16] not in out + err
    assert [r["body"] for r in fake.requests] == [
        {"purpose": "domain", "domain": "REG1", "key": key}]


def test_a_profile_names_the_service_and_options_win(ca, client):
    folder = client.folder / "schuilnaam"
    folder.mkdir()
    with FakeService(ca) as fake:
        (folder / "op.conf").write_text(
            f"# where\nserver = {fake.url}\ncert = {ca.ours[0]}\nkey={ca.ours[1]}\n"
            f"ca = {os.path.relpath(ca.certificate, folder)}\n")
        env = {**os.environ, "XDG_CONFIG_HOME": str(client.folder)}
        words = [os.path.join(binary_folder(), "schuilnaam"), "--profile", "op"]
        done = subprocess.run([*words, "admin", "key", "list"], env=env, timeout=30)
        away = subprocess.run([*words, "--server", "https://127.0.0.1:1", "admin", "key", "list"],
                              env=env, capture_output=True, timeout=30)
        (folder / "op.conf").write_text("server = x\nserver = y\n")
        wrong = subprocess.run([*words, "admin", "key", "list"], env=env, capture_output=True,
                               timeout=30)
    assert (done.returncode, away.returncode, wrong.returncode) == (0, 69, 78)


@pytest.mark.parametrize("words", [["--help"], ["admin", "--help"], ["issue", "--help"],
                                   ["translate", "-h"]])
def test_help_says_how_to_call_and_gives_an_example(words):
    done = subprocess.run([os.path.join(binary_folder(), "schuilnaam"), *words],
                          capture_output=True, text=True, timeout=10)
    assert done.returncode == 0
    assert re.search(r"^Usage: schuilnaam ", done.stdout) and "Example:" in done.stdout
