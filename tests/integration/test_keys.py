# SPDX-License-Identifier: Apache-2.0
"""Keys at rest and known keys: what was swapped, altered or removed is refused at load and named;
imported scalars give the finals that the second implementation computes."""
import json
import glob
import os
import shutil

import pytest

from client import Caller
from conftest import ROOT
from deployment import Deployment, register_two_by_two
from schuilref import finals, identity, ristretto

PERSONS = [{"G": "M", "GD": "19930515", "PC": "1234AA", "BSN": "999900006", "GN": "JANSEN", "VL": "J"},
           {"G": "V", "GD": "20000229", "PC": "9999ZZ", "BSN": "999900018", "GN": "MULLER", "VL": "A"}]
L = 2**252 + 27742317777372353535851937790883648493
K, S = (7**80 % L).to_bytes(32, "little"), (11**70 % L).to_bytes(32, "little")
W = bytes(range(64))
RECIPES = {"A": ["BSN"], "B": ["GN", "VL:1", "GD", "G"], "C": ["G", "GD", "PC"]}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("keys")))
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def finals_of(d):
    issued = Caller(d, "HOSP1").issue("REG1", {"pseudonymTypes": ["A", "B", "C"], "records": PERSONS})
    assert issued[0] == 200
    return [r["pseudonyms"] for r in Caller(d, "REG1").translate("REG1", issued[1])[1]["records"]]


def test_imported_scalars_give_the_reference_finals(own):
    def hand(purpose, key, *words):
        own.admin_cli("key", "import", "--purpose", purpose, *words, stdin=key.hex() + "\n")
    hand("root", K)
    hand("domain", S, "--domain", "REG1")
    hand("domain-seal", W, "--domain", "REG1")
    own.wait_for_policy()
    domain = int(own.pg.sql("SELECT number FROM schuilnaam.domain WHERE code = 'REG1'"))
    with open(os.path.join(ROOT, "tests/vectors/finals.json"), encoding="utf-8") as text:
        numbers = {c["type"]["code"]: c["type"]["number"] for c in json.load(text)["finals"]}
    for person, made in zip(PERSONS, finals_of(own)):
        for t, recipe in RECIPES.items():
            assert made[t] == reference_final(t, numbers[t], recipe, person, domain), t


def reference_final(t, number, recipe, person, domain):
    ptype = identity.make_type(t, 1, number, *recipe)
    x = identity.encode(ptype, {part.split(":")[0]: person[part.split(":")[0]] for part in recipe})
    q = finals.core(int.from_bytes(K, "little"), x)
    p = ristretto.encode(ristretto.multiply(int.from_bytes(S, "little"), ristretto.decode(q)))
    sealed = finals.seal(W, finals.associated_data(t, 1, domain, 1), p)
    return finals.text(t, 1, "REG1", 1, sealed)


def test_import_is_refused_once_something_was_made(own):
    finals_of(own)
    for purpose, key, words in (("root", K, []), ("domain", S, ["--domain", "REG1"]),
                                ("domain-seal", W, ["--domain", "REG1"])):
        code, _ = own.admin_cli("key", "import", "--purpose", purpose, *words, stdin=key.hex() + "\n",
                                check=False)
        assert code != 0
    before = finals_of(own)
    assert before == finals_of(own)


@pytest.mark.parametrize("key", ["00" * 32, L.to_bytes(32, "little").hex(), "ff" * 32, "01" * 31,
                                 "zz" * 32, ""])
def test_import_of_no_scalar_is_refused(own, key):
    assert own.admin_cli("key", "import", "--purpose", "domain", "--domain", "REG2", stdin=key + "\n",
                         check=False)[0] == 65


def check(own):
    code, out, err = own.daemon("check", check=False)
    return code, out + err


DAMAGES = {
    "a copy swapped with another key's": """
        UPDATE key_copy a SET wrapped = b.wrapped FROM key_copy b JOIN key k ON k.number = b.key
        WHERE a.key = {domain} AND b.key = {other} AND a.compartment = b.compartment""",
    "a state altered": "UPDATE key SET state = 'translate-only' WHERE number = {domain}",
    "an epoch altered": "UPDATE key SET epoch = 2 WHERE number = {domain}",
    "a scope altered": "UPDATE key SET scope = scope + 1 WHERE number = {domain}",
    "a bit of a copy altered": """
        UPDATE key_copy SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)
        WHERE key = {domain}""",
    "a public part altered": """
        UPDATE key SET public_part = set_byte(public_part, 0, get_byte(public_part, 0) # 1)
        WHERE number = {root}""",
    "a row removed": "DELETE FROM key_copy WHERE key = {domain}; DELETE FROM key WHERE number = {domain}",
    "a manifest's mac altered": """
        UPDATE manifest SET mac = set_byte(mac, 0, get_byte(mac, 0) # 1)
        WHERE compartment = 'translate'""",
    "a manifest's counter altered": """
        UPDATE manifest SET counter = counter + 1 WHERE compartment = 'translate'""",
    "a manifest removed": "DELETE FROM manifest WHERE compartment = 'translate'",
    "manifests swapped": """
        UPDATE manifest a SET body = b.body, mac = b.mac FROM manifest b
        WHERE a.compartment = 'translate' AND b.compartment = 'issue'""",
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_refused_at_load_and_named(own, name):
    def number(purpose, scope="true"):
        return int(own.pg.sql(f"SELECT number FROM schuilnaam.key WHERE purpose = '{purpose}' "
                              f"AND state = 'active' AND {scope} ORDER BY number LIMIT 1"))
    domain = number("domain", "scope = (SELECT number FROM schuilnaam.domain WHERE code = 'REG1')")
    other = number("domain", "scope = (SELECT number FROM schuilnaam.domain WHERE code = 'REG2')")
    root = number("root")
    saved = dump(own)
    assert check(own)[0] == 0
    own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; BEGIN; " +
               DAMAGES[name].format(domain=domain, other=other, root=root) + "; COMMIT")
    try:
        code, text = check(own)
        assert code == 78, text
        named = "manifest" if "manifest" in name else str(root if "public" in name else domain)
        assert named in text, text
    finally:
        restore(own, saved)
    assert check(own)[0] == 0


TABLES = ("key", "key_copy", "manifest")


def dump(own):
    return {t: own.pg.sql(f"SELECT coalesce(json_agg(r), '[]') FROM schuilnaam.{t} r") for t in TABLES}


def restore(own, saved):
    own.pg.sql("SET session_replication_role = replica; BEGIN; " + " ".join(
        f"DELETE FROM schuilnaam.{t}; INSERT INTO schuilnaam.{t} SELECT * FROM "
        f"json_populate_recordset(NULL::schuilnaam.{t}, $dump${saved[t]}$dump$);" for t in TABLES) +
        " COMMIT")


def test_a_running_server_keeps_its_good_snapshot_and_says_so(own):
    saved = dump(own)
    own.pg.sql("UPDATE schuilnaam.manifest SET counter = counter + 1 WHERE compartment = 'issue'")
    try:
        assert Caller(own, "HOSP1").request("GET", "/v1/registries/REG1/parameters").status in (200, 503)
    finally:
        restore(own, saved)


def test_an_older_manifest_than_once_seen_is_refused(own):
    saved = dump(own)
    own.admin_cli("key", "create", "--purpose", "transport")
    own.wait_for_policy()
    own.stop()
    restore(own, saved)
    try:
        code, text = check(own)
        assert code == 78 and "counter" in text
    finally:
        for path in glob.glob(os.path.join(own.folder, "state", "manifest-*")):
            os.unlink(path)
        own.start()


@pytest.mark.parametrize("sql,named", [
    ("UPDATE connection SET quota_day = 1000000000 WHERE number = 1", "connection 1 was altered"),
    ("INSERT INTO operator (name) VALUES ('PLANTED')", "was added"),
    ("DELETE FROM connection WHERE number = 1", "connection 1 was removed")])
def test_policy_that_nobody_signed_is_refused_and_named(own, sql, named):
    try:
        own.pg.sql("SET search_path = schuilnaam; CREATE TABLE kept_c AS SELECT * FROM connection; "
                   "CREATE TABLE kept_o AS SELECT * FROM operator; "
                   "SET session_replication_role = replica; " + sql)
        code, text = check(own)
        assert code == 78 and named in text, text
    finally:
        own.pg.sql("SET search_path = schuilnaam; SET session_replication_role = replica; "
                   "DELETE FROM connection; INSERT INTO connection SELECT * FROM kept_c; "
                   "DELETE FROM operator; INSERT INTO operator SELECT * FROM kept_o; "
                   "DROP TABLE kept_c, kept_o")
    assert check(own)[0] == 0


def test_without_the_configured_policy_key_nothing_is_served(own):
    path = os.path.join(own.folder, "state", "policy.key")
    with open(path, encoding="ascii") as file:
        key = file.read()
    try:
        for wrong in ("", "zz" * 32 + "\n", key.strip(), "00" * 32 + "\n"):
            with open(path, "w", encoding="ascii") as file:
                file.write(wrong)
            code, text = check(own)
            assert code == 78 and "policy" in text, text
        os.unlink(path)
        assert check(own)[0] == 78
    finally:
        with open(path, "w", encoding="ascii") as file:
            file.write(key)
    assert check(own)[0] == 0


@pytest.mark.parametrize("mode,named", [(0o644, "wrapping"), (0o640, "wrapping")])
def test_a_wrapping_key_that_others_may_read_is_refused(own, mode, named):
    path = os.path.join(own.folder, "wrapping.key")
    os.chmod(path, mode)
    try:
        code, text = check(own)
        assert code == 78 and named in text
    finally:
        os.chmod(path, 0o600)


def test_another_wrapping_key_opens_nothing(own):
    path = os.path.join(own.folder, "wrapping.key")
    shutil.copy2(path, path + ".kept")
    with open(path, "r+b") as key:
        key.write(b"\0" * 32)
    try:
        assert check(own)[0] == 78
    finally:
        os.replace(path + ".kept", path)
    assert check(own)[0] == 0
