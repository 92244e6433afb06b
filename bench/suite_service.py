# SPDX-License-Identifier: Apache-2.0
"""The service suite: each goal over mTLS on loopback, with sealed temporaries and durable audit.

Each function of STEPS measures the goals it names and returns {key: Measured}; one that fails costs its
own goals and no others. Services that several steps use live in Bench and are made when first asked for."""
import json
import os
import statistics
import subprocess
import tempfile
import time

import rig
import suite_kernel
from client import Caller
from rig import ISSUE, Measured, NotMeasured, Service, in_turn, of_rounds, program, ratio_of_rounds

LANES = 64
PGBENCH = os.path.join(rig.PG_BIN, "pgbench")


class Bench:
    """What a run has in common: how long it looks, its services, and the tables beside the goals."""

    def __init__(self, folder, is_smoke):
        self.folder, self.is_smoke = folder, is_smoke
        self.rounds = 1 if is_smoke else 5
        self.seconds = 0.1 if is_smoke else 2.0
        self.tables = {}
        self.kernel = "not asked"  # bench_kernel tells
        self.kept = {}

    def new_service(self, **more):
        return Service(tempfile.mkdtemp(prefix="service-", dir=self.folder), **more)

    def service(self, kind):
        """one: one worker on one core. two: two of each, which PostgreSQL and load share with them
        where there are no more cores."""
        if kind not in self.kept:
            self.kept[kind] = self.new_service(**({} if kind == "one" else two_cores()))
        return self.kept[kind]

    def destroy(self):
        for service in self.kept.values():
            service.destroy()


def two_cores():
    if len(rig.CORES) < 2:
        raise NotMeasured("there is one core")
    return {"cores": rig.CORES[:2], "others": rig.CORES[2:] or rig.CORES}


def loads(bench, **more):
    return {"seconds": bench.seconds, "connections": LANES, **more}


# ---- batches ----
def batches(bench):
    """The raw group operation, issue and translate take turns on one core."""
    service = bench.service("one")
    size = 100 if bench.is_smoke else 1000
    found = in_turn(bench.rounds, raw=lambda: suite_kernel.raw_round(bench),
                    issue=lambda: service.cpu_us("issue", size, 4, seconds=bench.seconds),
                    translate=lambda: service.cpu_us("translate", size, 4, seconds=bench.seconds))
    bench.tables["batch_us"] = {
        "hashing": statistics.median(raw["evaluate"] - raw["issue"] for raw in found["raw"]),
        **{verb: {"server": statistics.median(found[verb]),
                  "group": statistics.median(raw[verb] for raw in found["raw"])}
           for verb in ("issue", "translate")}}
    return {f"batch_{verb}": ratio_of_rounds(
        [raw[verb] for raw in found["raw"]], found[verb],
        {"server_us": statistics.median(found[verb]),
         "group_us": statistics.median(raw[verb] for raw in found["raw"])})
        for verb in ("issue", "translate")}


# ---- one record a request ----
def singles(bench):
    """The server and its bare answer of the same size, both verbs."""
    service = bench.service("one")
    found = {}
    for verb in ("issue", "translate"):
        size = service.body(verb, 1)[3]
        answerer = rig.bare(service.d, size)
        try:
            turns = in_turn(
                bench.rounds, server=lambda v=verb: service.load(v, 1, **loads(bench)),
                bare=lambda v=verb, a=answerer: service.load(v, 1, server=a.address, pids=a.pids,
                                                             **loads(bench)))
        finally:
            answerer.destroy()
        server, answer = (list(map(per_request_us, turns[name])) for name in ("server", "bare"))
        found[f"single_{verb}"] = ratio_of_rounds(answer, server, {
            "server_us": statistics.median(server), "bare_us": statistics.median(answer),
            "client_us": client_us(turns["server"]), "server_per_s": per_s(turns["server"])})
    return found


def per_request_us(told):
    return told["cpu_s"][0] * 1e6 / told["requests"]


def client_us(turns):
    return statistics.median(t["own_cpu_s"] * 1e6 / t["requests"] for t in turns)


def per_s(turns):
    return statistics.median(t["requests"] / t["seconds"] for t in turns)


def bare_of_nginx(bench):
    service = bench.service("one")
    size = service.body("issue", 1)[3]
    ours = rig.bare(service.d, size)
    try:
        theirs = rig.nginx(service.d, size)
        try:
            turns = in_turn(bench.rounds, **{
                name: lambda a=a: service.load("issue", 1, server=a.address, pids=a.pids, **loads(bench))
                for name, a in (("ours", ours), ("nginx", theirs))})
        finally:
            theirs.destroy()
    finally:
        ours.destroy()
    used = {name: list(map(per_request_us, told)) for name, told in turns.items()}
    return {"bare_of_nginx": ratio_of_rounds(used["nginx"], used["ours"], {
        "nginx_us": statistics.median(used["nginx"]), "bare_us": statistics.median(used["ours"]),
        "bytes": size})}


AUDIT_OFF = "schuilnaamd_unaudited"


def audit_on(bench):
    """The same service and a build of it whose commits are played, on one database."""
    service = bench.service("one")
    program(AUDIT_OFF)
    off = service.d.sibling("audit-off", program=AUDIT_OFF)
    off.start()
    try:
        rig.pin(off.process.pid, service.cores)
        turns = in_turn(
            bench.rounds, on=lambda: service.load("issue", 1, **loads(bench)),
            off=lambda: service.load("issue", 1, server=off.api, pids=[off.process.pid], **loads(bench)))
    finally:
        off.destroy()
    used = {name: list(map(per_request_us, told)) for name, told in turns.items()}
    return {"audit_on": ratio_of_rounds(used["off"], used["on"], {
        "on_us": statistics.median(used["on"]), "off_us": statistics.median(used["off"])})}


MEMORY = "/dev/shm"


def lone_latency(bench):
    """With the database's files in memory: a commit then costs PostgreSQL's part and no disk's, which
    differs from one second to the next by many times the limit. On the disk once more, for the page."""
    if not os.access(MEMORY, os.W_OK):
        raise NotMeasured(f"{MEMORY} is absent, and a disk's commits differ by more than the limit")
    with tempfile.TemporaryDirectory(prefix="schuilnaam-bench-", dir=MEMORY) as folder:
        os.chmod(folder, 0o711)
        service = Service(os.path.join(folder, "service"))
        try:
            turns = lone_turns(bench, service)
        finally:
            service.destroy()
    disk = lone_turns(bench, bench.service("one"))
    beyond = [(s - b - c) / 1000
              for s, b, c in zip(turns["server"], turns["bare"], turns["commit"])]
    return {"lone_latency": of_rounds(beyond, {
        name + "_ms": statistics.median(values) / 1000
        for name, values in [*turns.items(), ("disk_server", disk["server"]),
                             ("disk_commit", disk["commit"])]})}


def lone_turns(bench, service):
    """Median latencies of each round, microseconds."""
    count = 20 if bench.is_smoke else 300
    answerer = rig.bare(service.d, service.body("issue", 1)[3])
    run = {"connections": 1, "requests": count, "warmup": 20}
    try:
        return in_turn(
            bench.rounds, server=lambda: service.load("issue", 1, **run)["p50_us"],
            bare=lambda: service.load("issue", 1, server=answerer.address, pids=answerer.pids,
                                      **run)["p50_us"],
            commit=lambda: commit_us(service, count))
    finally:
        answerer.destroy()


COMMIT_TABLE = """CREATE SCHEMA IF NOT EXISTS bench;
    CREATE TABLE IF NOT EXISTS bench.event (n bigserial PRIMARY KEY, time timestamptz, what text,
                                            link bytea)"""
COMMIT_SCRIPT = """INSERT INTO bench.event (time, what, link)
    VALUES (clock_timestamp(), 'HOSP1 REG1 C', decode(repeat('00', 100), 'hex'));
"""


def commit_us(service, count):
    """Median of one insert and its commit by one client that does nothing else."""
    service.d.pg.sql(COMMIT_TABLE)
    with tempfile.TemporaryDirectory(dir=service.d.folder) as folder:
        log = os.path.join(folder, "log")
        # From the server's core, as the server's own commits come.
        pgbench(service, COMMIT_SCRIPT, 1, "-t", str(count), "-l", "--log-prefix", log,
                cores=service.cores)
        found = [name for name in os.listdir(folder) if name.startswith("log")]
        with open(os.path.join(folder, found[0]), encoding="ascii") as lines:
            return statistics.median(float(line.split()[2]) for line in lines)


def pgbench(service, script, clients, *more, cores=None):
    """Transactions a second."""
    path = os.path.join(service.d.folder, "pgbench.sql")
    with open(path, "w", encoding="ascii") as out:
        out.write(script)
    text = rig.output("taskset", "-c", ",".join(map(str, cores or service.others)), PGBENCH, "-n", "-M",
                      "prepared", "-c", str(clients), "-f", path, "-h", service.d.pg.socket, "-U",
                      "schuilnaam_dba", *more, "schuilnaam")
    return float(next(line for line in text.splitlines() if line.startswith("tps")).split()[2])


# ---- several at once ----
def fairness(bench):
    """The small ones' p99 without and beside a client that sends one large request after another."""
    service = bench.service("two")
    size = 500 if bench.is_smoke else 10000
    service.body("issue", size)
    turns = in_turn(bench.rounds, alone=lambda: service.load("issue", 1, **loads(bench)),
                    beside=lambda: beside_large(bench, service, size))
    large = [told.pop("large") for told in turns["beside"]]
    p99 = {name: [told["p99_us"] / 1000 for told in found] for name, found in turns.items()}
    return {"fairness": ratio_of_rounds(p99["beside"], p99["alone"], {
        "alone_p99_ms": statistics.median(p99["alone"]),
        "beside_p99_ms": statistics.median(p99["beside"]),
        "alone_per_s": per_s(turns["alone"]), "beside_per_s": per_s(turns["beside"]),
        "large_p50_ms": statistics.median(told["p50_us"] / 1000 for told in large)})}


def beside_large(bench, service, size):
    path, body, who, _ = service.body("issue", size)
    words = rig.load_command(service.d, service.d.api, who, path, body, 1, [], cores=service.others,
                             seconds=bench.seconds + 0.3, warmup=0)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as large:
        told = service.load("issue", 1, **loads(bench))
        told["large"] = json.loads(large.communicate()[0])
    return told


def two_workers(bench):
    one, two = bench.service("one"), bench.service("two")
    size = 100 if bench.is_smoke else 1000
    found = {}
    for name, size, lanes in (("batch", size, 8), ("single", 1, LANES)):
        turns = in_turn(bench.rounds,
                        one=lambda s=size, n=lanes: one.cpu_us("issue", s, n, seconds=bench.seconds),
                        two=lambda s=size, n=lanes: two.cpu_us("issue", s, n, seconds=bench.seconds))
        found[f"two_workers_{name}"] = ratio_of_rounds(turns["two"], turns["one"], {
            "one_us": statistics.median(turns["one"]), "two_us": statistics.median(turns["two"])})
    return found


# ---- sizes ----
MANY_CONNECTIONS = """
SET search_path = schuilnaam;
BEGIN;
INSERT INTO organisation (code, name, kind)
    SELECT 'P' || n, 'Provider ' || n, 'provider' FROM generate_series(1, {providers}) AS n;
INSERT INTO registry (code, name, organisation, domain, state)
    SELECT 'R' || n, 'Registry ' || n, r.organisation, r.domain, 'listed'
    FROM generate_series(1, {registries}) AS n, registry AS r WHERE r.code = 'REG1';
INSERT INTO connection (provider, registry, types)
    SELECT o.number, r.number, (SELECT types FROM connection WHERE number = 1)
    FROM organisation AS o, registry AS r WHERE o.code ~ '^P[0-9]+$' AND r.code ~ '^R[0-9]+$'
    ORDER BY 1, 2 LIMIT {count};
COMMIT;
"""


def with_connections(bench, count):
    """A service with that many connections registered; four of them are there already. Written with SQL:
    by the admin interface they would be ten thousands of reloads."""
    service = bench.new_service()
    more = count - 4
    providers = min(more, 1000)
    service.d.pg.sql(MANY_CONNECTIONS.format(providers=providers, count=more,
                                             registries=-(-more // providers)))
    service.d.accept_policy("rows for a benchmark")
    service.d.wait_for_policy(60)
    service.pin()
    return service


def connections_flat(bench):
    counts = (10, 100, 1000) if bench.is_smoke else (10, 1000, 100000)
    services = {}
    try:
        for count in counts:
            services[count] = with_connections(bench, count)
        turns = in_turn(bench.rounds, **{
            str(count): lambda s=service: s.cpu_us("issue", 1, LANES, seconds=bench.seconds)
            for count, service in services.items()})
    finally:
        for service in services.values():
            service.destroy()
    medians = {count: statistics.median(values) for count, values in turns.items()}
    each = [max(values) / min(values) for values in zip(*turns.values())]
    # Of the medians: most and least of one round's three would count its noise twice.
    return {"connections_flat": Measured(max(medians.values()) / min(medians.values()),
                                         (min(each), max(each)),
                                         {f"us_with_{count}": us for count, us in medians.items()})}


def memory_flat(bench):
    few, many = (1000, 5000) if bench.is_smoke else (10**5, 10**7)
    service = bench.new_service(**two_cores())
    try:
        pid, seen = service.d.process.pid, {}
        begin = time.monotonic()
        for total, more in ((few, few), (many, many - few)):
            service.load("issue", 1000, 8, requests=max(1, more // 1000), warmup=0)
            seen[total] = rig.settled_kib(pid)
        seconds = time.monotonic() - begin
    finally:
        service.destroy()
    value = seen[many] / seen[few]
    return {"memory_flat": Measured(value, (value, value), {
        "few_mib": seen[few] / 1024, "many_mib": seen[many] / 1024, "records": many,
        "seconds": seconds})}


def idle_connection(bench):
    count = 100 if bench.is_smoke else 2000
    service = bench.new_service(settings={"connections.max": str(count + 100),
                                          "connections.organisation": str(count + 100)})
    try:
        values = [idle_round(service, count) for _ in range(min(3, bench.rounds))]
    finally:
        service.destroy()
    return {"idle_connection": of_rounds(values, {"connections": count})}


def idle_round(service, count):
    """KiB of resident memory that each of `count` connections holds after one request, once the server,
    which looks once a second, has given back what opening them left free. On a server that was started
    anew: what earlier connections left free would hide what these take."""
    service.d.stop()
    service.d.start()
    service.pin()
    service.load("issue", 1, LANES, requests=LANES * 20)
    path, body, who, _ = service.body("issue", 1)
    before = rig.resident_kib(service.d.process.pid)
    words = rig.load_command(service.d, service.d.api, who, path, body, count, [], seconds=1,
                             cores=service.others)
    with subprocess.Popen(words + ["--idle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as holder:
        if holder.stdout.readline().strip() != "ready":
            raise RuntimeError("the connections could not be opened")
        grown = rig.settled_kib(service.d.process.pid) - before
        holder.stdin.close()
        holder.wait(60)
    return grown / count


def start(bench):
    """From starting the process to the first answer, by a client that knocks all the time."""
    domains = 10 if bench.is_smoke else 1000
    service = bench.new_service()
    try:
        admin = Caller(service.d, "operator", service.d.admin)
        have = int(service.d.pg.sql("SELECT count(*) FROM schuilnaam.domain"))
        for n in range(domains - have):
            if admin.request("POST", "/admin/v1/domains", {"code": f"D{n}"}).status != 201:
                raise RuntimeError("a domain could not be made")
        values = [start_round(service.d) for _ in range(bench.rounds)]
    finally:
        service.destroy()
    return {"start": of_rounds(values, {"domains": domains})}


def start_round(d):
    d.stop()
    caller = Caller(d, "HOSP1")
    record = {"G": "M", "GD": "19930515", "PC": "1234AA"}
    begin = time.monotonic()
    d.launch()
    while time.monotonic() - begin < 60:
        try:
            if caller.request("POST", ISSUE, {"pseudonymTypes": ["C"], "records": [record]},
                              tries=1).status == 200:
                return time.monotonic() - begin
        except OSError:
            caller.close()
        time.sleep(0.002)
    raise RuntimeError("no answer within 60 s")


# ---- tables beside the goals ----
def throughput(bench):
    """All cores busy: server, load and PostgreSQL share them."""
    service = bench.service("two")
    rows = []
    for size, lanes in ((1, LANES), (100, 8), (1000, 4), (10000, 2)):
        for verb in ("issue", "translate"):
            if not (bench.is_smoke and size > 100):
                rows.append(throughput_row(bench, service, verb, size, lanes))
    bench.tables["throughput"] = rows
    bench.tables["handshake_us"] = handshake_us(service, 20 if bench.is_smoke else 200)
    bench.tables["event_bytes"] = float(service.d.pg.sql(EVENT_BYTES))
    return {}


RATES = (80, 1000, 4000, 8000)


def rates(bench):
    """Single records at a given rate, as from many clients that know nothing of each other: latency
    counts from the moment a request was due. At the lowest each is alone in its call and its commit."""
    service = bench.service("two")
    rows = []
    for rate in RATES:
        before = service.postgres_cpu_s()
        told = service.load("issue", 1, 128, seconds=4 * bench.seconds, rate=rate)
        rows.append({"rate": rate, "answered_per_s": told["requests"] / told["seconds"],
                     "p50_ms": told["p50_us"] / 1000, "p99_ms": told["p99_us"] / 1000,
                     "p999_ms": told["p999_us"] / 1000,
                     "server_us": told["cpu_s"][0] * 1e6 / told["requests"],
                     "postgres_us": (service.postgres_cpu_s() - before) * 1e6 / told["requests"]})
    bench.tables["rates"] = rows
    return {}


def handshake_us(service, count):
    """The server's CPU time of a connection's start: TLS with certificates on both sides."""
    before = rig.cpu_s(service.d.process.pid)
    told = service.load("issue", 1, count, requests=count, warmup=0)
    return (rig.cpu_s(service.d.process.pid) - before - told["cpu_s"][0]) * 1e6 / count


# On disk, indexes included.
EVENT_BYTES = """SELECT sum(pg_total_relation_size(inhrelid)) /
    (SELECT count(*) FROM schuilnaam.audit_event)
    FROM pg_inherits WHERE inhparent = 'schuilnaam.audit_event'::regclass"""


def throughput_row(bench, service, verb, size, lanes):
    service.body(verb, size)
    before = service.postgres_cpu_s()
    told = service.load(verb, size, lanes, seconds=2 * bench.seconds)
    records = told["requests"] * size
    return {"verb": verb, "batch": size, "connections": lanes,
            "records_per_s": records / told["seconds"], "p50_ms": told["p50_us"] / 1000,
            "p99_ms": told["p99_us"] / 1000, "p999_ms": told["p999_us"] / 1000,
            "server_us": told["cpu_s"][0] * 1e6 / records,
            "client_us": told["own_cpu_s"] * 1e6 / records,
            "postgres_us": (service.postgres_cpu_s() - before) * 1e6 / records,
            "resident_mib": rig.resident_kib(service.d.process.pid) / 1024}


def budget(bench):
    """Where a record's microseconds go: what can be measured by itself, beside the whole."""
    service = bench.service("one")
    size = 100 if bench.is_smoke else 1000
    found = {}
    for verb in ("issue", "translate"):
        answerer = rig.bare(service.d, service.body(verb, size)[3])
        try:
            told = service.load(verb, size, 4, server=answerer.address, pids=answerer.pids,
                                seconds=bench.seconds)
        finally:
            answerer.destroy()
        found[verb] = per_request_us(told) / size
    bench.tables["bare_batch_us"] = found
    return {}


MICRO = ("bench_crypto", "bench_engine", "bench_json")


def micro(bench):
    """The other micro-benchmarks, as they tell themselves: ns per element or record."""
    for name in MICRO:
        try:
            words = [program(name), "--json"] + (["--smoke"] if bench.is_smoke else [])
            bench.tables[name] = json.loads(rig.output("taskset", "-c", str(rig.CORES[0]), *words))
        except (NotMeasured, subprocess.CalledProcessError, ValueError) as reason:
            bench.tables[name] = {"why": str(reason)}
    return {}


# (the goals it measures, how); those without goals fill tables.
STEPS = [
    (("batch_issue", "batch_translate"), batches),
    (("single_issue", "single_translate"), singles),
    (("bare_of_nginx",), bare_of_nginx),
    (("audit_on",), audit_on),
    (("lone_latency",), lone_latency),
    (("fairness",), fairness),
    (("two_workers_batch", "two_workers_single"), two_workers),
    (("connections_flat",), connections_flat),
    (("memory_flat",), memory_flat),
    (("idle_connection",), idle_connection),
    (("start",), start),
    ((), throughput),
    ((), rates),
    ((), budget),
    ((), micro),
]
