# SPDX-License-Identifier: Apache-2.0
"""Wrapping keys from their three providers: files and credentials, shares, a token (SoftHSM)."""
import json
import os
import shutil
import subprocess
import time

import pytest

from client import Caller
from conftest import ROOT
from deployment import Deployment, register_two_by_two

PERSONS = [{"G": "M", "GD": "19930515", "PC": "1234AA", "BSN": "999900006", "GN": "JANSEN", "VL": "J"}]
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


def finals_of(d):
    issued = Caller(d, "HOSP1").issue("REG1", {"pseudonymTypes": ["A", "B", "C"], "records": PERSONS})
    assert issued[0] == 200
    return [r["pseudonyms"] for r in Caller(d, "REG1").translate("REG1", issued[1])[1]["records"]]


def shares_in(folder, name):
    """By number; a share is a file that only its owner may read."""
    found = {}
    for entry in os.listdir(folder):
        if entry.startswith(f"{name}.share-") and not entry.endswith("set"):
            path = os.path.join(folder, entry)
            assert os.stat(path).st_mode & 0o777 == 0o600
            with open(path, encoding="ascii") as text:
                found[int(entry.rpartition("-")[2])] = text.read()
    return found


class Shamir(Deployment):
    """A deployment whose wrapping key is split 2 of 3."""

    def split(self):
        folder = os.path.join(self.folder, f"shares-{len(os.listdir(self.folder))}")
        os.mkdir(folder)
        out = self.daemon("wrapping", "split", "--threshold", "2", "--shares", "3", "--output", folder)[1]
        name = out.split()[2].rstrip(":")
        return shares_in(folder, name)

    def bootstrap(self):
        self.shares = self.split()
        certificate = self.certificates["operator"][0]
        words = ("bootstrap", "--operator", "OPERATOR1", "--certificate", certificate)
        code, _, err = self.daemon(*words, stdin=self.shares[2], check=False)
        assert code == 69 and "1 missing" in err
        self.daemon(*words, stdin=self.shares[2] + self.shares[3])

    def unseal(self, share, who="operator"):
        """(exit code, standard output, standard error)"""
        return self.cli(who, "--json", "admin", "unseal", server=f"https://{self.admin}", stdin=share,
                        check=False)

    def wait_sealed(self, timeout_s=20):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            status, body = self.health_get("/readyz")
            if status == 503 and json.loads(body).get("reason") == "sealed":
                return json.loads(body)["missing"]
            assert self.process.poll() is None, self.log_tail()
            time.sleep(0.02)
        raise RuntimeError("not sealed: " + self.log_tail())

    def open(self):
        for number in (1, 3):
            assert self.unseal(self.shares[number])[0] == 0
        self.wait_ready()


@pytest.fixture(scope="module")
def shamir(tmp_path_factory):
    d = Shamir(str(tmp_path_factory.mktemp("shamir")), settings={"wrapping.provider": "shamir"})
    try:
        d.set_up(start=False)
        d.launch()
        yield d
    finally:
        d.destroy()


def test_a_sealed_server_takes_nothing_but_shares(shamir):
    assert shamir.wait_sealed() == 2
    assert shamir.health_get("/healthz")[0] == 200
    assert "schuilnaam_" in shamir.health_get("/metrics")[1]
    answer = Caller(shamir, "operator", shamir.admin).request("GET", "/admin/v1/keys")
    assert answer.status == 503 and answer.json()["code"] == 2053 and "retry-after" in answer.headers


def test_a_stranger_enters_no_share(shamir):
    shamir.certificates["stranger"] = shamir.ca.issue("stranger")
    assert shamir.unseal(shamir.shares[1], who="stranger")[0] == 77
    assert shamir.wait_sealed() == 2


def test_a_wrong_share_is_named(shamir):
    parts = shamir.shares[3].strip().split(":")
    # Mistyped: the client refuses it without asking.
    typo = shamir.shares[3].replace(parts[6], parts[6][::-1])
    assert shamir.unseal(typo)[0] == 65
    # A share of another set of the same key.
    other = Shamir(os.path.join(shamir.folder, "other"), settings={"wrapping.provider": "shamir"})
    other.pg, other.certificates, other.ca = shamir.pg, shamir.certificates, shamir.ca
    other.write_config()
    foreign = other.split()
    code, _, err = shamir.unseal(foreign[2])
    assert code == 65 and "share 2 of development" in err
    assert shamir.wait_sealed() == 2


def test_one_share_too_few_stays_sealed_and_enough_serve(shamir):
    code, out, _ = shamir.unseal(shamir.shares[1])
    assert code == 0 and json.loads(out) == {"key": "development", "share": 1, "missing": 1, "sealed": True}
    assert json.loads(shamir.unseal(shamir.shares[1])[1])["missing"] == 1  # the same again
    assert shamir.wait_sealed() == 1
    code, out, _ = shamir.unseal(shamir.shares[3])
    assert code == 0 and json.loads(out)["sealed"] is False
    shamir.wait_ready()
    register_two_by_two(shamir)
    shamir.finals = finals_of(shamir)


def test_every_attempt_is_audited(shamir):
    found = shamir.pg.sql("SELECT outcome || ' ' || coalesce(detail::json->>'share', '') || ' ' ||"
                          " coalesce(reason, '-') FROM schuilnaam.audit_event WHERE event = 352"
                          " ORDER BY time").splitlines()
    assert found == ["refused 0 AUTH_CREDENTIAL", "refused 2 INPUT_SHARE", "ok 1 -", "ok 1 -", "ok 3 -"]
    assert "0 findings" in shamir.daemon("audit", "verify")[1]


def test_a_check_with_too_few_shares_fails(shamir):
    assert "sealed" in shamir.daemon("check")[1]
    assert shamir.daemon("check", "--unseal", stdin=shamir.shares[1], check=False)[0] == 78
    assert "keys are good" in shamir.daemon("check", "--unseal", stdin=shamir.shares[3] + shamir.shares[2])[1]


def test_a_checkpoint_is_signed_with_enough_shares_only(shamir, tmp_path):
    words = ("audit", "checkpoint", "--output", str(tmp_path / "checkpoint-1.txt"))
    code, _, err = shamir.daemon(*words, stdin=shamir.shares[1], check=False)
    assert code == 69 and "1 missing" in err and os.listdir(tmp_path) == []
    shamir.daemon(*words, stdin=shamir.shares[1] + shamir.shares[2])
    assert "1 checkpoints\n" in shamir.daemon("audit", "verify", "--checkpoints", str(tmp_path))[1]


def test_a_restart_is_sealed_again_and_finals_stay(shamir):
    assert shamir.stop() == 0
    shamir.launch()
    assert shamir.wait_sealed() == 2
    assert shamir.stop() == 0  # sealed too, SIGTERM ends it
    shamir.launch()
    shamir.wait_sealed()
    shamir.open()
    assert finals_of(shamir) == shamir.finals


def test_wrong_shares_are_rate_limited(shamir):
    assert shamir.stop() == 0
    shamir.launch()
    shamir.wait_sealed()
    parts = shamir.shares[1].strip().split(":")
    parts[1] = "elsewhere"
    codes = [wrong_share(shamir, ":".join(parts)) for _ in range(11)]
    assert codes == [422] * 10 + [429]


def wrong_share(d, text):
    """Past the client, which would see a mistyped share."""
    answer = Caller(d, "operator", d.admin).request("POST", "/admin/v1/unseal", {"share": text})
    assert text.split(":")[6] not in answer.body.decode()
    return answer.status


# ---- files ----

@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("files")))
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(own, mode):
    os.chmod(own.wrapping, mode)
    code, _, err = own.daemon("check", check=False)
    os.chmod(own.wrapping, 0o600)
    assert code == 78 and own.wrapping in err
    own.daemon("check")


def test_a_systemd_credential_is_a_key_file(own):
    before = finals_of(own)
    folder = os.path.join(own.folder, "credentials")
    os.mkdir(folder, 0o700)
    shutil.copy(own.wrapping, os.path.join(folder, "schuilnaam-key"))
    os.chmod(os.path.join(folder, "schuilnaam-key"), 0o400)
    own.stop()
    config = own.config
    with open(config, encoding="utf-8") as text:
        lines = [line for line in text if not line.startswith("wrapping.file")]
    with open(config, "w", encoding="utf-8") as text:
        text.writelines(lines + ["wrapping.credential = schuilnaam-key\n"])
    assert own.daemon("check", check=False)[0] == 78  # not started by systemd
    own.env["CREDENTIALS_DIRECTORY"] = folder
    own.launch()
    own.wait_ready()
    assert finals_of(own) == before


def test_a_key_put_together_from_escrowed_shares_is_the_same(own, tmp_path):
    shares = tmp_path / "shares"
    shares.mkdir()
    own.env.pop("CREDENTIALS_DIRECTORY", None)
    own.write_config()
    own.stop()
    own.daemon("wrapping", "split", "--threshold", "3", "--shares", "5", "--output", str(shares))
    with open(own.wrapping, "rb") as key:
        before = key.read()
    os.unlink(own.wrapping)
    assert own.daemon("check", check=False)[0] == 78
    texts = shares_in(shares, "development")
    words = ("wrapping", "join", "--set", str(shares / "development.share-set"))
    code, _, err = own.daemon(*words, stdin=texts[1] + texts[2], check=False)
    assert code == 69 and "2 of 3 shares" in err and not os.path.exists(own.wrapping)
    own.daemon(*words, stdin=texts[5] + texts[2] + texts[4])
    with open(own.wrapping, "rb") as key:
        assert key.read() == before
    own.start()


# ---- to another wrapping key ----

def rewrap(d, check=True):
    """Asked by one operator and, where it takes two, approved by another: (exit code, answer)."""
    code, out, err = d.cli("operator", "--json", "admin", "key", "rewrap", "--reason", "test",
                           server=f"https://{d.admin}", check=False)
    if code == 9:
        number = str(json.loads(out)["approval"])
        code, out, err = d.cli("operator2", "--json", "admin", "approval", "approve", number,
                               server=f"https://{d.admin}", check=False)
    assert code == 0 or not check, err
    return code, out


def names(d):
    """The wrapping keys that copies lie under."""
    return d.pg.sql("SELECT DISTINCT wrapping FROM schuilnaam.key_copy WHERE wrapped IS NOT NULL").split()


def until(test, what):
    deadline = time.monotonic() + 20
    while not test():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def killed(d):
    """And forgotten: else it would count as live for a minute."""
    d.process.kill()
    d.process.wait()
    d.pg.sql("UPDATE schuilnaam.process SET ended = now()")


def states(d):
    return dict(row["name"] and (row["name"], row["state"])
                for row in d.admin_cli("wrapping", "list")["wrappings"])


def files(d):
    found = os.path.basename(d.wrapping)
    return sorted(entry for entry in os.listdir(d.folder) if entry.startswith(found))


def test_a_rewrap_moves_all_keys_and_ends_the_old_one(own):
    before = finals_of(own)
    with open(own.wrapping, "rb") as key:
        old = key.read()
    rewrap(own)
    assert names(own) == ["development.2"] and files(own) == ["wrapping.key.2"]
    assert states(own) == {"development": "ended", "development.2": "active"}
    assert os.stat(own.wrapping + ".2").st_mode & 0o777 == 0o600
    with open(own.wrapping + ".2", "rb") as key:
        assert key.read() != old
    assert finals_of(own) == before
    assert own.stop() == 0
    own.start()
    assert finals_of(own) == before
    assert "0 findings" in own.daemon("audit", "verify")[1]
    assert own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE event IN (350, 351)") == "2"


def test_a_destruction_is_complete_when_the_wrapping_key_has_ended(own):
    own.admin_cli("domain", "create", "--code", "LONE")
    old = own.admin_cli("key", "list")["keys"][-1]["number"]  # the last one made: of the domain's seal
    own.admin_cli("key", "import", "--purpose", "domain-seal", "--domain", "LONE", stdin="5a" * 64 + "\n")
    told = own.admin_cli("key", "show", str(old))
    assert "old wrapping key still exists" in json.dumps(told)
    rewrap(own)
    told = own.admin_cli("key", "show", str(old))
    assert told["state"] == "destroyed" and "old wrapping key" not in json.dumps(told)


def test_what_a_crash_leaves_is_no_hindrance(own):
    """Before the commit: a new file that nothing lies under. After it: an old file not yet wiped."""
    before, now = finals_of(own), names(own)
    own.stop()
    own.daemon("wrapping", "make")
    assert len(files(own)) == 2
    own.start()
    assert finals_of(own) == before and names(own) == now
    own.admin_cli("domain", "create", "--code", "MEANWHILE")
    assert names(own) == now  # what is made lies under the key in use
    with open(own.wrapping + ".3", "rb") as key:
        saved = key.read()
    rewrap(own)
    assert names(own) == ["development.4"] and files(own) == ["wrapping.key.4"]
    own.stop()
    with open(own.wrapping + ".3", "wb") as key:
        os.chmod(own.wrapping + ".3", 0o600)
        key.write(saved)
    own.pg.sql("ALTER TABLE schuilnaam.wrapping DISABLE TRIGGER ALL;"
               "UPDATE schuilnaam.wrapping SET state = 'retiring' WHERE name = 'development.3';"
               "ALTER TABLE schuilnaam.wrapping ENABLE TRIGGER ALL")
    own.start()
    assert finals_of(own) == before
    until(lambda: states(own)["development.3"] == "ended", "the start ends what was left")
    assert files(own) == ["wrapping.key.4"]


def test_a_server_killed_during_a_rewrap_starts_again(own):
    before = finals_of(own)
    for delay_ms in (0, 4, 8, 12, 16, 24, 40):
        caller = subprocess.Popen(
            [os.path.join(os.environ.get("SCHUILNAAM_BIN", os.path.join(ROOT, "build/dev/bin")), "schuilnaam"),
             "--server", f"https://{own.admin}", "--cert", own.certificates["operator"][0], "--key",
             own.certificates["operator"][1], "--ca", own.ca.certificate, "admin", "key", "rewrap",
             "--reason", "killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay_ms / 1000)  # the moment of the blow, not a wait for anything
        killed(own)
        caller.wait(30)
        own.start()
        assert len(names(own)) == 1
        assert finals_of(own) == before


def refresh(d):
    return d.admin_cli("key", "refresh", "--reason", "test")["state"]


def root_status(d):
    """How the last root that is not in use stands."""
    return [k["status"] for k in d.admin_cli("key", "list")["keys"] if k["purpose"] == "root"][-2]


def test_a_refresh_takes_the_wrapping_key_with_it(own):
    before, (old,) = finals_of(own), names(own)
    assert refresh(own) == "done"
    assert root_status(own) == "destroyed"
    (new,) = names(own)
    assert new != old and states(own)[old] == "ended" and len(files(own)) == 1
    assert finals_of(own) == before
    event = own.pg.sql("SELECT role || ' ' || access || ' ' || reason FROM schuilnaam.audit_event WHERE"
                       " event = 350 ORDER BY time DESC LIMIT 1")
    assert event.startswith("system steward by itself")
    own.stop()
    own.start()
    assert finals_of(own) == before


def test_a_server_killed_around_a_refresh_ends_the_old_wrapping_key_later(own):
    """Whatever it had come to: after the start all lies under one key, and nothing is due."""
    before = finals_of(own)
    for delay_ms in (20, 40, 60, 80, 100, 140, 180):
        own.pg.sql("INSERT INTO schuilnaam.key_operation (kind, reason) VALUES ('refresh', 'killed')")
        begun = own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE event = 331")
        until(lambda n=begun: own.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE event = 331") != n,
              "the refresh has begun")
        time.sleep(delay_ms / 1000)  # the moment of the blow, not a wait for anything
        killed(own)
        own.start()
        until(lambda: own.pg.sql("SELECT count(*) FROM schuilnaam.key_operation WHERE state IN"
                                 " ('asked', 'prepared')") == "0", "the refresh is over")
        until(lambda: root_status(own) == "destroyed", "the old wrapping key has ended")
        assert len(names(own)) == 1 and len(files(own)) == 1
        assert finals_of(own) == before
    assert "0 findings" in own.daemon("audit", "verify")[1]


def test_where_it_may_not_go_by_itself_it_is_told(own):
    own.stop()
    own.more_settings["wrapping.rewrap"] = "manual"
    own.write_config()
    own.start()
    (old,) = names(own)
    assert own.metric("schuilnaam_rewrap_due") == 0
    assert refresh(own) == "done"
    until(lambda: own.metric("schuilnaam_rewrap_due") == 1, "it is due")
    assert names(own) == [old] and root_status(own) == "destroyed, old wrapping key still exists"
    rewrap(own)
    until(lambda: own.metric("schuilnaam_rewrap_due") == 0, "it was done")
    assert root_status(own) == "destroyed"
    own.stop()
    own.more_settings["wrapping.rewrap"] = "sometimes"
    own.write_config()
    code, _, err = own.daemon("check", check=False)
    assert code == 78 and "wrapping.rewrap" in err
    del own.more_settings["wrapping.rewrap"]
    own.write_config()
    own.start()


def test_two_servers_of_one_host_both_go_over(own):
    other = own.sibling("second")
    other.start()
    try:
        before = finals_of(own)
        rewrap(own)
        deadline = time.monotonic() + 10
        counter = own.metric("schuilnaam_policy_counter")
        while other.metric("schuilnaam_policy_counter") < counter and time.monotonic() < deadline:
            time.sleep(0.02)
        assert other.ready() and finals_of(other) == before
    finally:
        other.destroy()


def test_new_shares_then_a_rewrap(shamir):
    shamir.stop()
    shamir.launch()
    shamir.wait_sealed()
    shamir.open()
    assert rewrap(shamir, check=False)[0] == 65  # no new key is here yet
    assert names(shamir) == ["development"]
    shamir.shares = shamir.split()
    assert json.loads(shamir.unseal(shamir.shares[3])[1]) == {
        "key": "development.2", "share": 3, "missing": 1, "sealed": False}
    shamir.unseal(shamir.shares[1])
    rewrap(shamir)
    assert names(shamir) == ["development.2"] and states(shamir)["development"] == "retiring"
    shamir.admin_cli("wrapping", "end", "development")  # its shares were burnt
    assert states(shamir)["development"] == "ended"
    assert shamir.admin_cli("wrapping", "end", "development.2", check=False)[0] == 65  # in use
    shamir.stop()
    shamir.launch()
    assert shamir.wait_sealed() == 2
    shamir.open()
    assert finals_of(shamir) == shamir.finals


# ---- a token ----

class Token(Deployment):
    def bootstrap(self):
        self.daemon("wrapping", "seal", "--make-token-key")
        self.daemon("bootstrap", "--operator", "OPERATOR1", "--certificate",
                    self.certificates["operator"][0])


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    pin = folder / "pin"
    pin.write_text("246813\n")
    pin.chmod(0o600)
    env = {"SOFTHSM2_CONF": str(folder / "softhsm.conf")}
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "schuilnaam", "--so-pin", "97531",
                    "--pin", "246813"], check=True, capture_output=True, env={**os.environ, **env})
    d = Token(str(folder), env=env,
              settings={"wrapping.provider": "pkcs11", "pkcs11.module": SOFTHSM,
                        "pkcs11.token": "schuilnaam", "pkcs11.pin": str(pin)})
    d.pin = pin
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def test_a_token_seals_the_next_wrapping_key(token):
    before = finals_of(token)
    assert rewrap(token, check=False)[0] == 65
    token.daemon("wrapping", "seal")
    rewrap(token)
    assert names(token) == ["development.2"] and files(token) == ["wrapping.key.2"]
    token.wrapping += ".2"
    assert finals_of(token) == before


def test_a_token_opens_the_wrapping_key(token):
    before = finals_of(token)
    token.stop()
    token.start()
    assert finals_of(token) == before


@pytest.mark.parametrize("damage", ["pin", "pin_mode", "token", "file", "label"])
def test_a_token_that_refuses_is_named(token, damage):
    tokens, aside = os.path.join(token.folder, "tokens"), os.path.join(token.folder, "aside")
    saved = token.pin.read_text(), open(token.wrapping, encoding="ascii").read()
    words = {"pin": "log-in", "pin_mode": str(token.pin), "token": "no token of this label",
             "file": "opening", "label": "no key of this label"}
    if damage == "pin":
        token.pin.write_text("000000\n")
    elif damage == "pin_mode":
        token.pin.chmod(0o644)
    elif damage == "token":
        os.rename(tokens, aside)
        os.mkdir(tokens)
    elif damage == "file":
        last = saved[1][-2]
        with open(token.wrapping, "w", encoding="ascii") as out:
            out.write(saved[1][:-2] + ("0" if last != "0" else "1") + "\n")
    else:
        with open(token.config, "a", encoding="utf-8") as config:
            config.write("pkcs11.key = another\n")
    code, _, err = token.daemon("check", check=False)
    token.pin.write_text(saved[0])
    token.pin.chmod(0o600)
    with open(token.wrapping, "w", encoding="ascii") as out:
        out.write(saved[1])
    if damage == "token":
        os.rmdir(tokens)
        os.rename(aside, tokens)
    if damage == "label":
        with open(token.config, encoding="utf-8") as text:
            lines = text.readlines()
        with open(token.config, "w", encoding="utf-8") as out:
            out.writelines(lines[:-1])
    assert code == 78 and words[damage] in err
    assert "246813" not in err and "000000" not in err
    token.daemon("check")
