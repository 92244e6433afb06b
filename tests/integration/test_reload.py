# SPDX-License-Identifier: Apache-2.0
"""What changes without a restart: certificates, authorities and settings on SIGHUP, revocation lists when
their folder changes; no connection is dropped, and what is wrong leaves the old in use. And the cap of
connections of one organisation."""
import os
import shutil
import signal
import socket
import ssl
import time

import pytest

from ca import DevCa
from client import Caller, context

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}


@pytest.fixture(scope="module")
def own(service, tmp_path_factory):
    """A server of its own on the database of all, with certificates in files that a test may change."""
    folder = tmp_path_factory.mktemp("reload")
    files = {"tls.certificate": folder / "server.pem", "tls.key": folder / "server.key",
             "tls.ca": folder / "ca.pem"}
    for source, target in zip((*service.certificates["server"], service.ca.certificate), files.values()):
        shutil.copy2(source, target)
    crls = folder / "crls"
    crls.mkdir()
    server = service.sibling("reload", {**{name: str(path) for name, path in files.items()},
                                        "tls.crl.directory": str(crls), "workers": "2",
                                        "connections.organisation": "8"})
    server.files, server.crls = files, str(crls)
    server.start()
    yield server
    server.destroy()


def until(check, timeout_s=15):
    deadline = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def reload(server, outcome="ok"):
    """SIGHUP, and wait for what came of it."""
    def count():
        text = server.health_get("/metrics")[1]
        return float(text.split(f'schuilnaam_reloads_total{{outcome="{outcome}"}} ')[1].split("\n")[0])
    before = count()
    server.process.send_signal(signal.SIGHUP)
    until(lambda: count() == before + 1)


def set_settings(server, **changed):
    """Write the configuration file anew, with these settings, without moving ports."""
    with open(server.config, encoding="utf-8") as text:
        lines = dict(line.split(" = ", 1) for line in text.read().splitlines())
    for name, value in changed.items():
        lines[name.replace("_", ".")] = value
    with open(server.config, "w", encoding="utf-8") as out:
        out.write("".join(f"{name} = {value}\n" for name, value in lines.items() if value is not None))


def served_certificate(server):
    with socket.create_connection(tuple(server.api.rsplit(":", 1)), timeout=10) as plain:
        with context(server, "HOSP1").wrap_socket(plain, server_hostname="127.0.0.1") as sock:
            return sock.getpeercert(binary_form=True)


def event(service, number):
    return service.pg.sql("SELECT outcome || ' ' || coalesce(detail, '') FROM schuilnaam.audit_event WHERE "
                          f"event = {number} ORDER BY time DESC LIMIT 1")


def issue(server, who):
    """The status, or None: refused in the handshake."""
    try:
        return Caller(server, who).issue("REG1", BODY)[0]
    except (ssl.SSLError, ConnectionError):
        return None


def test_a_new_certificate_is_served_after_sighup_and_open_connections_stay(service, own):
    caller = Caller(own, "HOSP1")
    assert caller.issue("REG1", BODY)[0] == 200
    connection, before = caller.connection, served_certificate(own)
    for source, name in zip(service.ca.issue("server2", server=True), ("tls.certificate", "tls.key")):
        shutil.copy2(source, own.files[name])
    assert served_certificate(own) == before
    reload(own)
    assert served_certificate(own) != before
    assert caller.issue("REG1", BODY)[0] == 200 and caller.connection is connection
    assert event(service, 393).startswith("ok ")


def test_wrong_files_leave_the_old_in_use_are_counted_and_audited(service, own):
    before = served_certificate(own)
    good = own.files["tls.certificate"].read_bytes()
    own.files["tls.certificate"].write_bytes(good[:200])
    reload(own, "failed")
    assert served_certificate(own) == before and issue(own, "HOSP1") == 200
    assert own.metric("schuilnaam_reload_failed") == 1
    assert event(service, 393).startswith("failed ")
    assert "reload.failed" in own.log_tail() and "server.pem" in own.log_tail()
    own.files["tls.certificate"].write_bytes(good)
    reload(own)
    assert own.metric("schuilnaam_reload_failed") == 0


def test_a_wrong_configuration_file_changes_nothing(own):
    with open(own.config, encoding="utf-8") as text:
        good = text.read()
    with open(own.config, "a", encoding="utf-8") as out:
        out.write("no.such.setting = 1\n")
    reload(own, "failed")
    assert issue(own, "HOSP1") == 200
    with open(own.config, "w", encoding="utf-8") as out:
        out.write(good)
    reload(own)


def test_live_settings_change_and_the_others_are_named(service, own):
    set_settings(own, deadline_idle="1", workers="3")
    reload(own)
    assert event(service, 393) == 'ok {"changed":["deadline.idle"],"needsRestart":["workers"]}'
    assert "reload.needs_restart" in own.log_tail() and own.metric("schuilnaam_workers") == 2
    with socket.create_connection(tuple(own.api.rsplit(":", 1)), timeout=10) as plain:
        with context(own, "HOSP1").wrap_socket(plain, server_hostname="127.0.0.1") as sock:
            begun = time.monotonic()
            assert sock.recv(1) == b""
            assert time.monotonic() - begun < 5
    set_settings(own, deadline_idle="75", workers="2")
    reload(own)


def test_an_authority_that_is_taken_away_is_refused_on_open_connections_too(service, own, tmp_path):
    other = DevCa(str(tmp_path / "other"), "Another authority")
    own.certificates["otherhosp"] = other.issue("otherhosp")
    service.admin_cli("credential", "create", "--organisation", "HOSP1", "--certificate",
                      own.certificates["otherhosp"][0])
    own.wait_for_policy()
    good = own.files["tls.ca"].read_bytes()
    assert issue(own, "otherhosp") is None
    with open(other.certificate, "rb") as text:
        own.files["tls.ca"].write_bytes(good + text.read())
    reload(own)
    caller, mine = Caller(own, "otherhosp"), Caller(own, "HOSP1")
    assert caller.issue("REG1", BODY)[0] == 200 and mine.issue("REG1", BODY)[0] == 200
    connection = caller.connection
    own.files["tls.ca"].write_bytes(good)
    reload(own)
    assert caller.issue("REG1", BODY)[0] == 403 and caller.connection is connection
    assert mine.issue("REG1", BODY)[0] == 200
    assert issue(own, "otherhosp") is None


def new_party(service, own, name):
    own.certificates[name] = service.ca.issue(name)
    service.admin_cli("credential", "create", "--organisation", "HOSP1", "--certificate",
                      own.certificates[name][0])
    own.wait_for_policy()
    return own.certificates[name][0]


def test_a_revoked_certificate_is_refused_in_the_handshake_and_on_open_connections(service, own):
    revoked = new_party(service, own, "revoked")
    service.ca.revoke(own.crls)
    until(lambda: event(service, 394).startswith("ok"))
    caller, mine = Caller(own, "revoked"), Caller(own, "HOSP1")
    assert caller.issue("REG1", BODY)[0] == 200 and mine.issue("REG1", BODY)[0] == 200
    connection = caller.connection
    service.ca.revoke(own.crls, revoked)
    until(lambda: caller.issue("REG1", BODY)[0] == 403)
    assert caller.connection is connection
    assert issue(own, "revoked") is None
    assert mine.issue("REG1", BODY)[0] == 200 and issue(own, "HOSP1") == 200


def test_a_file_that_is_no_list_leaves_the_old_lists_in_use(service, own):
    path = os.path.join(own.crls, "broken.crl")
    failed = own.metric("schuilnaam_reloads_total")
    with open(path, "w", encoding="ascii") as out:
        out.write("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    until(lambda: own.metric("schuilnaam_reload_failed") == 1)
    assert own.metric("schuilnaam_reloads_total") > failed
    assert issue(own, "revoked") is None and issue(own, "HOSP1") == 200
    assert event(service, 394).startswith("failed")
    os.unlink(path)
    until(lambda: own.metric("schuilnaam_reload_failed") == 0)


def test_an_expired_list_refuses_unless_lenient(service, own):
    service.ca.revoke(own.crls, days=-1)
    until(lambda: issue(own, "HOSP1") is None)
    set_settings(own, tls_crl_policy="lenient")
    reload(own)
    assert issue(own, "HOSP1") == 200 and issue(own, "revoked") is None
    service.ca.revoke(own.crls)
    set_settings(own, tls_crl_policy=None)
    reload(own)
    assert issue(own, "HOSP1") == 200


def test_policy_all_refuses_an_issuer_without_a_list(service, own):
    path = os.path.join(own.crls, "ca.crl")
    os.rename(path, os.path.join(own.folder, "ca.crl"))
    reload(own)
    assert issue(own, "revoked") == 200  # listed: an issuer without a list is not checked
    set_settings(own, tls_crl_policy="all")
    reload(own)
    assert issue(own, "HOSP1") is None
    os.rename(os.path.join(own.folder, "ca.crl"), path)
    reload(own)
    assert issue(own, "HOSP1") == 200 and issue(own, "revoked") is None
    set_settings(own, tls_crl_policy=None)
    reload(own)


def open_connections(server, who, count):
    sockets = []
    for _ in range(count):
        plain = socket.create_connection(tuple(server.api.rsplit(":", 1)), timeout=10)
        sockets.append(context(server, who).wrap_socket(plain, server_hostname="127.0.0.1"))
    return sockets


def test_an_organisation_has_so_many_connections_over_all_workers(service, own):
    until(lambda: own.metric("schuilnaam_connections") <= 1)
    held = [Caller(own, "HOSP1") for _ in range(8)]
    try:
        assert [caller.issue("REG1", BODY)[0] for caller in held] == [200] * 8
        before = own.metric("schuilnaam_connections_refused_total")
        answer = Caller(own, "HOSP1").request("POST", "/v1/registries/REG1/temporary-pseudonyms", BODY)
        assert answer.status == 429 and answer.headers["connection"] == "close"
        assert own.metric("schuilnaam_connections_refused_total") == before + 1
        assert issue(own, "HOSP2") == 200  # others have their own
        held.pop().close()
        until(lambda: issue(own, "HOSP1") == 200)
    finally:
        for caller in held:
            caller.close()


def test_unknown_certificates_are_capped_together(service, own):
    own.certificates["stranger"] = service.ca.issue("stranger")
    held = open_connections(own, "stranger", 8)
    try:
        until(lambda: Caller(own, "stranger").request("GET", "/openapi.json").status == 429)
        assert issue(own, "HOSP1") == 200
    finally:
        for sock in held:
            sock.close()
    until(lambda: Caller(own, "stranger").request("GET", "/openapi.json").status == 403)


def test_the_cap_can_be_raised_without_a_restart(service, own):
    held = open_connections(own, "HOSP1", 8)
    try:
        until(lambda: issue(own, "HOSP1") == 429)
        set_settings(own, connections_organisation="9")
        reload(own)
        assert issue(own, "HOSP1") == 200
    finally:
        for sock in held:
            sock.close()
