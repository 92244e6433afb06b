# SPDX-License-Identifier: Apache-2.0
"""Markers planted in attributes, pseudonyms and shares are found nowhere they should not be."""
import datetime
import glob
import os
import re
import subprocess

from client import Caller
from deployment import Deployment, register_two_by_two
from test_wrapping import Shamir

MARKERS = {"BSN": "999901126", "GN": "Zzmarkername", "VL": "Zzvoorletter", "GD": "18991231",
           "PC": "9731ZQ", "LID": "zz-marker-lid", "HN": "98765", "G": "zzsexmarker"}


def test_markers_are_found_nowhere(tmp_path):
    d = Deployment(str(tmp_path))
    try:
        d.set_up()
        register_two_by_two(d)
        seen = exercise(d)
        seen.append(d.health_get("/metrics")[1])
        seen.append(d.pg.sql("SELECT string_agg(e::text, E'\\n') FROM schuilnaam.audit_event e"))
        seen.append(subprocess.run(
            ["pg_dump", "-d", d.pg.dsn()], capture_output=True, text=True, check=True).stdout)
        with open(f"/proc/{d.process.pid}/cmdline", encoding="utf-8") as words:
            seen.append(words.read())
        with open(f"/proc/{d.process.pid}/limits", encoding="utf-8") as limits:
            assert re.search(r"Max core file size\s+0\s+0\b", limits.read())
        d.stop()
        seen += [read(path) for path in (d.log, d.pg.log)]
        assert not glob.glob(os.path.join(str(tmp_path), "**", "core*"), recursive=True)
    finally:
        d.destroy()
    for text in seen:
        for marker in MARKERS.values():
            assert marker.lower() not in text.lower(), marker
        assert not re.search(r"\b[TP]-[ABC]-[A-Za-z0-9_-]{30}", text)


def exercise(d):
    """Good, bad and impossible requests with markers; the bodies of what was refused."""
    caller = Caller(d, "HOSP1")
    path = "/v1/registries/REG1/temporary-pseudonyms"
    good = {k: MARKERS[k] for k in ("BSN", "GN", "VL", "GD", "PC")}
    bodies = []
    for record in (dict(good, G="M"), dict(MARKERS), dict(good, BSN=MARKERS["BSN"] + "7", G="M"),
                   {MARKERS["GN"].upper(): "x"}):
        answer = caller.request("POST", path, {"pseudonymTypes": ["A", "B", "C"], "records": [record]})
        assert answer.status == 200
        bodies.append(re.sub(rb'"pseudonyms":\s*\{[^}]*\}', b"", answer.body).decode())
    broken = b'{"pseudonymTypes":["A"],"records":[{"BSN":"%s","GN":"%s" "' % (
        MARKERS["BSN"].encode(), MARKERS["GN"].encode())
    bodies.append(caller.request("POST", path, broken).body.decode())
    bodies.append(caller.request("POST", path, {"pseudonymTypes": [MARKERS["GN"]],
                                                "records": []}).body.decode())
    bodies.append(caller.request("POST", "/v1/registries/" + MARKERS["PC"] + "/temporary-pseudonyms",
                                 {"pseudonymTypes": ["A"], "records": []}).body.decode())
    bodies.append(caller.request("GET", path + "?bsn=" + MARKERS["BSN"]).body.decode())
    bodies.append(caller.request("GET", "/" + MARKERS["BSN"]).body.decode())
    # A statement that fails makes PostgreSQL log it, with its parameters if it may.
    d.pg.sql("ALTER TABLE schuilnaam.audit_event RENAME TO audit_event_away")
    try:
        assert caller.request("POST", path, {"pseudonymTypes": ["A"], "records": [good]}).status == 503
    finally:
        d.pg.sql("ALTER TABLE schuilnaam.audit_event_away RENAME TO audit_event")
    return bodies


def read(path):
    with open(path, encoding="utf-8", errors="replace") as text:
        return text.read()


CANARIES = {"LID": "zz-canary-lid-5537", "BSN": "999901138", "PC": "8642XW"}


def test_later_verbs_leave_nothing_behind(tmp_path):
    """Reversal, rotation, linkage, shares and exports: good ones, and ones that are refused."""
    d = Shamir(str(tmp_path), settings={"wrapping.provider": "shamir"})
    secret, seen = [], []
    try:
        d.set_up(start=False)
        d.launch()
        d.wait_sealed()
        unsealed(d, secret, seen)
        register_two_by_two(d)
        register_more(d)
        temporaries, finals = delivered(d)
        secret += temporaries + finals
        seen += [reversed_(d, secret), rotated(d, finals, secret), linked(d, finals, secret), exported(d, tmp_path)]
        seen.append(d.health_get("/metrics")[1])
        seen.append(subprocess.run(
            ["pg_dump", "-d", d.pg.dsn()], capture_output=True, text=True, check=True).stdout)
        with open(f"/proc/{d.process.pid}/cmdline", encoding="utf-8") as words:
            seen.append(words.read())
        d.stop()
        seen += [read(path) for path in (d.log, d.pg.log)]
    finally:
        d.destroy()
    bodies = {drawn(text) for text in secret}
    assert len(bodies) == 9 and all(len(body) == 40 for body in bodies)
    for text in seen:
        for marker in (*CANARIES.values(), *bodies):
            assert marker.lower() not in text.lower(), marker


def drawn(text):
    """The end of the part of a share or pseudonym that is drawn or computed, not of what names it."""
    if text.startswith("schuilnaam-share"):
        return text.strip().split(":")[6][-40:]
    return text.split("-", {"T": 2, "P": 4, "R": 5}[text[0]])[-1][-40:]


def unsealed(d, secret, seen):
    """Two good shares, one of which is entered wrongly before."""
    secret += d.shares.values()
    parts = d.shares[1].strip().split(":")
    wrong = {"share": ":".join([*parts[:-1], parts[-1][::-1]])}
    answer = Caller(d, "operator", d.admin).request("POST", "/admin/v1/unseal", wrong)
    assert answer.status == 422
    seen.append(answer.body.decode())
    for number in (1, 3):
        code, out, err = d.unseal(d.shares[number])
        assert code == 0
        seen.extend((out, err))
    d.wait_ready()


def register_more(d):
    d.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSP1")
    for number in ("1", "2"):
        d.admin_cli("connection", "change", number, "--types", "A,C,R")
    d.add_organisation("RES", "Research", "registry")
    d.add_registry("RES")
    d.approved("linkage", "create", "--source", "REG1", "--research", "RES", "--types", "A",
               "--until", "2090-01-01", "--count-limit", "100")
    d.wait_for_policy()


def delivered(d):
    """What was made of the canaries: temporaries and finals of A and R."""
    status, issued = Caller(d, "HOSP1").issue("REG1", {
        "pseudonymTypes": ["A", "R"], "records": [{k: CANARIES[k] for k in ("BSN", "LID")}]})
    assert status == 200 and issued["statistics"]["errorTotal"] == 0, issued
    status, told = Caller(d, "REG1").translate("REG1", issued)
    assert status == 200 and told["statistics"]["errorTotal"] == 0, told
    return ([*issued["records"][0]["pseudonyms"].values()],
            [told["records"][0]["pseudonyms"][c] for c in "AR"])


def reversed_(d, secret):
    """The owner's answer has the value; another's, and that of a spoilt one, are looked at."""
    def ask(who, text):
        return Caller(d, who).request("POST", "/v1/registries/REG1/reversals", {
            "reason": "call back", "records": [{"pseudonyms": {"R": text}}]})
    mine = secret[-1]
    good = ask("HOSP1", mine).json()
    assert good["records"][0]["attributes"] == {"LID": CANARIES["LID"]}
    refusals = [ask("HOSP2", mine), ask("HOSP1", mine[:-5]), ask("HOSP1", CANARIES["LID"])]
    assert not any(answer.json()["records"][0]["attributes"] for answer in refusals)
    return "".join(answer.body.decode() for answer in refusals)


def rotated(d, finals, secret):
    d.approved("rotation", "start", "--domain", "REG1")
    d.wait_for_policy()
    refusals = ""
    path = "/v1/registries/REG1/final-pseudonyms/rotations"
    for who, text, status in (("REG1", finals[0], 200), ("REG1", finals[0][:-2] + "AA", 200),
                              ("REG2", finals[0], 403), ("REG1", CANARIES["BSN"], 200)):
        answer = Caller(d, who).request("POST", path, {"records": [{"pseudonyms": {"A": text}}]})
        assert answer.status == status
        if text == finals[0] and status == 200:
            secret.append(answer.json()["records"][0]["pseudonyms"]["A"])
        else:
            refusals += answer.body.decode()
    d.admin_cli("rotation", "abort", "--domain", "REG1", "--reason", "tried")
    return refusals


def linked(d, finals, secret):
    refusals = ""
    for who, text, status in (("REG1", finals[0], 200), ("REG2", finals[0], 403),
                              ("REG1", finals[0][:-2] + "AA", 200), ("REG1", CANARIES["BSN"], 200)):
        answer = Caller(d, who).request("POST", "/v1/linkages/1/pseudonyms",
                                        {"records": [{"pseudonyms": {"A": text}}]})
        assert answer.status == status, answer.body
        if text == finals[0] and status == 200:
            secret.append(answer.json()["records"][0]["pseudonyms"]["A"])
        else:
            refusals += answer.body.decode()
    return refusals


def exported(d, folder):
    """The files of an export and a report, and what the commands said."""
    text = ""
    for words in (("export", "-o", "trail.jsonl"), ("export", "--format", "csv", "-o", "trail.csv"),
                  ("report", "--period", f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m}")):
        words = [str(folder / w) if "trail" in w else w for w in words]
        code, out, err = d.cli("operator", "audit", *words, server=f"https://{d.admin}", check=False)
        assert code == 0, (words, err)
        text += out + err
    return text + read(folder / "trail.jsonl") + read(folder / "trail.csv")
