# SPDX-License-Identifier: Apache-2.0
"""A whole service under one folder: PostgreSQL cluster, development CA, configuration, schuilnaamd.

    d = Deployment(folder)
    d.set_up()                 cluster, CA, migrate, bootstrap, start
    register_two_by_two(d)     HOSP1, HOSP2, REG1, REG2 with everything they need
    d.sibling("second")        another server on the same database, not started yet
    d.destroy()                ends what it started, by pid

The demonstration, the integration tests and the benchmarks stand on this."""
import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

from ca import DevCa
from pg_cluster import PgCluster

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def binary_folder():
    return os.environ.get("SCHUILNAAM_BIN", os.path.join(ROOT, "build", "dev", "bin"))


class CommandFailed(Exception):
    def __init__(self, command, code, out, err):
        super().__init__(f"{command}: exit {code}: {err.strip()}")
        self.code, self.out, self.err = code, out, err


class Deployment:
    """env: more environment for the server (libfaketime); pg_env: for PostgreSQL."""

    def __init__(self, folder, settings=None, env=None, pg_env=None, pg_settings=None):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.env = dict(env or {})
        self.pg = PgCluster(os.path.join(self.folder, "postgres"), env=pg_env, settings=pg_settings)
        self.ca = DevCa(os.path.join(self.folder, "ca"))
        self.config = os.path.join(self.folder, "schuilnaamd.conf")
        self.log = os.path.join(self.folder, "schuilnaamd.log")
        self.wrapping = os.path.join(self.folder, "wrapping.key")
        self.program = "schuilnaamd"
        self.certificates = {}
        self.more_settings = dict(settings or {})
        self.process = None
        self.owns_database = True

    def sibling(self, name, settings=None, program=None):
        """One more server on this database, with the certificates and the wrapping key of this one and
        a folder, ports and state of its own. Not started; its destroy() leaves the database alone."""
        other = copy.copy(self)
        other.folder = os.path.join(self.folder, name)
        os.makedirs(other.folder, exist_ok=True)
        other.config = os.path.join(other.folder, "schuilnaamd.conf")
        other.log = os.path.join(other.folder, "schuilnaamd.log")
        other.program = program or self.program
        other.more_settings = {**self.more_settings, **(settings or {})}
        other.process = None
        other.owns_database = False
        other.write_config()
        shutil.copy(os.path.join(self.folder, "state", "policy.key"),
                    os.path.join(other.folder, "state", "policy.key"))
        return other

    # ---- set-up ----
    def set_up(self, start=True):
        self.pg.start()
        _write(os.path.join(self.folder, "postgres.pid"), f"{self.pg.pid}\n")
        self.certificates["server"] = self.ca.issue("server", server=True)
        self.certificates["operator"] = self.ca.issue("operator")
        self.write_config()
        self.daemon("migrate")
        self.bootstrap()
        if start:
            self.start()
        return self

    def bootstrap(self):
        self.daemon("bootstrap", "--operator", "OPERATOR1", "--certificate",
                    self.certificates["operator"][0], "--make-wrapping-key")

    def write_config(self):
        ports = free_ports(3)
        self.api, self.admin, self.health = (f"127.0.0.1:{port}" for port in ports)
        state = os.path.join(self.folder, "state")
        os.makedirs(state, mode=0o700, exist_ok=True)
        settings = {
            "roles": "issue, translate, operate",
            "database": self.pg.server_dsn,
            "database.owner": self.pg.owner_dsn,
            "database.auditor": self.pg.auditor_dsn,
            "listen.api": self.api,
            "listen.admin": self.admin,
            "listen.health": self.health,
            "tls.certificate": self.certificates["server"][0],
            "tls.key": self.certificates["server"][1],
            "tls.ca": self.ca.certificate,
            "wrapping.name": "development",
            "wrapping.file": self.wrapping,
            "state.directory": state,
            **self.more_settings,
        }
        _write(self.config, "".join(f"{name} = {value}\n" for name, value in settings.items()))

    # ---- the server ----
    def start(self, timeout_s=20):
        """Start and wait until it is ready. A free port may be taken by another process before the
        server has it: then it is tried with others."""
        for _ in range(3):
            start_of_log = os.path.getsize(self.log) if os.path.exists(self.log) else 0
            try:
                return self._start(timeout_s)
            except RuntimeError:
                if not self._port_was_taken(start_of_log):
                    raise
                self.process = None
                self.write_config()
        raise RuntimeError("no free port:\n" + self.log_tail())

    def _port_was_taken(self, start_of_log):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(start_of_log)
            return self.process.poll() is not None and "Address already in use" in log.read()

    def _start(self, timeout_s):
        self.launch()
        self.wait_ready(timeout_s)

    def launch(self):
        """Start it and wait for nothing."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(binary_folder(), self.program), "serve", "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **self.env})
        _write(os.path.join(self.folder, "schuilnaamd.pid"), f"{self.process.pid}\n")

    def wait_ready(self, timeout_s=20):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("schuilnaamd ended at once:\n" + self.log_tail())
            if self.ready():
                return
            time.sleep(0.02)
        raise RuntimeError("schuilnaamd is not ready:\n" + self.log_tail())

    def ready(self):
        return self.health_get("/readyz")[0] == 200

    def health_get(self, path):
        """(status, body) from the health listener; (0, reason) when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self.health}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def stop(self, timeout_s=40):
        """SIGTERM; the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def destroy(self):
        self.stop()
        if self.owns_database:
            self.pg.destroy()

    def log_tail(self, lines=30):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    # ---- programs ----
    def daemon(self, *arguments, check=True, env=None, stdin=None):
        """schuilnaamd with this configuration: (exit code, stdout, stderr)."""
        words = list(arguments)
        place = 2 if words[0] in ("audit", "manifest", "wrapping") else 1
        words[place:place] = ["--config", self.config]
        return _run([os.path.join(binary_folder(), "schuilnaamd"), *words], check, stdin,
                    {**self.env, **(env or {})})

    def cli(self, who, *arguments, server=None, check=True, stdin=None):
        """schuilnaam as `who`, against the api listener unless `server` says other."""
        certificate, key = self.certificates[who]
        return _run([os.path.join(binary_folder(), "schuilnaam"), "--server",
                     server or f"https://{self.api}", "--cert", certificate, "--key", key,
                     "--ca", self.ca.certificate, *arguments], check, stdin, None)

    def admin_cli(self, *arguments, who="operator", check=True, stdin=None):
        """An admin command with --json: what it printed, parsed."""
        code, out, _ = self.cli(who, "--json", "admin", *arguments, server=f"https://{self.admin}",
                                check=check, stdin=stdin)
        return json.loads(out) if check and out.strip() else (code, out)

    def approved(self, *arguments, asker="operator", approver="operator2"):
        """An admin command that needs two operators: asked by one, approved by the other. What the
        approval shows afterwards."""
        _, out, _ = self.cli(asker, "--json", "admin", *arguments, "--reason", "needed",
                             server=f"https://{self.admin}", check=False)
        number = str(json.loads(out)["approval"])
        return self.admin_cli("approval", "approve", number, who=approver)

    # ---- registration ----
    def add_organisation(self, code, name, kind):
        self.admin_cli("organisation", "create", "--code", code, "--name", name, "--kind", kind)
        self.certificates[code] = self.ca.issue(code)
        self.admin_cli("credential", "create", "--organisation", code, "--certificate",
                       self.certificates[code][0])

    def add_registry(self, code, test_persons="allow", state="listed"):
        self.admin_cli("domain", "create", "--code", code)
        self.admin_cli("registry", "create", "--code", code, "--organisation", code, "--domain",
                       code, "--name", f"Registry {code}", "--test-persons", test_persons)
        if state != "announced":
            self.admin_cli("registry", "set-state", code, state)

    def connect(self, provider, registry, types="A,B,C", quota=1000000, **more):
        words = [word for name, value in more.items()
                 for word in ("--" + name.replace("_", "-"), str(value))]
        return self.admin_cli("connection", "create", "--provider", provider, "--registry",
                              registry, "--types", types, "--quota", str(quota), *words)

    def wait_for_policy(self, timeout_s=10):
        """Until the server has loaded the policy that the database holds now."""
        wanted = int(self.pg.sql("SELECT policy_counter FROM schuilnaam.state"))
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.metric("schuilnaam_policy_counter") >= wanted and self.ready():
                return
            time.sleep(0.02)
        raise RuntimeError("the server did not load the policy")

    # ---- two operators ----
    def sign(self, who, statement):
        """The file of who's signature under a statement, as an operator makes it."""
        certificate, key = self.certificates[who]
        signature = f"{statement}.{who}"
        _run(["openssl", "cms", "-sign", "-binary", "-in", statement, "-signer", certificate,
              "-inkey", key, "-outform", "PEM", "-out", signature], True, None, None)
        return signature

    def accept(self, statement, *signers, reason=None):
        """One run of `manifest accept`: the exit code, and all that it said."""
        words = ["--statement", statement]
        if reason:
            words += ["--reason", reason]
        for who in signers:
            words += ["--signature", self.sign(who, statement)]
        code, out, err = self.daemon("manifest", "accept", *words, check=False)
        return code, out + err

    def accept_policy(self, reason):
        """What was written with SQL becomes policy, by both operators."""
        statement = os.path.join(self.folder, f"statement-{time.monotonic_ns()}")
        for signers, why in (((), reason), (("operator", "operator2"), None)):
            code, told = self.accept(statement, *signers, reason=why)
            if code != 0:
                raise RuntimeError(told)

    def metric(self, name):
        """The sum over the samples of one metric; -1 when there is none."""
        _, text = self.health_get("/metrics")
        found = re.findall(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? (\S+)$", text, re.M)
        return sum(float(value) for value in found) if found else -1


def register_two_by_two(d):
    """Two hospitals, two registries of a domain each, connections for both to both."""
    d.certificates["operator2"] = d.ca.issue("operator2")
    d.admin_cli("operator", "create", "--name", "OPERATOR2")
    d.admin_cli("credential", "create", "--operator", "OPERATOR2", "--certificate",
                d.certificates["operator2"][0])
    d.admin_cli("key", "create", "--purpose", "transport")
    for code, name in (("HOSP1", "Hospital one"), ("HOSP2", "Hospital two")):
        d.add_organisation(code, name, "provider")
    for code, name in (("REG1", "Registry one"), ("REG2", "Registry two")):
        d.add_organisation(code, name, "registry")
        d.add_registry(code)
    for provider in ("HOSP1", "HOSP2"):
        for registry in ("REG1", "REG2"):
            d.connect(provider, registry)
    d.wait_for_policy()


def _run(command, check, stdin, env):
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False,
                          env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise CommandFailed(" ".join(command[:1] + command[-6:]), done.returncode, done.stdout,
                            done.stderr)
    return done.returncode, done.stdout, done.stderr


def free_ports(count):
    """Ports of the loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def _write(path, text):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
