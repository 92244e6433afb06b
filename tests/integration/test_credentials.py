# SPDX-License-Identifier: Apache-2.0
"""Who a certificate is: by fingerprint, by issuer and OIN, by issuer and URA; rollover, revocation and
suspension on connections that are open."""
import time
import uuid

import pytest

from ca import DevCa, fingerprint
from client import Caller

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}
OIN = "00000001123456780000"
URA = "90000380"


def uzi(ura=URA, kind="S"):
    return f"2.16.528.1.1007.99.2110-1-900030787-{kind}-{ura}-00.000-11223344"


def new_code():
    return "K" + uuid.uuid4().hex[:8].upper()


@pytest.fixture(scope="module")
def party(service):
    """A hospital without any credential, connected to REG1."""
    code = new_code()
    service.admin_cli("organisation", "create", "--code", code, "--name", "A hospital", "--kind", "provider")
    service.connect(code, "REG1")
    service.wait_for_policy()
    return code


def register(service, party, *how):
    made = service.admin_cli("credential", "create", "--organisation", party, *how)
    service.wait_for_policy()
    return str(made["number"])


def end(service, number):
    service.admin_cli("credential", "change", number, "--state", "revoked")
    service.wait_for_policy()


def status(service, name):
    return Caller(service, name).issue("REG1", BODY)[0]


def certificate(service, name, **what):
    service.certificates[name] = service.ca.issue(name, **what)
    return service.certificates[name][0]


def test_any_certificate_of_the_issuer_with_the_oin_is_that_organisation(service, party):
    certificate(service, "oin1", oin=OIN)
    certificate(service, "oin2", oin=OIN)
    certificate(service, "oin3", oin="00000001123456780001")
    certificate(service, "oin4", oin="1123456780000")
    assert status(service, "oin1") == 403
    number = register(service, party, "--issuer-certificate", service.ca.certificate, "--oin", OIN)
    assert [status(service, name) for name in ("oin1", "oin2", "oin3", "oin4")] == [200, 200, 403, 403]
    row = service.pg.sql("SELECT organisation, credential FROM schuilnaam.audit_event WHERE event = 200 "
                         "ORDER BY time DESC LIMIT 1")
    assert row.replace("|", " ").split() == [party, number]
    end(service, number)
    assert status(service, "oin1") == 403


def test_any_certificate_of_the_issuer_with_the_ura_is_that_organisation(service, party):
    names = {"right": [uzi()], "other": [uzi("90000381")], "twice": [uzi(), uzi()],
             "short": [uzi()[:-1]], "tail": [uzi() + "-0"], "pass": [uzi(kind="K")]}
    for name, texts in names.items():
        certificate(service, "uzi" + name, uzi=texts)
    number = register(service, party, "--issuer-certificate", service.ca.certificate, "--ura", URA)
    answers = {name: status(service, "uzi" + name) for name in names}
    assert answers == {"right": 200, **{name: 403 for name in names if name != "right"}}
    end(service, number)


def test_the_issuer_is_part_of_it(service, party, tmp_path):
    """The same OIN under an authority that is registered for nothing."""
    other = DevCa(str(tmp_path / "other"))
    certificate(service, "oinright", oin=OIN)
    number = register(service, party, "--issuer-certificate", other.certificate, "--oin", OIN)
    assert status(service, "oinright") == 403
    end(service, number)


def test_the_fingerprint_goes_before_the_oin_and_the_oin_before_the_ura(service, party):
    other = new_code()
    service.admin_cli("organisation", "create", "--code", other, "--name", "Another", "--kind", "provider")
    oin, ura = "00000003999999990000", "90000399"
    file = certificate(service, "all", oin=oin, uzi=[uzi(ura)])
    issuer = ("--issuer-certificate", service.ca.certificate)
    by_ura = register(service, party, *issuer, "--ura", ura)
    assert status(service, "all") == 200
    by_oin = register(service, other, *issuer, "--oin", oin)
    assert status(service, "all") == 403  # another organisation, without a connection
    by_print = register(service, party, "--certificate", file)
    assert status(service, "all") == 200
    service.admin_cli("credential", "change", by_print, "--state", "suspended")
    service.wait_for_policy()
    assert status(service, "all") == 403  # what is registered decides, in force or not
    service.certificates["all"] = service.ca.issue("all", oin=oin, uzi=[uzi(ura)])
    end(service, by_oin)
    assert status(service, "all") == 403  # revoked, and still before the URA
    for number in (by_ura, by_print):
        end(service, number)


def test_a_revoked_oin_makes_room_for_a_new_row(service, party):
    certificate(service, "again", oin=OIN)
    how = ("--issuer-certificate", service.ca.certificate, "--oin", OIN)
    first = register(service, party, *how)
    code, _ = service.admin_cli("credential", "create", "--organisation", party, *how, check=False)
    assert code != 0
    end(service, first)
    assert status(service, "again") == 403
    second = register(service, party, *how)
    assert status(service, "again") == 200
    end(service, second)


@pytest.mark.parametrize("how", [
    ("--oin", OIN), ("--ura", URA), ("--issuer-certificate", "CA"),
    ("--issuer-certificate", "CA", "--oin", OIN, "--ura", URA),
    ("--issuer-certificate", "CA", "--oin", OIN[:-1]), ("--issuer-certificate", "CA", "--ura", "9000038A"),
    ("--issuer-certificate", "CA", "--certificate", "CA"), ()])
def test_a_credential_that_is_neither_form_is_refused(service, party, how):
    words = [service.ca.certificate if word == "CA" else word for word in how]
    code, _ = service.admin_cli("credential", "create", "--organisation", party, *words, check=False)
    assert code == 65


def test_two_certificates_are_good_at_once_while_one_takes_over(service, party):
    numbers = [register(service, party, "--certificate", certificate(service, name))
               for name in ("old", "new")]
    assert [status(service, "old"), status(service, "new")] == [200, 200]
    end(service, numbers[0])
    assert [status(service, "old"), status(service, "new")] == [403, 200]
    end(service, numbers[1])


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_revocation_and_suspension_hold_within_five_seconds_on_an_open_connection(service, party, state):
    name = "open" + state
    number = register(service, party, "--certificate", certificate(service, name))
    caller = Caller(service, name)
    assert caller.issue("REG1", BODY)[0] == 200
    was = caller.connection
    service.admin_cli("credential", "change", number, "--state", state)
    begun = time.monotonic()
    while caller.issue("REG1", BODY)[0] != 403:
        assert time.monotonic() - begun < 5
        time.sleep(0.01)
    assert caller.connection is was
    refused = service.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE event = 210 AND "
                             f"credential = {number}")
    assert int(refused) >= 1


def test_an_operator_may_hold_an_oin_too_and_stays_an_operator(service):
    name = "OP" + uuid.uuid4().hex[:6]
    service.admin_cli("operator", "create", "--name", name)
    certificate(service, "oinoperator", oin="00000009999999990000")
    service.approved("credential", "create", "--operator", name, "--issuer-certificate",
                     service.ca.certificate, "--oin", "00000009999999990000")
    service.wait_for_policy()
    assert status(service, "oinoperator") == 403
    answer = Caller(service, "oinoperator", service.admin).request("GET", "/admin/v1/credentials")
    assert answer.status == 200
    assert fingerprint(service.ca.certificate) in answer.body.decode()
