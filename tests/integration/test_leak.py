# SPDX-License-Identifier: Apache-2.0
"""Markers planted in attributes are found nowhere they should not be."""
import glob
import os
import re
import subprocess

from client import Caller
from deployment import Deployment, register_two_by_two

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
