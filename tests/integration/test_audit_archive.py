# SPDX-License-Identifier: Apache-2.0
"""A month of the trail moved to a file: the bootstrap's events, made 100 days ago by libfaketime."""
import datetime
import glob
import json

import pytest

from client import Caller
from deployment import Deployment, register_two_by_two

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}
MONTH = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=100)).strftime("%Y-%m")


class OldDeployment(Deployment):
    def daemon(self, *arguments, **more):
        if arguments[0] == "bootstrap":
            more["env"] = {"LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0],
                           "FAKETIME": "-100d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return super().daemon(*arguments, **more)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    if not glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"):
        pytest.skip("libfaketime is not installed")
    d = OldDeployment(str(tmp_path_factory.mktemp("archive")), settings={"workers": "1"})
    try:
        d.set_up()
        register_two_by_two(d)
        assert Caller(d, "HOSP1").issue("REG1", BODY)[0] == 200
        d.checkpoints = tmp_path_factory.mktemp("checkpoints")
        d.keys = str(d.checkpoints / "audit.keys")
        with open(d.keys, "w", encoding="utf-8") as keys:
            keys.write(d.daemon("audit", "keys")[1])
        d.daemon("audit", "checkpoint", "--output", str(d.checkpoints / "checkpoint-1.txt"))
        yield d
    finally:
        d.destroy()


def archive(own, month, path, check=True):
    return own.daemon("audit", "archive", "--month", month, "--output", str(path), check=check)


def test_a_month_that_may_still_be_written_to_is_refused(own, tmp_path):
    now = datetime.datetime.now(datetime.timezone.utc)
    for month, code in ((now.strftime("%Y-%m"), 65), ("2019-01", 65), ("august", 65)):
        assert archive(own, month, tmp_path / "x", check=False)[0] == code
    assert archive(own, MONTH, "/nonexistent/x", check=False)[0] == 78
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_trail_is_not_archived(own, tmp_path):
    sql = own.pg.sql
    sql("UPDATE schuilnaam.audit_event SET made = 7 WHERE name = 'ISSUE'")
    try:
        code, out, err = archive(own, MONTH, tmp_path / "x", check=False)
        assert code == 1 and "CHANGED" in out and "nothing was archived" in err
        assert list(tmp_path.iterdir()) == []
    finally:
        sql("UPDATE schuilnaam.audit_event SET made = 1 WHERE name = 'ISSUE'")


def test_a_month_moves_to_a_file_and_everything_still_verifies(own, tmp_path):
    path = tmp_path / "month.jsonl"
    old = int(own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE time < now() - interval '90 days'"))
    assert old >= 1
    assert archive(own, MONTH, path)[1] == f"{old} events moved to {path}\n"
    assert own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE time < now() - interval '90 days'") == "0"
    code, out, err = own.daemon("audit", "verify", "--keys", own.keys, "--checkpoints", str(own.checkpoints),
                                check=False)
    assert code == 0 and f" {old} archived, 0 findings" in out, out + err
    code, out, _ = own.cli("operator", "audit", "verify", str(path), "--keys", own.keys)
    assert code == 0 and f"{old} events, 0 findings" in out
    names = [json.loads(line)["event"]["eventName"] for line in path.read_text().splitlines()[1:]]
    assert len(names) == old and "BOOTSTRAP" in names
    path.write_text(path.read_text().replace('"BOOTSTRAP"', '"BOOTSTRIP"'))
    code, out, _ = own.cli("operator", "audit", "verify", str(path), "--keys", own.keys, check=False)
    assert code == 1 and "CHANGED" in out
    # The service goes on, and what it does is verified and exported.
    assert Caller(own, "HOSP1").issue("REG1", BODY)[0] == 200
    assert archive(own, MONTH, tmp_path / "again", check=False)[0] == 65
    rest = tmp_path / "rest.jsonl"
    own.cli("operator", "audit", "export", "-o", str(rest), server=f"https://{own.admin}")
    assert own.cli("operator", "audit", "verify", str(rest), "--keys", own.keys)[0] == 0
    assert own.pg.sql("SELECT detail FROM schuilnaam.audit_event WHERE name = 'TRAIL_ARCHIVE'") == \
        json.dumps({"month": MONTH}, separators=(",", ":"))
