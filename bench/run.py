# SPDX-License-Identifier: Apache-2.0
"""Measures, and tells as one JSON and one page. Called by bench/run, which builds first.

crypto: bench_crypto (ns per element, all cores busy) beside `openssl speed ecdhx25519`.
service: bench/load against a whole deployment: batches of 1, 100, 1,000 and 10,000 records, issue
and translate; records a second, latencies, the server's CPU time per record (its own clock ticks),
and its peak memory. The last column is the share of that CPU time which the cryptography alone
takes, by the crypto figures of the same run."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "scripts", "devkit"))

import persons  # noqa: E402
from client import Caller  # noqa: E402
from deployment import Deployment, binary_folder, register_two_by_two  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
# (records a request, connections)
BATCHES = ((1, 64), (100, 8), (1000, 4), (10000, 2))
QUOTA = 10**9


def main():
    options = arguments()
    result = {"machine": machine(), "commit": commit(), "flags": flags()}
    result["x25519_per_s"] = x25519(1 if options.smoke else 3)
    before = crypto()
    rows = service(options.smoke) if options.suite in (None, "service") else []
    # Before and after: the machine's speed drifts over the minute that the service takes.
    result["crypto"] = mean([before, crypto()]) if rows else before
    if rows:
        result["service"] = [share_added(row, result["crypto"]) for row in rows]
    text = page(result)
    print(text)
    for path, content in ((options.json, json.dumps(result, indent=1) + "\n"), (options.page, text)):
        if path:
            with open(path, "w", encoding="utf-8") as out:
                out.write(content)
    return 0


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run")
    parser.add_argument("--suite", choices=("crypto", "service"))
    parser.add_argument("--smoke", action="store_true", help="everything once, shortly; no figures to quote")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--page", metavar="FILE")
    return parser.parse_args()


def program(name):
    return os.path.join(binary_folder(), name)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as text:
        model = re.search(r"model name\s*: (.*)", text.read())
    return f"{model.group(1) if model else os.uname().machine}, {os.cpu_count()} cores, " \
           f"Linux {os.uname().release.split('-')[0]}"


def commit():
    done = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip() or "unknown"


def flags():
    folder = os.path.dirname(binary_folder())
    cache = os.path.join(folder, "CMakeCache.txt")
    if not os.path.exists(cache):
        return "unknown"
    with open(cache, encoding="utf-8") as text:
        found = dict(re.findall(r"^(CMAKE_[A-Z_]+):[A-Z]+=(.*)$", text.read(), re.M))
    kind = found.get("CMAKE_BUILD_TYPE", "")
    return f"{os.path.basename(found.get('CMAKE_C_COMPILER', '?'))} " \
           f"{found.get('CMAKE_C_FLAGS_' + kind.upper(), '')}".strip()


def x25519(seconds):
    text = output("openssl", "speed", "-seconds", str(seconds), "ecdhx25519")
    return float(re.findall(r"253 bits ecdh \(X25519\).*?([\d.]+)\s*$", text, re.M)[0])


def crypto():
    """{name: {"p10": ns, "p50": ns, "p90": ns}}, one run on each core at the same time, as the service
    keeps all cores busy too: of each figure the mean over the cores."""
    runs = [subprocess.Popen([program("bench_crypto"), "--json"], stdout=subprocess.PIPE, text=True)
            for _ in range(os.cpu_count())]
    figures = [json.loads(run.communicate()[0]) for run in runs]
    return mean(figures)


def mean(figures):
    """Of several results of bench_crypto."""
    names = [name for name, row in figures[0].items() if isinstance(row, dict) and "p50" in row]
    return {name: {p: sum(f[name][p] for f in figures) / len(figures) for p in ("p10", "p50", "p90")}
            for name in names}


def crypto_us(figures, verb):
    names = {"issue": ("hash", "multiply", "seal"), "translate": ("open", "multiply", "siv_seal")}[verb]
    return sum(figures[name]["p50"] for name in names) / 1000


def share_added(row, figures):
    cpu_us = row["cpu_us_per_record"]
    return {**row, "crypto_share": crypto_us(figures, row["verb"]) / cpu_us if cpu_us else 0}


def service(is_smoke):
    with tempfile.TemporaryDirectory(prefix="schuilnaam-bench-") as folder:
        d = Deployment(folder)
        try:
            d.set_up()
            register_two_by_two(d)
            for number in ("1", "2", "3", "4"):
                d.admin_cli("connection", "change", number, "--quota", str(QUOTA))
            d.wait_for_policy()
            return [measure(d, verb, size, lanes, is_smoke)
                    for size, lanes in BATCHES for verb in ("issue", "translate")]
        finally:
            d.destroy()


def measure(d, verb, size, lanes, is_smoke):
    path, body, who = request(d, verb, size)
    words = [program("load"), "--server", d.api, "--cert", d.certificates[who][0], "--key",
             d.certificates[who][1], "--ca", d.ca.certificate, "--path", path, "--body", body,
             "--connections", str(lanes), "--warmup", "1"]
    words += ["--requests", str(max(2, lanes))] if is_smoke else ["--seconds", "8"]
    before = cpu_s(d.process.pid)
    load = json.loads(output(*words))
    used = cpu_s(d.process.pid) - before
    records = load["requests"] * size
    # Warm-up requests cost CPU too.
    cpu_us = used * 1e6 / (records + lanes * size)
    return {"verb": verb, "batch": size, "connections": lanes, "records_per_s":
            records / load["seconds"], "p50_us": load["p50_us"], "p99_us": load["p99_us"],
            "cpu_us_per_record": cpu_us, "peak_mib": peak_mib(d.process.pid)}


def request(d, verb, size):
    """(path, file with the body, who asks). Type C: one element a record."""
    people = persons.make(min(size, 9091))
    records = [{"G": p["sex"], "GD": p["born"], "PC": p["postcode"]} for p in people]
    body = {"pseudonymTypes": ["C"], "records": (records * (size // len(records) + 1))[:size]}
    path, who = "/v1/registries/REG1/temporary-pseudonyms", "HOSP1"
    if verb == "translate":
        body = Caller(d, "HOSP1").issue("REG1", body)[1]
        path, who = "/v1/registries/REG1/final-pseudonyms", "REG1"
    name = os.path.join(d.folder, "body.json")
    with open(name, "w", encoding="utf-8") as out:
        json.dump(body, out)
    return path, name, who


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return int(re.search(r"VmHWM:\s+(\d+)", text.read()).group(1)) / 1024


def page(result):
    lines = ["# Measured", "", f"{result['machine']}; commit {result['commit']}; {result['flags']}.",
             "Server, load generator and PostgreSQL share the cores.", "",
             f"`openssl speed ecdhx25519` in the same run: {result['x25519_per_s']:.0f} a second on one "
             f"core, {1e6 / result['x25519_per_s']:.1f} us each.", "", "| crypto, per element | p10 ns | "
             "p50 ns | p90 ns |", "|---|---:|---:|---:|"]
    for name, row in result["crypto"].items():
        if isinstance(row, dict) and "p50" in row:
            lines.append(f"| {name} | {row['p10']:.0f} | {row['p50']:.0f} | {row['p90']:.0f} |")
    if "service" in result:
        lines += ["", "| call | records a request | connections | records/s | p50 ms | p99 ms | server CPU "
                  "us/record | crypto's share | peak MiB |", "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
        for r in result["service"]:
            lines.append(f"| {r['verb']} | {r['batch']:,} | {r['connections']} | "
                         f"{r['records_per_s']:,.0f} | {r['p50_us'] / 1000:.2f} | "
                         f"{r['p99_us'] / 1000:.2f} | {r['cpu_us_per_record']:.1f} | "
                         f"{r['crypto_share']:.0%} | {r['peak_mib']:.0f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
