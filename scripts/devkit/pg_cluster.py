# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL cluster in a folder of its own, for tests and for the demonstration.

It listens on a Unix socket in that folder only, trusts whoever can reach the socket (the folder is
0700), and needs no port, so any number may run beside each other and beside a system's own.
PostgreSQL refuses to run as root: root's clusters run as the user `postgres`, or `nobody`.

    with PgCluster() as pg:
        pg.start()
        psycopg2.connect(pg.dsn("schuilnaam_owner"))
"""
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

BIN = os.environ.get("SCHUILNAAM_PG_BIN", "/usr/lib/postgresql/15/bin")
SUPERUSER = "schuilnaam_dba"
OWNER = "schuilnaam_owner"
SERVER = "schuilnaam_server"
AUDITOR = "schuilnaam_auditor"
DATABASE = "schuilnaam"

# Durable as in production: the service refuses a database that is not.
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0777",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
}


class PgCluster:
    """One cluster. root: folder to make it in (made when absent); None: a temporary one, removed
    by destroy(). env: more environment for the server, for instance libfaketime's."""

    def __init__(self, root=None, env=None, settings=None):
        self.is_temporary = root is None
        self.account = _account()
        self.root = tempfile.mkdtemp(prefix="sn-pg-") if root is None else self._reachable(root)
        self.data = os.path.join(self.root, "data")
        self.socket = os.path.join(self.root, "s")
        self.log = os.path.join(self.root, "postgres.log")
        self.env = dict(env or {})
        self.settings = {**SETTINGS, **(settings or {})}
        self.pid = None

    # ---- life ----
    def start(self, timeout_s=30):
        """Make the cluster when it is new, start it, and return when it answers."""
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            self._create()
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                self._as_account([*self._env_command(), os.path.join(BIN, "postgres"), "-D",
                                  self.data]),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=_plain_environment(), cwd="/")
        self.pid = process.pid
        self._process = process
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start:\n" + self.log_tail())
            if self._answers():
                self._prepare()
                return self
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL does not answer:\n" + self.log_tail())

    def stop(self, timeout_s=30):
        """Fast shutdown: open transactions are rolled back."""
        self._end(signal.SIGINT, timeout_s)

    def stop_hard(self):
        """As by a crash: no checkpoint; the next start recovers."""
        self._end(signal.SIGQUIT, 30)

    def sigstop(self):
        """Freeze every process of the cluster, the backends first."""
        for pid in self._backends() + [self.pid]:
            _signal(pid, signal.SIGSTOP)

    def sigcont(self):
        for pid in [self.pid] + self._backends():
            _signal(pid, signal.SIGCONT)

    def destroy(self):
        if self.pid is not None:
            self.sigcont()
            self.stop()
        if self.is_temporary:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.destroy()

    # ---- names ----
    def dsn(self, role=SUPERUSER, database=DATABASE):
        return f"host={self.socket} user={role} dbname={database}"

    @property
    def owner_dsn(self):
        return self.dsn(OWNER)

    @property
    def server_dsn(self):
        return self.dsn(SERVER)

    @property
    def auditor_dsn(self):
        return self.dsn(AUDITOR)

    def sql(self, text, role=SUPERUSER, database=DATABASE):
        """Run SQL with psql; its unaligned output. Raises with psql's words on an error."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
             self.dsn(role, database)], input=text, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def recreate_database(self):
        """An empty database again, owned by the owner role. Roles stay."""
        self.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", database="postgres")
        self.sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0",
                 database="postgres")

    def log_tail(self, lines=20):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    # ---- inside ----
    def _reachable(self, root):
        """`root`, or where its account cannot walk to it (below /root, say) a link to a folder that
        it can."""
        root = os.path.abspath(root)
        if os.path.isdir(root):
            return os.path.realpath(root)
        os.makedirs(os.path.dirname(root), exist_ok=True)
        if self.account is None or _is_open_to_all(os.path.dirname(root)):
            os.mkdir(root)
            return root
        os.symlink(tempfile.mkdtemp(prefix="sn-pg-"), root)
        return os.path.realpath(root)

    def _create(self):
        # A long path does not fit a socket's address (107 bytes).
        if len(self.socket) > 80:
            self.socket = tempfile.mkdtemp(prefix="sn-pgs-")
        for folder in (self.data, self.socket):
            os.makedirs(folder, exist_ok=True)
            if self.account is not None:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        # The account must be able to walk to its data; the folder's list stays closed.
        os.chmod(self.root, 0o711 if self.account is not None else 0o700)
        with open(self.log, "ab") as log:
            subprocess.run(
                self._as_account([os.path.join(BIN, "initdb"), "-D", self.data, "-U", SUPERUSER,
                                  "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8",
                                  "--locale=C.UTF-8", "--no-instructions"]),
                stdout=log, stderr=log, check=True, env=_plain_environment(), cwd="/")
        settings = {**self.settings, "unix_socket_directories": f"'{self.socket}'"}
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _prepare(self):
        """What a database administrator does once (db/README.md)."""
        known = self.sql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{OWNER}'",
                         database="postgres")
        if known == "0":
            self.sql(f"CREATE ROLE {OWNER} LOGIN CREATEROLE", database="postgres")
            self.recreate_database()

    def _answers(self):
        done = subprocess.run(
            [os.path.join(BIN, "pg_isready"), "-q", "-h", self.socket, "-d", "postgres",
             "-U", SUPERUSER, "-t", "2"], check=False)
        return done.returncode == 0

    def _backends(self):
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and _parent(int(entry)) == self.pid:
                found.append(int(entry))
        return found

    def _end(self, number, timeout_s):
        if self.pid is None:
            return
        _signal(self.pid, number)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            for pid in self._backends() + [self.pid]:
                _signal(pid, signal.SIGKILL)
            self._process.wait(timeout_s)
        self.pid = None

    def _as_account(self, command):
        if self.account is None:
            return command
        return ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}",
                "--clear-groups", *command]

    def _env_command(self):
        """The server's own environment is set last, after the change of user: libfaketime must not
        be loaded before it."""
        return ["env", *(f"{name}={value}" for name, value in self.env.items())] if self.env else []


def _plain_environment():
    return {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}


def _account():
    """The user that the cluster runs as when we are root, else None (ourselves)."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("neither postgres nor nobody is a user of this machine")


def _is_open_to_all(folder):
    """Whether anybody may walk from / to the folder."""
    while folder != "/":
        if not os.stat(folder).st_mode & 0o001:
            return False
        folder = os.path.dirname(folder)
    return True


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return -1


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
