# SPDX-License-Identifier: Apache-2.0
"""What the measurements stand on: cores, processes pinned to them, their CPU time, the programs of the
bench build, and runs in turn.

The server has the first core for itself; load generator and PostgreSQL share the others. Figures are CPU
time of the process that is asked about, so what else runs enters them only through caches and clocks,
and everything compared takes turns (A B A B ...) so that these meet both alike."""
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "scripts", "devkit"))

import persons  # noqa: E402
import pg_cluster  # noqa: E402
from client import Caller  # noqa: E402
from deployment import Deployment, binary_folder, free_ports, register_two_by_two  # noqa: E402

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = CORES[:1]
OTHER_CORES = CORES[1:] or CORES
PG_BIN = pg_cluster.BIN
QUOTA = 10**9
ISSUE = "/v1/registries/REG1/temporary-pseudonyms"
TRANSLATE = "/v1/registries/REG1/final-pseudonyms"


class NotMeasured(Exception):
    """What was asked for cannot be measured here; the text says why."""


class Measured:
    """A value with its spread over the rounds and whatever it was made of."""

    def __init__(self, value, spread, detail=None):
        self.value, self.spread, self.detail = value, list(spread), detail or {}


def of_rounds(values, detail=None):
    return Measured(statistics.median(values), (min(values), max(values)), detail)


def ratio_of_rounds(above, below, detail=None):
    """Median and spread of above / below, round by round."""
    return of_rounds([a / b for a, b in zip(above, below)], detail)


def in_turn(rounds, **parts):
    """{name: what each round's call returned}, the parts taking turns."""
    found = {name: [] for name in parts}
    for _ in range(rounds):
        for name, part in parts.items():
            found[name].append(part())
    return found


# ---- processes ----
def program(name):
    path = os.path.join(binary_folder(), name)
    if not os.path.exists(path):
        raise NotMeasured(f"the build has no program {name}")
    return path


def output(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


def pin(pid, cores):
    """Every thread that a process has now; those it makes later follow the one that makes them."""
    for task in tasks(pid):
        try:
            os.sched_setaffinity(task, cores)
        except ProcessLookupError:
            continue


def tasks(pid):
    try:
        return [int(task) for task in os.listdir(f"/proc/{pid}/task")]
    except FileNotFoundError:
        return []


def children(pid):
    found = []
    for task in tasks(pid):
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as text:
                found += [int(word) for word in text.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def cpu_s(pid):
    """CPU time of a process, ended threads included. The number is Linux's for another's clock."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def tree_cpu_s(pid):
    """CPU time of a process's children, those that have ended included."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(cpu_s(child) for child in children(pid))


def resident_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as text:
        return next(int(line.split()[1]) for line in text if line.startswith("Rss:"))


def settled_kib(pid, seconds=5.0):
    """The least resident memory of the next seconds, in KiB."""
    until, least = time.monotonic() + seconds, resident_kib(pid)
    while time.monotonic() < until:
        time.sleep(0.2)
        least = min(least, resident_kib(pid))
    return least


def raise_descriptor_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def wait_for(test, what, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if test():
            return
        time.sleep(0.01)
    raise RuntimeError(f"not within {timeout_s} s: {what}")


# ---- a service ----
class Service:
    """A deployment with the two hospitals and registries, pinned; quotas that never run out."""

    def __init__(self, folder, settings=None, cores=None, others=None):
        self.cores, self.others = cores or SERVER_CORES, others or OTHER_CORES
        threads = str(len(self.cores))
        self.d = Deployment(folder, settings={"workers": threads, "pool.threads": threads,
                                              **(settings or {})})
        try:
            self.d.set_up()
            register_two_by_two(self.d)
            for number in ("1", "2", "3", "4"):
                self.d.approved("connection", "change", number, "--quota", str(QUOTA))
            self.d.wait_for_policy()
            self.pin()
        except BaseException:
            self.d.destroy()
            raise
        self.bodies = {}

    def pin(self):
        pin(self.d.process.pid, self.cores)
        for pid in [self.d.pg.pid] + children(self.d.pg.pid):
            pin(pid, self.others)

    def destroy(self):
        self.d.destroy()

    def postgres_cpu_s(self):
        return tree_cpu_s(self.d.pg.pid)

    def body(self, verb, size):
        """(path, file with a request of `size` records of type C, who asks, bytes of the answer)"""
        if (verb, size) not in self.bodies:
            self.bodies[verb, size] = self._make_body(verb, size)
        return self.bodies[verb, size]

    def _make_body(self, verb, size):
        people = persons.make(min(size, 9091))
        records = [{"G": p["sex"], "GD": p["born"], "PC": p["postcode"]} for p in people]
        asked = {"pseudonymTypes": ["C"], "records": (records * (size // len(records) + 1))[:size]}
        answer = Caller(self.d, "HOSP1").request("POST", ISSUE, asked)
        path, who = ISSUE, "HOSP1"
        if verb == "translate":
            asked = answer.json()
            answer = Caller(self.d, "REG1").request("POST", TRANSLATE, asked)
            path, who = TRANSLATE, "REG1"
        if answer.status != 200 or json.loads(answer.body)["statistics"]["errorTotal"] != 0:
            raise RuntimeError(f"{verb} of {size} records does not work: {answer.status}")
        name = os.path.join(self.d.folder, f"{verb}-{size}.json")
        with open(name, "w", encoding="utf-8") as out:
            json.dump(asked, out)
        return path, name, who, len(answer.body)

    def load(self, verb, size, connections, server=None, pids=None, **more):
        """One run of bench/load; server: HOST:PORT of something else that is asked the same."""
        path, body, who, _ = self.body(verb, size)
        return load(self.d, server or self.d.api, who, path, body, connections,
                    pids if pids is not None else [self.d.process.pid], cores=self.others, **more)

    def cpu_us(self, verb, size, connections, **more):
        """The server's CPU time per record, microseconds."""
        told = self.load(verb, size, connections, **more)
        return told["cpu_s"][0] * 1e6 / (told["requests"] * size)


def load_command(d, server, who, path, body, connections, pids, cores=None, seconds=None,
                 requests=None, warmup=1, rate=None):
    words = ["taskset", "-c", ",".join(map(str, cores or OTHER_CORES)), program("load"), "--server",
             server, "--cert", d.certificates[who][0], "--key", d.certificates[who][1], "--ca",
             d.ca.certificate, "--path", path, "--connections", str(connections), "--warmup", str(warmup)]
    words += ["--body", body] if body else []
    words += ["--requests", str(requests)] if requests else ["--seconds", str(seconds)]
    words += ["--rate", str(rate)] if rate else []
    return words + [word for pid in pids for word in ("--pid", str(pid))]


def load(*arguments, **more):
    done = subprocess.run(load_command(*arguments, **more), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("load: " + (done.stderr.strip() or done.stdout.strip()))
    return json.loads(done.stdout)


# ---- what answers without work ----
class Answerer:
    """A program that is started, tells on its standard output or by its port that it is ready, is
    pinned to the server's cores, and ended."""

    def __init__(self, command, address, cores=None):
        self.address = address
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        try:
            wait_for(self._listens, "something listens")
            self.pids = children(self.process.pid) or [self.process.pid]
            for pid in self.pids:
                pin(pid, cores or SERVER_CORES)
        except BaseException:
            self.destroy()
            raise

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args[0]}: {self.process.stderr.read().strip()}")
        host, port = self.address.rsplit(":", 1)
        with socket.socket() as sock:
            return sock.connect_ex((host, int(port))) == 0

    def destroy(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stderr.close()


def bare(d, size, workers=1, cores=None):
    """Our own server's edge that answers everything with `size` bytes."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    certificate, key = d.certificates["server"]
    return Answerer([program("bare"), "--listen", address, "--cert", certificate, "--key", key, "--ca",
                     d.ca.certificate, "--size", str(size), "--workers", str(workers)], address, cores)


NGINX = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 75s;
    server {{
        listen {address} ssl;
        ssl_protocols TLSv1.3;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_client_certificate {ca};
        ssl_verify_client on;
        ssl_session_tickets off;
        default_type application/json;
        location / {{ return 200 "{body}"; }}
    }}
}}
"""


def nginx(d, size):
    """nginx with one worker that answers everything with `size` bytes, by the same TLS as ours."""
    path = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if path is None:
        raise NotMeasured("nginx is not installed")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    config = os.path.join(d.folder, "nginx.conf")
    with open(config, "w", encoding="utf-8") as out:
        out.write(NGINX.format(folder=d.folder, address=address, ca=d.ca.certificate, body="x" * size,
                               certificate=d.certificates["server"][0], key=d.certificates["server"][1],
                               user="user root;" if os.geteuid() == 0 else ""))
    return Answerer([path, "-e", os.path.join(d.folder, "nginx.log"), "-c", config], address)
