# SPDX-License-Identifier: Apache-2.0
"""The peers: what others do instead, or with the same mathematics, measured in the same run where it can
run. Nobody's code is part of this tree: npm packages are installed by name and version into the build
folder. What cannot run is told with its reason, in the result and on the page.

A peer's row: name, what it does, us (microseconds of CPU an operation; per_s where only the clock on the
wall can tell), spread, and `difference`: what to know before comparing."""
import json
import os
import shutil
import statistics
import subprocess

import rig
import suite_service
from rig import ROOT, NotMeasured

PACKAGES = ("@noble/curves@2.4.0", "@cloudflare/voprf-ts@1.0.0", "@nolai/libpep-wasm@0.12.0")
FOLDER = os.path.join(ROOT, "build", "peers")
VFPS_PER_S = 8549  # published by its makers for 16 cores of a desktop

JAVASCRIPT = {
    "noble_blind_evaluate": (
        "@noble/curves 2.4.0, ristretto255 OPRF blindEvaluate",
        "the same group work as a translation, in JavaScript; no transport, seal or audit"),
    "voprf_ts_p256_blind_evaluate": (
        "@cloudflare/voprf-ts 1.0.0, P-256 OPRF blindEvaluate",
        "another group, in JavaScript with its default provider"),
    "voprf_ts_ristretto255_blind_evaluate": (
        "@cloudflare/voprf-ts 1.0.0, ristretto255 OPRF blindEvaluate",
        "the same group work as a translation, by its noble provider"),
    "libpep_wasm_pseudonymise": (
        "@nolai/libpep-wasm 0.12.0, pseudonymise",
        "more group work: it acts on both points of a ciphertext, so the service that pseudonymises never "
        "sees one; WebAssembly, its native build was not measured"),
}


def measure(bench):
    """The rows, into bench.tables."""
    rows = []
    for part in (javascript, pgcrypto, table_design, vfps_shape):
        try:
            rows += part(bench)
        except (NotMeasured, OSError, RuntimeError, ValueError, subprocess.SubprocessError) as reason:
            rows.append({"name": part.__doc__.split(":")[0], "why": str(reason).split("\n", 1)[0]})
    bench.tables["peers"] = rows
    return {}


def row(name, difference, values, unit="us"):
    """unit: us (microseconds an operation) or per_s."""
    return {"name": name, unit: statistics.median(values), "spread": [min(values), max(values)],
            "difference": difference}


def javascript(bench):
    """npm packages: blind evaluation and libpep"""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotMeasured("node and npm are not installed")
    install(bench, npm)
    words = ["5", "0.5"] if not bench.is_smoke else ["1", "0.05"]
    told = json.loads(rig.output(
        "taskset", "-c", str(rig.CORES[0]), node, "--no-warnings", "--experimental-wasm-modules",
        os.path.join(ROOT, "bench", "peers", "peers.mjs"), *words, cwd=FOLDER))
    rows = []
    for key, (name, difference) in JAVASCRIPT.items():
        if "us" in told[key]:
            rows.append(row(name, difference, told[key]["us"]))
        else:
            rows.append({"name": name, "why": told[key]["why"]})
    return rows


def install(bench, npm):
    """Into the build folder, once; a smoke run asks no network."""
    if all(map(is_installed, PACKAGES)):
        return
    if bench.is_smoke:
        raise NotMeasured("a smoke run installs nothing")
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, "package.json"), "w", encoding="ascii") as out:
        out.write('{"private": true}\n')
    done = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES],
                          cwd=FOLDER, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode != 0:
        raise NotMeasured("npm could not install the packages")


def is_installed(package):
    name, _, version = package.rpartition("@")
    try:
        with open(os.path.join(FOLDER, "node_modules", name, "package.json"), encoding="utf-8") as text:
            return json.load(text)["version"] == version
    except FileNotFoundError:
        return False


def pgcrypto(bench):
    """pgcrypto: HMAC per row"""
    pg = bench.service("one").d.pg
    pg.sql("CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA public")
    count = 10**4 if bench.is_smoke else 10**6
    query = ("SET max_parallel_workers_per_gather = 0; SET jit = off; "
             "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT count(encode(public.hmac(n::text, "
             f"'a key of thirty-two bytes, no less', 'sha256'), 'hex')) FROM generate_series(1, {count}) n")
    values = [json.loads(pg.sql(query))[0]["Execution Time"] * 1000 / count for _ in range(bench.rounds)]
    return [row("pgcrypto, encode(hmac(value, key, 'sha256'), 'hex') per row in SQL",
                "whoever may run the query has the key and the values; one key for all who may; who has the "
                "key makes every pseudonym of the country by trying; nothing is recorded", values)]


TABLE = """CREATE SCHEMA IF NOT EXISTS bench;
    CREATE TABLE IF NOT EXISTS bench.person (value text PRIMARY KEY, pseudonym uuid NOT NULL
                                             DEFAULT gen_random_uuid())"""
ONE_ROW = """\\set n random(1, 10000000)
INSERT INTO bench.person (value) VALUES (:n) ON CONFLICT (value) DO UPDATE SET value = excluded.value
    RETURNING pseudonym;
"""
MANY_ROWS = """INSERT INTO bench.person (value)
    SELECT DISTINCT (random() * 10000000)::int::text FROM generate_series(1, 1000)
    ON CONFLICT (value) DO UPDATE SET value = excluded.value RETURNING pseudonym;
"""


def table_design(bench):
    """A table in PostgreSQL: insert on conflict"""
    service = bench.service("one")
    service.d.pg.sql(TABLE)
    rows = []
    for name, script, clients, size in (("one row a statement, 50 clients", ONE_ROW, 50, 1),
                                        ("1,000 rows a statement, 2 clients", MANY_ROWS, 2, 1000)):
        # pgbench knows whole seconds only.
        long = ("-t", "5") if bench.is_smoke else ("-T", str(round(bench.seconds)))
        values = [suite_service.pgbench(service, script, clients, *long) * size
                  for _ in range(bench.rounds)]
        rows.append(row(f"A table in PostgreSQL (as gPAS and Vfps have), {name}",
                        "the table is the secret: it holds every value beside its pseudonym, must be "
                        "asked again for each person, and grows; no TLS, HTTP or audit in this figure",
                        values, "per_s"))
    return rows


def vfps_shape(bench):
    """Vfps's published workload: 100,000 single creates, 50 in parallel"""
    service = bench.service("two")
    requests = 500 if bench.is_smoke else 100000
    told = service.load("issue", 1, 50, requests=requests)
    shape = f"{requests:,} single creates, 50 in parallel"
    return [row(f"Schuilnaam, {shape}, on this machine's {len(service.cores)} cores with PostgreSQL and "
                "the load", f"p50 {told['p50_us'] / 1000:.1f} ms, p99 {told['p99_us'] / 1000:.1f} ms; "
                "mTLS and durable audit included", [told["requests"] / told["seconds"]], "per_s"),
            {"name": "Vfps, 100,000 single creates, 50 in parallel (its makers' figure, 16 cores of a desktop)",
             "per_s": VFPS_PER_S, "spread": [VFPS_PER_S, VFPS_PER_S], "is_quoted": True,
             "difference": "quoted, not measured here; a table of random pseudonyms"}]
