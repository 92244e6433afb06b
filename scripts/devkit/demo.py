# SPDX-License-Identifier: Apache-2.0
"""The demonstration: two hospitals deliver to two registries, and the result is judged.

Called by scripts/demo, which installs and builds first."""
import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import time

import persons
from client import Caller
from deployment import Deployment, register_two_by_two

SEED = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}
TYPES = ("A", "B", "C")
MAP = {"BSN": "bsn", "GN": "achternaam", "VL": "voornamen", "GD": "geboortedatum", "G": "geslacht",
       "PC": "postcode"}
HOSPITALS, REGISTRIES = ("HOSP1", "HOSP2"), ("REG1", "REG2")


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, is_good, told=""):
        self.passed, self.failed = self.passed + bool(is_good), self.failed + (not is_good)
        print(f"CHECK {name} {'ok' if is_good else 'FAILED'}{'  ' + told if told else ''}", flush=True)


def main():
    options = arguments()
    if options.stop:
        return stop(os.path.abspath(options.stop))
    folder = options.keep or tempfile.mkdtemp(prefix="schuilnaam-demo-")
    checks = Checks()
    deployment = Deployment(folder)
    try:
        set_up(deployment, checks)
        if options.persons > 0:
            show_seed(deployment, checks)
            deliver(deployment, options.persons, checks)
            find_again(deployment, checks)
        tell_files(deployment, options.keep)
    finally:
        if not options.keep or checks.failed or sys.exc_info()[0]:
            deployment.destroy()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--keep", metavar="DIR", help="keep the service running, its files in DIR")
    parser.add_argument("--stop", metavar="DIR", help="end what --keep DIR left running")
    parser.add_argument("--persons", type=int, default=5000, metavar="N",
                        help="persons a hospital (0: set-up and start only; default 5000)")
    options = parser.parse_args()
    if not 0 <= options.persons <= persons.most_each():
        parser.error(f"--persons: 0 to {persons.most_each()} (the reserved BSN range is finite)")
    return options


def set_up(d, checks):
    print(f"== A private PostgreSQL, a development CA and the service under {d.folder}")
    started = time.monotonic()
    d.set_up()
    register_two_by_two(d)
    write_env(d)
    checks.check("service-ready", d.ready(), f"{time.monotonic() - started:.1f} s")


def show_seed(d, checks):
    print("\n== One record of HOSP1 for REG1 (the registry's answer to it below)")
    provider, registry = Caller(d, "HOSP1"), Caller(d, "REG1")
    status, answer = provider.issue("REG1", SEED)
    print("POST /v1/registries/REG1/temporary-pseudonyms\n  " + json.dumps(SEED))
    print(f"  {status} {json.dumps(answer)}")
    final_status, final = registry.translate("REG1", answer)
    print(f"POST /v1/registries/REG1/final-pseudonyms\n  {final_status} {json.dumps(final)}")
    checks.check("seed-request", status == 200 and list(answer) == ["statistics", "records"] and
                 answer["records"][0]["pseudonyms"]["C"].startswith("T-C-") and
                 answer["records"][0]["diagnostics"] == [])
    checks.check("seed-final", final_status == 200 and
                 final["records"][0]["pseudonyms"]["C"].startswith("P-C-REG1-1-"))


def deliver(d, each, checks):
    first, second, shared = persons.two_hospitals(each)
    print(f"\n== {each} persons a hospital, {len(shared)} of them in both, "
          f"{len(first) + len(second) - len(shared)} in all")
    tables = {}
    for code, people, style in zip(HOSPITALS, (first, second), "AB"):
        tables[code] = persons.rows(people, style, shared)
        persons.write_csv(os.path.join(d.folder, f"{code}.csv"), tables[code])
    issued = {(h, r): issue(d, h, r, tables[h], checks) for h in HOSPITALS for r in REGISTRIES}
    judge_temporaries(issued, checks)
    finals = {(h, r): translate(d, h, r, issued[h, r], checks) for h in HOSPITALS for r in REGISTRIES}
    people_of = {"HOSP1": first, "HOSP2": second}
    for registry in REGISTRIES:
        judge_overlap(registry, finals, people_of, shared, tables, checks)
    judge_registries(finals, checks)
    again = issue(d, "HOSP1", "REG1", tables["HOSP1"], checks, suffix=".again")
    judge_again(d, issued["HOSP1", "REG1"], again, finals["HOSP1", "REG1"], checks)


def issue(d, hospital, registry, table, checks, suffix=""):
    out = os.path.join(d.folder, f"{hospital}-{registry}{suffix}.csv")
    words = [word for code, column in MAP.items() for word in ("--map", f"{code}={column}")]
    started = time.monotonic()
    code, _, err = d.cli(hospital, "issue", "--registry", registry, "--types", ",".join(TYPES), *words,
                         "--keep", "patient", "--keep", "diagnose",
                         os.path.join(d.folder, f"{hospital}.csv"), "-o", out, check=False)
    seconds = time.monotonic() - started
    rows = persons.read_csv(out) if code in (0, 3) else []
    made = sum(1 for row in rows for t in TYPES if row[t])
    faulty = sum(1 for row in rows if row["diagnostics"])
    checks.check(f"issue-{hospital}-{registry}{suffix.replace('.', '-')}",
                 len(rows) == len(table) and
                 [r["patient"] for r in rows] == [r["patient"] for r in table],
                 f"{made} pseudonyms of {len(rows)} records in {seconds:.1f} s "
                 f"({made / seconds:.0f}/s), {faulty} records with diagnostics")
    if faulty and not suffix and registry == "REG1":
        tell_diagnostics(rows)
    if code not in (0, 3):
        sys.stderr.write(err)
    return rows


def tell_diagnostics(rows):
    counts = {}
    for row in rows:
        for entry in row["diagnostics"].split():
            counts[entry] = counts.get(entry, 0) + 1
    print("  diagnostics: " + ", ".join(f"{name} {count}x" for name, count in sorted(counts.items())))


def translate(d, hospital, registry, rows, checks):
    source = os.path.join(d.folder, f"{hospital}-{registry}.csv")
    out = os.path.join(d.folder, f"{registry}-of-{hospital}.csv")
    words = [word for t in TYPES for word in ("--column", t)]
    started = time.monotonic()
    code, _, err = d.cli(registry, "translate", "--registry", registry, *words, "--keep", "patient",
                         source, "-o", out, check=False)
    seconds = time.monotonic() - started
    finals = persons.read_csv(out) if code in (0, 3) else []
    made = sum(1 for row in finals for t in TYPES if row[t])
    asked = sum(1 for row in rows for t in TYPES if row[t])
    checks.check(f"translate-{registry}-of-{hospital}", made == asked and len(finals) == len(rows),
                 f"{made} finals in {seconds:.1f} s ({made / seconds:.0f}/s)")
    if code not in (0, 3):
        sys.stderr.write(err)
    return finals


def judge_temporaries(issued, checks):
    seen = [row[t] for rows in issued.values() for row in rows for t in TYPES if row[t]]
    checks.check("temporaries-never-repeat", len(seen) == len(set(seen)) and seen,
                 f"{len(seen)} temporary pseudonyms, all different")


def judge_overlap(registry, finals, people_of, shared, tables, checks):
    """Type A against the truth; type C beside it, which is not unique by nature."""
    columns = {h: finals[h, registry] for h in HOSPITALS}
    found = {row["A"] for row in columns["HOSP1"] if row["A"]} & {
        row["A"] for row in columns["HOSP2"] if row["A"]}
    truth = {columns["HOSP1"][i]["A"] for i, p in enumerate(people_of["HOSP1"]) if p["bsn"] in shared}
    checks.check(f"overlap-{registry}", found == truth and len(found) == len(shared),
                 f"{len(found)} persons of both hospitals found by type A, {len(shared)} there are")
    for t in ("B", "C"):
        tell_quasi(registry, t, columns, people_of, shared)


def tell_quasi(registry, t, columns, people_of, shared):
    bsns = {h: {} for h in HOSPITALS}
    for h in HOSPITALS:
        for person, row in zip(people_of[h], columns[h]):
            if row[t]:
                bsns[h].setdefault(row[t], set()).add(person["bsn"])
    common = set(bsns["HOSP1"]) & set(bsns["HOSP2"])
    right = sum(1 for final in common if bsns["HOSP1"][final] & bsns["HOSP2"][final])
    wrong = len(common) - right
    several = sum(1 for h in HOSPITALS for people in bsns[h].values() if len(people) > 1)
    print(f"  {registry} type {t} beside it: {right} of {len(shared)} found, {wrong} wrong joins, "
          f"{several} pseudonyms shared by two persons of one hospital (twins, for one)")


def judge_registries(finals, checks):
    of = {r: {row[t] for h in HOSPITALS for row in finals[h, r]
              for t in TYPES if row[t]} for r in REGISTRIES}
    bodies = {r: {"-".join(text.split("-")[4:]) for text in of[r]} for r in REGISTRIES}
    checks.check("registries-never-meet", of["REG1"] and not bodies["REG1"] & bodies["REG2"],
                 f"{len(of['REG1'])} and {len(of['REG2'])} finals, none in common")


def judge_again(d, before, again, finals, checks):
    """Issued once more: other temporaries, the same finals."""
    differs = all(a[t] != b[t] for a, b in zip(before, again) for t in TYPES if a[t])
    sample = [row for row in again if row["A"] and row["C"]][:500]
    body = {"records": [{"pseudonyms": {t: row[t] for t in TYPES if row[t]}} for row in sample]}
    status, answer = Caller(d, "REG1").translate("REG1", body)
    wanted = {row["patient"]: row for row in finals}
    same = status == 200 and all(
        record["pseudonyms"].get(t, "") == wanted[row["patient"]][t]
        for row, record in zip(sample, answer["records"]) for t in TYPES)
    checks.check("issued-again-same-finals", differs and same and sample,
                 f"{len(sample)} records compared")


def find_again(d, checks):
    """HOSP1 delivers its own patient number as a reversible pseudonym, and alone gets it back."""
    d.admin_cli("key", "create", "--purpose", "source", "--organisation", "HOSP1")
    (number,) = [c["number"] for c in d.admin_cli("connection", "list")["connections"]
                 if (c["provider"], c["registry"]) == ("HOSP1", "REG1")]
    d.admin_cli("connection", "change", str(number), "--types", "A,B,C,R")
    d.wait_for_policy()
    body = {"pseudonymTypes": ["R"], "records": [{"LID": "P-0001234"}]}
    final = Caller(d, "REG1").translate("REG1", Caller(d, "HOSP1").issue("REG1", body)[1])[1]
    ask = {"reason": "demonstration of a follow-up", "records": final["records"]}
    answers = [Caller(d, who).request("POST", "/v1/registries/REG1/reversals", ask).json()["records"][0]
               for who in HOSPITALS]
    checks.check("reversal-by-its-provider", answers[0]["attributes"] == {"LID": "P-0001234"},
                 f"{final['records'][0]['pseudonyms']['R'][:20]}...")
    checks.check("reversal-by-another-refused", answers[1]["attributes"] == {} and
                 answers[1]["diagnostics"][0]["name"] == "REVERSAL_REFUSED")


def write_env(d):
    names = {"PROVIDER": "HOSP1", "PROVIDER2": "HOSP2", "REGISTRY": "REG1", "REGISTRY2": "REG2",
             "OPERATOR": "operator", "OPERATOR2": "operator2"}
    values = {"URL": f"https://{d.api}", "ADMIN_URL": f"https://{d.admin}",
              "HEALTH_URL": f"http://{d.health}", "CA": d.ca.certificate,
              "OWNER_DSN": d.pg.owner_dsn, "SERVER_ROLE_DSN": d.pg.server_dsn}
    for name, who in names.items():
        values[name + "_CERT"], values[name + "_KEY"] = d.certificates[who]
    with open(os.path.join(d.folder, "env"), "w", encoding="utf-8") as out:
        out.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def tell_files(d, keep):
    print(f"\n== Files lie in {d.folder}: HOSP*.csv (persons), HOSP1-REG1.csv (temporaries), "
          "REG1-of-HOSP1.csv (finals),\n   schuilnaamd.conf, schuilnaamd.log, env (addresses and "
          "certificates)")
    curl = (f"curl --cacert $CA --cert $PROVIDER_CERT --key $PROVIDER_KEY "
            "-H 'Content-Type: application/json' "
            f"-d {shlex.quote(json.dumps(SEED))} $URL/v1/registries/REG1/temporary-pseudonyms")
    if keep:
        print(f"   The service runs. Try:\n     . {shlex.quote(d.folder)}/env\n     {curl}\n"
              f"   End it with: scripts/demo --stop {shlex.quote(d.folder)}")
    else:
        print(f"   The service has been ended. To try it yourself: scripts/demo --keep DIR, . DIR/env, "
              f"then\n     {curl}")


def stop(folder):
    """End the two processes that --keep left, after a look that they are ours."""
    places = (folder, os.path.realpath(os.path.join(folder, "postgres")))
    for name in ("schuilnaamd", "postgres"):
        path = os.path.join(folder, name + ".pid")
        try:
            with open(path, encoding="ascii") as text:
                pid = int(text.read())
            with open(f"/proc/{pid}/cmdline", "rb") as words:
                command = words.read()
        except (OSError, ValueError):
            continue
        if any(place.encode() in command for place in places):
            os.kill(pid, signal.SIGTERM if name == "schuilnaamd" else signal.SIGINT)
            wait_gone(pid)
    print("ended")
    return 0


def wait_gone(pid, timeout_s=40):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return
        except OSError:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
