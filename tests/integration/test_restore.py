# SPDX-License-Identifier: Apache-2.0
"""Backup and restore as a drill: what must be kept, what is refused afterwards, how two operators
accept it, and that every person keeps the final pseudonym."""
import glob
import os
import shutil
import subprocess

import pytest

from approve import approved
from client import Caller
from deployment import Deployment, register_two_by_two
from test_wrapping import Shamir

RECORDS = 10000
SEQUENCES = ("SELECT sequencename || ' ' || coalesce(last_value, 0) FROM pg_sequences "
             "WHERE schemaname = 'schuilnaam' ORDER BY 1")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("restore")))
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def people():
    return [{"G": "MV"[i % 2], "GD": f"19{10 + i % 90}{1 + i // 90 % 12:02}{1 + i // 1080 % 28:02}",
             "PC": "1234AA"} for i in range(RECORDS)]


def finals(d, records):
    status, issued = Caller(d, "HOSP1").issue("REG1", {"pseudonymTypes": ["C"], "records": records})
    assert status == 200 and issued["statistics"]["errorTotal"] == 0
    status, answer = Caller(d, "REG1").translate("REG1", issued)
    assert status == 200 and answer["statistics"]["errorTotal"] == 0
    return [r["pseudonyms"] for r in answer["records"]]


def key_files(d):
    return glob.glob(d.wrapping + "*")


def dump(d, path):
    """The database, and the wrapping key of that moment: a later one does not open it."""
    subprocess.run(["pg_dump", "-Fc", "--create", "-d", d.pg.dsn(), "-f", path], check=True)
    os.mkdir(path + ".keys")
    for file in key_files(d):
        shutil.copy2(file, path + ".keys")


def restore(d, path):
    for file in key_files(d):
        os.unlink(file)
    for file in os.listdir(path + ".keys"):
        shutil.copy2(os.path.join(path + ".keys", file), os.path.dirname(d.wrapping))
    d.pg.sql("DROP DATABASE IF EXISTS schuilnaam WITH (FORCE)", database="postgres")
    subprocess.run(["pg_restore", "--exit-on-error", "--create", "-d", d.pg.dsn(database="postgres"),
                    path], check=True)
    # The backup is seconds old here: the servers of its moment would count as live for a minute.
    d.pg.sql("UPDATE schuilnaam.process SET ended = now()")


def check(d):
    code, out, err = d.daemon("check", check=False)
    return code, out + err


def sequences(d):
    return dict(line.split() for line in d.pg.sql(SEQUENCES).splitlines())


def restore_elsewhere(own, other, backup):
    """On a machine that has only what backups hold, and the roles."""
    other.ca, other.certificates = own.ca, own.certificates
    other.pg.start()
    for role in ("server", "auditor", "issue", "translate", "operate"):
        other.pg.sql(f"CREATE ROLE schuilnaam_{role} LOGIN", database="postgres")
    restore(other, backup)
    other.write_config()
    shutil.copy2(os.path.join(own.folder, "state", "policy.key"),
                 os.path.join(other.folder, "state", "policy.key"))


def test_restore_into_an_empty_folder_gives_the_same_finals(own, tmp_path):
    """What a backup holds: the dump, the wrapping key, the policy key. Nothing was seen in the new
    folder, so nothing is to be accepted."""
    records = people()
    wanted = finals(own, records)
    assert len(set(r["C"] for r in wanted)) == RECORDS
    dump(own, str(tmp_path / "backup"))
    other = Deployment(str(tmp_path / "elsewhere"))
    try:
        restore_elsewhere(own, other, str(tmp_path / "backup"))
        assert check(other)[0] == 0
        other.start()
        assert finals(other, records) == wanted
        os.unlink(other.wrapping)
        assert check(other)[0] == 78
    finally:
        other.destroy()


@pytest.fixture
def split(tmp_path):
    """A service whose wrapping key is with people: 2 shares of 3 open it."""
    d = Shamir(str(tmp_path / "split"), settings={"wrapping.provider": "shamir"})
    try:
        d.set_up(start=False)
        d.launch()
        d.wait_sealed()
        d.open()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def test_restore_with_shares_takes_enough_of_them_and_gives_the_same_finals(split, tmp_path):
    """The folder holds the share set, which is no secret; the key comes from its holders."""
    records, backup = people(), str(tmp_path / "backup")
    wanted = finals(split, records)
    dump(split, backup)
    other = Shamir(str(tmp_path / "elsewhere"), settings={"wrapping.provider": "shamir"})
    other.shares = split.shares
    try:
        restore_elsewhere(split, other, backup)
        code, _, err = other.daemon("check", "--unseal", stdin=other.shares[2], check=False)
        assert code == 78, err
        other.launch()
        assert other.wait_sealed() == 2
        assert other.unseal(other.shares[2])[0] == 0
        assert other.unseal(other.shares[2])[0] == 0  # the same again is no second one
        assert other.wait_sealed() == 1
        assert Caller(other, "operator", other.admin).request("GET", "/admin/v1/keys").status == 503
        assert other.unseal(other.shares[3])[0] == 0
        other.wait_ready()
        assert finals(other, records) == wanted
        assert len(set(r["C"] for r in wanted)) == RECORDS
    finally:
        other.destroy()


@pytest.fixture
def restored(own, tmp_path):
    """The database of before two changes, under a server that has seen them."""
    backup = str(tmp_path / "backup")
    dump(own, backup)
    own.admin_cli("key", "create", "--purpose", "transport")
    own.admin_cli("organisation", "create", "--code", "LATER", "--name", "Later")
    own.wait_for_policy()
    own.stop()
    restore(own, backup)
    yield own
    if own.process is None or own.process.poll() is not None:
        for path in glob.glob(os.path.join(own.folder, "state", "manifest-*")):
            os.unlink(path)
        own.start()


def test_an_older_database_is_accepted_by_two_operators_only(restored, tmp_path):
    own, statement = restored, str(tmp_path / "statement")
    code, text = check(own)
    assert code == 78 and "counter" in text, text
    code, text = own.accept(statement, reason="the disk of db1 was lost")
    assert code == 0 and "the disk of db1 was lost" in text, text
    before = sequences(own)
    for signers, wanted in ((("operator", "operator"), 77), (("operator", "HOSP1"), 77),
                            (("operator",), 64), (("operator", "operator2", "operator"), 64)):
        code, text = own.accept(statement, *signers)
        assert code == wanted, (signers, text)
    assert check(own)[0] == 78 and sequences(own) == before
    code, text = own.accept(statement, "operator", "operator2")
    assert code == 0, text
    assert check(own)[0] == 0
    after = sequences(own)
    assert int(after["key_number"]) == int(before["key_number"]) + 1000000
    assert all(int(after[name]) > int(before[name]) for name in after)
    detail = own.pg.sql("SELECT detail || ' ' || reason FROM schuilnaam.audit_event "
                        "WHERE name = 'ACCEPT'")
    assert '"operators":[1,2]' in detail and "the disk of db1 was lost" in detail
    own.start()
    own.admin_cli("organisation", "create", "--code", "AFTER", "--name", "After")
    assert own.daemon("audit", "verify", check=False)[0] == 0
    code, text = own.accept(statement, "operator", "operator2")
    assert code == 65 and "nothing" in text, text


def test_a_statement_holds_for_what_it_says_and_no_longer(restored, tmp_path):
    own, statement = restored, str(tmp_path / "statement")
    assert own.accept(statement, reason="drill")[0] == 0
    with open(statement, encoding="utf-8") as file:
        text = file.read()
    for old, new in (("reason: drill", "reason: other"), ("made: 2", "made: 1"),
                     ("issue: seen", "issue: seen "), ("\n", "\n\n")):
        changed = str(tmp_path / f"changed-{len(old)}-{new[-1:].strip()}")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))
        signature = own.sign("operator", statement), own.sign("operator2", statement)
        code, out, err = own.daemon("manifest", "accept", "--statement", changed, "--signature",
                                    signature[0], "--signature", signature[1], check=False)
        assert code in (65, 77), out + err
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
               "UPDATE connection SET quota_day = 7 WHERE number = 1")
    code, told = own.accept(statement, "operator", "operator2")
    assert code == 65 and "now" in told, told
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
               "UPDATE connection SET quota_day = 1000000 WHERE number = 1")
    assert own.accept(statement, "operator", "operator2")[0] == 0


BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}


def translated(d, issued):
    """The final of the one record, or the name of what is wrong with it."""
    (record,) = Caller(d, "REG1").translate("REG1", issued)[1]["records"]
    return record["pseudonyms"]["C"] if not record["diagnostics"] else record["diagnostics"][0]["name"]


def accepted(own, backup, statement):
    """The backup in place of what is there, as two operators accept it."""
    own.stop()
    restore(own, backup)
    code, text = check(own)
    assert code == 78 and "counter" in text, text
    assert own.accept(statement, reason="drill")[0] == 0
    assert own.accept(statement, "operator", "operator2")[0] == 0
    own.start()


def test_a_dump_of_before_a_refresh_is_named_by_its_counter(own, tmp_path):
    """Also without the wrapping key of its day, which a refresh takes with it."""
    backup = str(tmp_path / "backup")
    dump(own, backup)
    assert own.admin_cli("key", "refresh", "--reason", "after the backup")["state"] == "done"
    files = set(os.path.basename(file) for file in key_files(own))
    assert files and not files & set(os.listdir(backup + ".keys"))
    own.stop()
    for file in os.listdir(backup + ".keys"):
        os.unlink(os.path.join(backup + ".keys", file))
    kept = {file: open(file, "rb").read() for file in key_files(own)}
    now = str(tmp_path / "now")
    dump(own, now)
    restore(own, backup)
    for file, key in kept.items():
        with open(file, "wb") as out:
            os.chmod(file, 0o600)
            out.write(key)
    code, text = check(own)
    assert code == 78 and "counter" in text and "lower than" in text, text
    restore(own, now)
    assert check(own)[0] == 0
    own.start()


def test_no_epoch_is_given_twice(own, tmp_path):
    """One backup is restored twice, and a refresh made in each time line. The transport key is in the
    backup, so what was issued in a lost line opens: only its epoch keeps it from a wrong final."""
    own.admin_cli("key", "create", "--purpose", "transport")
    early = Caller(own, "HOSP1").issue("REG1", BODY)[1]
    final = translated(own, early)
    backup = str(tmp_path / "backup")
    dump(own, backup)
    lost, epochs = [], []
    for line in range(3):
        if line > 0:
            accepted(own, backup, str(tmp_path / f"statement-{line}"))
        made = own.admin_cli("key", "refresh", "--reason", f"time line {line}")
        assert made["state"] == "done"
        epochs.append(made["epoch"])
        own.wait_for_policy()
        lost.append(Caller(own, "HOSP1").issue("REG1", BODY)[1])
        told = [translated(own, issued) for issued in [early, *lost]]
        assert told == [final] + ["TOKEN_REFUSED"] * line + [final]
    assert len(set(epochs)) == 3 and min(epochs[1:]) > 1000000
    assert check(own)[0] == 0


def test_no_generation_is_given_twice(own, tmp_path):
    backup = str(tmp_path / "backup")
    words = ("--domain", "REG2", "--reason", "drill")
    dump(own, backup)
    generations = []
    for line in range(3):
        if line > 0:
            accepted(own, backup, str(tmp_path / f"statement-{line}"))
        plan = own.admin_cli("rotation", "plan", "--domain", "REG2")
        approved(own, "rotation", "start", *words)
        started = own.admin_cli("rotation", "status", "--domain", "REG2")
        assert started["toGeneration"] == plan["toGeneration"]
        generations.append(started["toGeneration"])
        own.wait_for_policy()
    assert len(set(generations)) == 3 and min(generations[1:]) > 1000000
    approved(own, "rotation", "abort", *words)
    source = [own.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSP2")["generation"]
              for _ in range(2)]
    assert source[0] > 1000000 and source[1] == source[0] + 1
    assert check(own)[0] == 0


def test_an_empty_folder_may_be_told_of_a_restore(own, tmp_path):
    """It cannot notice by itself that the database is an old one."""
    statement = str(tmp_path / "statement")
    first = int(own.pg.sql("SELECT numbers_from FROM schuilnaam.state"))
    own.stop()
    for path in glob.glob(os.path.join(own.folder, "state", "manifest-*")):
        os.unlink(path)
    assert check(own)[0] == 0
    for path in glob.glob(os.path.join(own.folder, "state", "manifest-*")):
        os.unlink(path)
    assert own.accept(statement, reason="a new machine")[0] == 0
    assert own.accept(statement, "operator", "operator2")[0] == 0
    assert int(own.pg.sql("SELECT numbers_from FROM schuilnaam.state")) > first
    own.start()


def test_key_rows_that_were_altered_are_never_accepted(restored, tmp_path):
    own = restored
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
               "UPDATE key SET epoch = epoch + 1 WHERE purpose = 'root'")
    code, text = own.accept(str(tmp_path / "statement"), reason="drill")
    assert code == 78 and "key " in text, text
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
               "UPDATE key SET epoch = epoch - 1 WHERE purpose = 'root'")


def test_policy_whose_signature_ended_is_accepted_as_it_is(own, tmp_path):
    """As after a migration that changed columns of policy: the finding is in the statement."""
    statement = str(tmp_path / "statement")
    own.stop()
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
               "UPDATE catalogue SET english = 'number of a house' WHERE code = 'HN'")
    code, text = check(own)
    assert code == 78 and "catalogue HN was altered" in text, text
    code, text = own.accept(statement, reason="migration")
    assert code == 0 and "finding: policy: catalogue HN was altered" in text, text
    assert own.accept(statement, "operator", "operator2")[0] == 0
    own.start()
