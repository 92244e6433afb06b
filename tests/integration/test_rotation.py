# SPDX-License-Identifier: Apache-2.0
"""Rotation of a domain: planned, started, both generations side by side, finals carried over by the
registry, finished; and given up again."""
import csv
import os
import signal
import subprocess
import time

import pytest

from approve import approved, refused
from client import Caller
from deployment import Deployment, binary_folder, register_two_by_two

COUNT = 10000
LETTERS = "ABCDEFGHJKLMNPRT"
ROTATIONS = "/v1/registries/{}/final-pseudonyms/rotations"


def person(i):
    return {"G": "MV"[i % 2], "GD": f"19{50 + i // 2 % 50:02d}{1 + i // 100 % 12:02d}15",
            "PC": f"{1000 + i // 1200}{LETTERS[i % 16]}{LETTERS[i // 16 % 16]}"}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A domain of two registries: REG1, and REG1B of another organisation."""
    d = Deployment(str(tmp_path_factory.mktemp("rotation")))
    try:
        d.set_up()
        register_two_by_two(d)
        d.admin_cli("registry", "create", "--code", "REG1B", "--organisation", "REG2", "--domain",
                    "REG1", "--name", "Second of the domain")
        d.wait_for_policy()
        yield d
    finally:
        d.destroy()


@pytest.fixture(scope="module")
def temporaries(own):
    made = Caller(own, "HOSP1").issue("REG1", {"pseudonymTypes": ["C"],
                                               "records": [person(i) for i in range(COUNT)]})
    assert made[0] == 200 and made[1]["statistics"]["errorTotal"] == 0
    return [r["pseudonyms"] for r in made[1]["records"]]


def translated(own, temporaries):
    status, answer = Caller(own, "REG1").translate(
        "REG1", {"records": [{"pseudonyms": t} for t in temporaries]})
    assert status == 200 and answer["statistics"]["errorTotal"] == 0
    return answer["records"]


def texts(records, name="pseudonyms"):
    return [r[name]["C"] for r in records]


def rotate_call(own, finals, who="REG1", registry="REG1"):
    answer = Caller(own, who).request("POST", ROTATIONS.format(registry), {
        "records": [{"pseudonyms": {"C": text}} for text in finals]})
    return answer.status, answer.json()


def rotation(own, word, domain="REG1", **more):
    words = [w for name, value in more.items() for w in ("--" + name, value)]
    answer = approved(own, "rotation", word, "--domain", domain, *words)
    own.wait_for_policy()
    # Where it took two, the answer was the approval's.
    return answer if "awaited" in answer or word == "plan" else rotation_status(own, domain)


def rotation_status(own, domain):
    return own.admin_cli("rotation", "status", "--domain", domain)


def complete(own, who, registry, generation):
    return own.cli(who, "rotate", "--registry", registry, "--complete", str(generation),
                   check=False)[0]


def client_words(own, *words):
    certificate, key = own.certificates["REG1"]
    return [os.path.join(binary_folder(), "schuilnaam"), "--server", f"https://{own.api}", "--cert",
            certificate, "--key", key, "--ca", own.ca.certificate, *words]


def write(path, finals):
    with open(path, "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["visit", "C"], *[[f"v{i}", t] for i, t in enumerate(finals)]])


def killed_midway(own, words, draft):
    """Run the client and kill it without warning once its draft holds records."""
    process = subprocess.Popen(client_words(own, *words), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if os.path.exists(draft) and os.path.getsize(draft) > 20000:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    return process.wait()


def test_without_a_rotation_there_is_nothing_to_carry_over(own, temporaries):
    finals = texts(translated(own, temporaries[:3]))
    status, problem = rotate_call(own, finals)
    assert status == 409 and problem["code"] == 2041
    assert complete(own, "REG1", "REG1", 2) == 65
    assert refused(own, "rotation", "finish", "--domain", "REG1", "--reason", "none is there") == 65


def test_from_plan_to_finish(own, temporaries, tmp_path):
    old = translated(own, temporaries)
    assert all("newPseudonyms" not in r for r in old)
    plan = rotation(own, "plan")
    assert plan["possible"] is True and (plan["fromGeneration"], plan["toGeneration"]) == (1, 2)
    assert plan["registries"] == ["REG1", "REG1B"] and plan["finalTotal"] >= COUNT

    started = rotation(own, "start", reason="a copy of the old keys was lost")
    assert started["state"] == "open" and started["awaited"] == ["REG1", "REG1B"]
    assert refused(own, "rotation", "start", "--domain", "REG1", "--reason", "again") == 65
    view = Caller(own, "REG1").request("GET", "/v1/registries/REG1/parameters").json()
    assert view["domain"]["generation"] == 1
    assert view["domain"]["rotation"] == {"from": 1, "to": 2, "state": "open"}

    both = translated(own, temporaries)
    assert texts(both) == texts(old)
    new = texts(both, "newPseudonyms")
    assert all(t.startswith("P-C-REG1-2-") for t in new) and len(set(new)) == len(set(texts(old)))

    carried_over_by_the_client(own, texts(old), new, tmp_path)
    finished_when_all_have_declared(own)

    after = translated(own, temporaries)
    assert texts(after) == new and all("newPseudonyms" not in r for r in after)
    assert rotate_call(own, texts(old)[:1])[0] == 409
    left = own.admin_cli("key", "list")["keys"]
    assert {k["state"] for k in left if k["domain"] == "REG1" and k["generation"] == 1} == {
        "destroyed"}
    assert own.daemon("audit", "verify", check=False)[0] == 0


def carried_over_by_the_client(own, old, new, folder):
    """The whole file; and again, killed in between and gone on with: the same bytes."""
    source, whole, again = (str(folder / name) for name in ("old.csv", "whole.csv", "again.csv"))
    write(source, old)
    words = ["rotate", "--registry", "REG1", "--column", "C", "--keep", "visit", source, "-o"]
    assert subprocess.run(client_words(own, *words, whole), check=False,
                          stderr=subprocess.DEVNULL).returncode == 0
    with open(whole, newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    assert rows[0] == ["visit", "C", "diagnostics"]
    assert [r[1] for r in rows[1:]] == new
    slow = ["rotate", "--registry", "REG1", "--column", "C", "--keep", "visit", "--batch", "50",
            "--parallel", "1", source, "-o", again]
    if killed_midway(own, slow, again + ".partial") != 0:
        assert not os.path.exists(again)
        assert subprocess.run(client_words(own, *slow), check=False,
                              stderr=subprocess.DEVNULL).returncode == 64
        assert subprocess.run(client_words(own, *slow, "--resume"), check=False,
                              stderr=subprocess.DEVNULL).returncode == 0
    with open(whole, "rb") as one, open(again, "rb") as other:
        assert one.read() == other.read()
    assert not os.path.exists(again + ".partial")


def finished_when_all_have_declared(own):
    words = ("rotation", "finish", "--domain", "REG1", "--reason", "all is carried over")
    assert refused(own, *words) == 65
    assert complete(own, "REG1", "REG1", 1) == 65
    assert complete(own, "REG2", "REG1", 2) == 77
    assert complete(own, "REG1", "REG1", 2) == 0
    assert refused(own, *words) == 65
    assert rotation(own, "status")["awaited"] == ["REG1B"]
    assert complete(own, "REG2", "REG1B", 2) == 0
    done = rotation(own, "finish", reason="all is carried over")
    assert done["state"] == "finished" and done["declared"] == ["REG1", "REG1B"]


def test_what_is_not_a_final_of_ours_is_refused_alike(own):
    (temporary,) = Caller(own, "HOSP1").issue("REG2", {
        "pseudonymTypes": ["C"], "records": [person(1)]})[1]["records"]
    rotation(own, "start", "REG2", reason="a test of refusals")
    (record,) = Caller(own, "REG2").translate("REG2", {"records": [temporary]})[1]["records"]
    final, later = record["pseudonyms"]["C"], record["newPseudonyms"]["C"]
    body = final.rsplit("-", 1)[0]
    wrong = [temporary["pseudonyms"]["C"], later, final[:-1], final + "A", final.lower(), "",
             final.replace("REG2", "REG1"), final.replace("-1-", "-2-"), body, "P-C-REG2-1-" + "A" * 64]
    status, answer = rotate_call(own, [final, *wrong], "REG2", "REG2")
    assert status == 200
    assert answer["records"][0]["pseudonyms"]["C"] == later
    assert [r["diagnostics"][0]["code"] for r in answer["records"][1:]] == [3221] * len(wrong)
    assert rotate_call(own, [final], "HOSP1", "REG2")[0] == 403
    assert rotate_call(own, [final], "REG1", "REG2")[0] == 403
    assert rotation(own, "abort", "REG2", reason="only a test")["state"] == "aborting"


def test_an_abort_waits_until_all_is_carried_back(own):
    """Goes on with the aborting rotation of the test before: the generation's finals have left."""
    (temporary,) = Caller(own, "HOSP1").issue("REG2", {
        "pseudonymTypes": ["C"], "records": [person(1)]})[1]["records"]
    (record,) = Caller(own, "REG2").translate("REG2", {"records": [temporary]})[1]["records"]
    assert "newPseudonyms" not in record
    assert rotate_call(own, [record["pseudonyms"]["C"]], "REG2", "REG2")[1]["records"][0][
        "diagnostics"][0]["code"] == 3221
    assert refused(own, "rotation", "abort", "--domain", "REG2", "--reason", "too early") == 65
    assert complete(own, "REG2", "REG2", 2) == 65
    assert complete(own, "REG2", "REG2", 1) == 0
    assert rotation(own, "abort", "REG2", reason="all is back")["state"] == "aborted"
    (again,) = Caller(own, "REG2").translate("REG2", {"records": [temporary]})[1]["records"]
    assert again["pseudonyms"] == record["pseudonyms"]


def test_an_abort_carries_back_what_had_left(own, temporaries):
    before = texts(translated(own, temporaries[:100]))
    rotation(own, "start", reason="to be given up")
    new = texts(translated(own, temporaries[:100]), "newPseudonyms")
    assert rotation(own, "abort", reason="given up")["state"] == "aborting"
    status, answer = rotate_call(own, new)
    assert status == 200 and texts(answer["records"]) == before
    assert complete(own, "REG1", "REG1", 2) == 0
    assert complete(own, "REG2", "REG1B", 2) == 0
    assert rotation(own, "abort", reason="all is back")["state"] == "aborted"
    assert texts(translated(own, temporaries[:100])) == before


def test_a_refresh_during_a_rotation_moves_neither_generation(own, temporaries):
    """And one before: then two epochs live, and the new generation needs a key for each."""
    own.admin_cli("key", "refresh", "--reason", "so that two epochs live")
    own.wait_for_policy()
    rotation(own, "start", reason="a test with a refresh")
    try:
        both = translated(own, temporaries[:100])
        own.admin_cli("key", "refresh", "--reason", "while a domain is being rotated")
        own.wait_for_policy()
        again = translated(own, temporaries[:100])
        assert texts(again) == texts(both)
        new = texts(both, "newPseudonyms")
        assert texts(again, "newPseudonyms") == new
        assert texts(rotate_call(own, texts(both))[1]["records"]) == new
    finally:
        assert rotation(own, "abort", reason="a test")["state"] == "aborting"
        for who, registry in (("REG1", "REG1"), ("REG2", "REG1B")):
            assert complete(own, who, registry, 2) == 0
        assert rotation(own, "abort", reason="all is back")["state"] == "aborted"
    assert own.daemon("check", check=False)[0] == 0


def test_the_quota_of_rotation_is_its_own(own):
    own.admin_cli("quota", "create", "--kind", "rotate", "--registry", "REG1B", "--quota", "5")
    rotation(own, "start", reason="a test of the quota")
    try:
        assert rotate_call(own, ["x"] * 6, "REG2", "REG1B")[0] == 429
        assert rotate_call(own, ["x"] * 5, "REG2", "REG1B")[0] == 200
        assert rotate_call(own, ["x"], "REG2", "REG1B")[0] == 429
        assert rotate_call(own, ["x"], "REG1", "REG1")[0] == 200
    finally:
        assert rotation(own, "abort", reason="a test")["state"] == "aborted"


def test_a_key_of_a_domain_that_is_being_rotated_is_not_replaced(own):
    rotation(own, "start", "REG2", reason="a test of import")
    try:
        assert own.admin_cli("key", "import", "--purpose", "domain", "--domain", "REG2",
                             stdin="07" + "00" * 31 + "\n", check=False)[0] == 65
    finally:
        assert rotation(own, "abort", "REG2", reason="a test")["state"] == "aborted"
