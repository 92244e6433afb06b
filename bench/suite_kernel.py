# SPDX-License-Identifier: Apache-2.0
"""The kernel suite: bench_kernel of each compiler's build, with the kernel that the server would choose
and with the portable one, and `openssl speed ecdhx25519` as a check from outside."""
import json
import os
import re
import statistics

from rig import SERVER_CORES, NotMeasured, output, ratio_of_rounds

FOLDERS = {"gcc": "SCHUILNAAM_BIN", "clang": "SCHUILNAAM_BENCH_CLANG_BIN"}


def run_kernel(compiler="gcc", runs=None, rows=None, is_smoke=False, kernel=None):
    """{row: [ns per element of each run]}, and the kernel's name as "kernel"."""
    folder = os.environ.get(FOLDERS[compiler], "")
    path = os.path.join(folder, "bench_kernel")
    if not os.path.exists(path):
        raise NotMeasured(f"there is no build by {compiler}")
    words = ["taskset", "-c", ",".join(map(str, SERVER_CORES)), path, "--json"]
    words += ["--smoke"] if is_smoke else []
    words += ["--runs", str(runs)] if runs else []
    words += ["--rows", ",".join(rows)] if rows else []
    more = {"SCHUILNAAM_KERNEL": kernel} if kernel else {}
    return json.loads(output(*words, env={**os.environ, **more}))


def measure(bench):
    """{goal's key: Measured}, and the table of all rows into bench.tables."""
    found, table = {}, bench.tables.setdefault("kernel", {})
    for compiler in FOLDERS:
        try:
            chosen = run_kernel(compiler, is_smoke=bench.is_smoke)
        except NotMeasured as reason:
            for yardstick in ("x25519", "libsodium"):
                found[f"kernel_{yardstick}_{compiler}"] = reason
            continue
        bench.kernel = chosen["kernel"]
        part = chosen["group_64"]
        for yardstick in ("x25519", "libsodium"):
            found[f"kernel_{yardstick}_{compiler}"] = ratio_of_rounds(
                chosen[yardstick], part, {
                    "group_ns": statistics.median(part),
                    "with_hashing_ns": statistics.median(chosen["evaluate_64"]),
                    "yardstick_ns": statistics.median(chosen[yardstick])})
        table[compiler] = medians(chosen)
        table[compiler + "_portable"] = medians(
            run_kernel(compiler, is_smoke=bench.is_smoke, runs=2 if bench.is_smoke else 5,
                       kernel="portable"))
    table["openssl_speed_x25519_ns"] = 1e9 / openssl_speed(1 if bench.is_smoke else 3)
    return found


def medians(rows):
    return {name: {"p50": statistics.median(ns), "min": min(ns), "max": max(ns)}
            for name, ns in rows.items() if name != "kernel"}


def openssl_speed(seconds):
    """X25519 operations a second by OpenSSL's own benchmark."""
    text = output("taskset", "-c", ",".join(map(str, SERVER_CORES)), "openssl", "speed", "-seconds",
                  str(seconds), "ecdhx25519")
    return float(re.findall(r"253 bits ecdh \(X25519\).*?([\d.]+)\s*$", text, re.M)[0])


RAW_ROWS = {"issue": "group_64", "translate": "multiply_64", "evaluate": "evaluate_64"}


def raw_round(bench):
    """One look at the raw group operation, for turns with the service: us per element of each of
    RAW_ROWS; evaluate is issue's with its hash to field."""
    rows = run_kernel(runs=1 if bench.is_smoke else 5, is_smoke=bench.is_smoke,
                      rows=list(RAW_ROWS.values()))
    bench.kernel = rows["kernel"]
    return {name: statistics.median(rows[row]) / 1000 for name, row in RAW_ROWS.items()}
