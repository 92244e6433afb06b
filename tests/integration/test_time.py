# SPDX-License-Identifier: Apache-2.0
"""Expiry and clocks, with libfaketime over the server and PostgreSQL."""
import glob
import os
import tempfile
import time

import pytest

from client import Caller
from deployment import Deployment, register_two_by_two

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}


def faketime(path):
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries:
        pytest.skip("libfaketime is not installed")
    return {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def shift(path, text):
    with open(path + ".new", "w", encoding="ascii") as out:
        out.write(text + "\n")
    os.chmod(path + ".new", 0o644)
    os.replace(path + ".new", path)


def deployment(tmp_path, over_server, over_postgres, settings=None):
    # Where PostgreSQL's account can read it too.
    folder = tempfile.mkdtemp(prefix="sn-clock-")
    os.chmod(folder, 0o755)
    clock = os.path.join(folder, "clock")
    shift(clock, "+0")
    env = faketime(clock)
    d = Deployment(str(tmp_path / "d"), settings=settings, env=env if over_server else None,
                   pg_env=env if over_postgres else None)
    d.set_up()
    register_two_by_two(d)
    return d, clock


def test_a_temporary_pseudonym_expires_at_its_hour(tmp_path):
    d, clock = deployment(tmp_path, True, True)
    try:
        d.admin_cli("connection", "change", "1", "--life", "1")
        d.wait_for_policy()
        issued = Caller(d, "HOSP1").issue("REG1", BODY)[1]
        assert translate(d, issued) == "ok"
        # Life of one hour, rounded up to a full one: at most two.
        shift(clock, "+3540")
        assert translate(d, issued, expect_skew=True) == "ok"
        shift(clock, "+7260")
        assert translate(d, issued, expect_skew=True) == "TOKEN_EXPIRED"
    finally:
        d.destroy()


def translate(d, issued, expect_skew=False):
    """The diagnostic of the one record, once the server has seen the new clock."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status, answer = Caller(d, "REG1").translate("REG1", issued)
        if status == 200:
            (record,) = answer["records"]
            return record["diagnostics"][0]["name"] if record["diagnostics"] else "ok"
        assert status == 503 and expect_skew
        time.sleep(0.1)
    return pytest.fail("never served")


@pytest.mark.parametrize("over_server,over_postgres", [(True, False), (False, True)])
def test_one_clock_alone_stops_issue_and_translate(tmp_path, over_server, over_postgres):
    d, clock = deployment(tmp_path, over_server, over_postgres)
    try:
        issued = Caller(d, "HOSP1").issue("REG1", BODY)
        assert issued[0] == 200
        shift(clock, "+60")
        deadline = time.monotonic() + 15
        while d.ready() and time.monotonic() < deadline:
            time.sleep(0.1)
        answer = Caller(d, "HOSP1").request("POST", "/v1/registries/REG1/temporary-pseudonyms", BODY)
        assert answer.status == 503 and "retry-after" in answer.headers
        assert Caller(d, "REG1").translate("REG1", issued[1])[0] == 503
        code, out, err = d.daemon("check", check=False)
        assert code == 78 and "clock" in out + err
        shift(clock, "+0")
        deadline = time.monotonic() + 15
        while not d.ready() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert Caller(d, "HOSP1").issue("REG1", BODY)[0] == 200
    finally:
        d.destroy()
