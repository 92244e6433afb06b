# SPDX-License-Identifier: Apache-2.0
"""Measures every goal of bench/goals.py and tells it as one JSON and one page. Called by bench/run, which
builds first. A step that fails is told with its reason and costs its own goals only."""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import operators
import peers
import refresh
import report
import rig
import suite_kernel
import suite_service
from goals import BY_KEY, GOALS
from rig import ROOT, Measured, NotMeasured, binary_folder

FORMAT = 1


def main():
    options = arguments()
    rig.raise_descriptor_limit()
    old = report.committed()
    result = measure(options)
    result["compared_with"] = None if options.smoke else report.compared(result, old)
    text = report.page(result)
    print(text)
    for path, content in ((options.json, json.dumps(result, indent=1) + "\n"), (options.page, text)):
        if path:
            with open(path, "w", encoding="utf-8") as out:
                out.write(content)
    return 0


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run")
    parser.add_argument("--suite", choices=("kernel", "service"), help="one of the two; default both")
    parser.add_argument("--smoke", action="store_true", help="everything once, shortly; no figures to quote")
    parser.add_argument("--only", metavar="KEY[,KEY]", help="goals, or tables: " + ", ".join(tables()))
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--page", metavar="FILE")
    options = parser.parse_args()
    options.only = set(options.only.split(",")) if options.only else None
    strange = (options.only or set()) - set(BY_KEY) - set(tables())
    if strange:
        parser.error("--only: unknown: " + ", ".join(sorted(strange)))
    return options


def steps():
    """[(suite, the goals' keys, name, function)]"""
    kernel = tuple(goal.key for goal in GOALS if goal.suite == "kernel")
    found = [("kernel", kernel, "kernel", suite_kernel.measure)]
    found += [("service", keys, step.__name__, step) for keys, step in suite_service.STEPS]
    found.append(("service", (), "refresh", refresh.measure))
    found += [("service", (), name, step) for name, step in operators.STEPS.items()]
    return found + [("service", (), "peers", peers.measure)]


def tables():
    return [name for _, keys, name, _ in steps() if not keys]


def is_wanted(options, suite, keys, name):
    if options.only is not None:
        return bool(options.only & ({name} if not keys else set(keys)))
    return options.suite in (None, suite)


def measure(options):
    begin, goals, failed = time.monotonic(), {}, []
    with tempfile.TemporaryDirectory(prefix="schuilnaam-bench-") as folder:
        # The database's account must be able to walk to its data.
        os.chmod(folder, 0o711)
        bench = suite_service.Bench(folder, options.smoke)
        try:
            for suite, keys, name, step in steps():
                if is_wanted(options, suite, keys, name):
                    goals.update(one_step(bench, keys, name, step, failed))
        finally:
            bench.destroy()
    return {"format": FORMAT, "is_smoke": options.smoke, **about(bench),
            "seconds": round(time.monotonic() - begin),
            "goals": [told(goal, goals.get(goal.key)) for goal in GOALS], "tables": bench.tables,
            "failed_steps": failed}


def one_step(bench, keys, name, step, failed):
    begin = time.monotonic()
    try:
        found = step(bench)
    except NotMeasured as reason:
        found = {key: reason for key in keys}
        failed.append({"step": name, "why": str(reason)})
    except Exception as error:  # pylint: disable=broad-except  # one step's trouble is its own
        traceback.print_exc()
        found = {key: error for key in keys}
        failed.append({"step": name, "why": str(error).split("\n", 1)[0]})
    print(f"{name}: {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return found


def told(goal, found):
    """One goal in the JSON: every key is there, whether it was measured or not."""
    row = {"key": goal.key, "suite": goal.suite, "title": goal.title, "compares": goal.compares,
           "better": goal.better, "limit": goal.limit, "aim": goal.aim, "unit": goal.unit, "value": None,
           "pass": None, "spread": None, "measured": {}, "why": None}
    if isinstance(found, Measured):
        row.update(value=found.value, spread=found.spread, measured=found.detail)
        row["pass"] = goal.passes(found.value)
    else:
        row["why"] = str(found).split("\n", 1)[0] if found else "not asked for"
    return row


# ---- where and with what ----
def about(bench):
    return {"machine": machine(), "commit": commit(), "flags": flags(),
            "kernel": bench.kernel,
            "compilers": {name: first_line(name, "--version") for name in ("gcc", "clang")},
            "versions": ", ".join(versions())}


def first_line(*command):
    if shutil.which(command[0]) is None:
        return "not installed"
    return rig.output(*command).split("\n", 1)[0]


def versions():
    """Of what the figures stand on; what cannot be asked is left out."""
    yield " ".join(first_line("openssl", "version").split()[:2])
    for package in ("libsodium", "libevent"):
        done = subprocess.run(["pkg-config", "--modversion", package], capture_output=True, text=True,
                              check=False)
        if done.returncode == 0:
            yield f"{package} {done.stdout.strip()}"
    yield rig.output(os.path.join(rig.PG_BIN, "postgres"), "--version").strip().split(" (Debian")[0]


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as text:
        model = re.search(r"model name\s*: (.*)", text.read())
    return f"{model.group(1) if model else os.uname().machine}, {os.cpu_count()} cores, " \
           f"Linux {os.uname().release.split('-')[0]}"


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude=*"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def flags():
    cache = os.path.join(os.path.dirname(binary_folder()), "CMakeCache.txt")
    if not os.path.exists(cache):
        return "unknown"
    with open(cache, encoding="utf-8") as text:
        found = dict(re.findall(r"^(CMAKE_[A-Z_]+):[A-Z]+=(.*)$", text.read(), re.M))
    return found.get("CMAKE_C_FLAGS_" + found.get("CMAKE_BUILD_TYPE", "").upper(), "").strip()


if __name__ == "__main__":
    sys.exit(main())
