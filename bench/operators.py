# SPDX-License-Identifier: Apache-2.0
"""What operators and registries do beside the daily calls: reversible pseudonyms, rotation, unsealing, and a
policy that changes under load."""
import json
import os
import statistics
import time

from rig import load, wait_for
from approve import approved  # rig makes the folder of these known
from client import Caller
from deployment import Deployment
from refresh import RATE, Repeated, beside, domains_make

ISSUE, TRANSLATE = "/v1/registries/REG1/temporary-pseudonyms", "/v1/registries/REG1/final-pseudonyms"
BATCH, ENOUGH = 1000, 10**9


# ---- reversible pseudonyms and rotation: CPU time of the server per record ----
def calls(bench):
    service = bench.service("one")
    d = service.d
    approved(d, "key", "create", "--purpose", "source", "--organisation", "HOSP1")
    approved(d, "connection", "change", "1", "--types", "A,B,C,R")
    for kind, *subject in (("reverse", "--connection", "1"), ("rotate", "--registry", "REG1")):
        approved(d, "quota", "create", "--kind", kind, *subject, "--quota", str(ENOUGH), "--reason",
                 "a measurement")
    d.wait_for_policy()
    rows = [measured(bench, service, *call) for call in reversible_calls(service)]
    finals = final_pseudonyms(d)
    approved(d, "rotation", "start", "--domain", "REG1", "--reason", "a measurement")
    d.wait_for_policy()
    rows.append(measured(bench, service, "rotate C", "REG1", f"{TRANSLATE}/rotations",
                         {"records": finals}))
    approved(d, "rotation", "abort", "--domain", "REG1", "--reason", "it is measured")
    bench.tables["operators_calls"] = rows
    return {}


def answered(d, who, path, body):
    answer = Caller(d, who).request("POST", path, body)
    if answer.status != 200 or answer.json()["statistics"]["errorTotal"] != 0:
        raise RuntimeError(f"{path} does not work: {answer.status}")
    return answer.json()


def reversible_calls(service):
    """[(name, who, path, body)]"""
    issue = {"pseudonymTypes": ["R"], "records": [{"LID": f"{n:08}"} for n in range(BATCH)]}
    issued = answered(service.d, "HOSP1", ISSUE, issue)
    arrived = answered(service.d, "REG1", TRANSLATE, issued)
    reverse = {"reason": "a measurement",
               "records": [{"pseudonyms": r["pseudonyms"]} for r in arrived["records"]]}
    return [("issue R", "HOSP1", ISSUE, issue), ("translate R", "REG1", TRANSLATE, issued),
            ("reverse R", "HOSP1", "/v1/registries/REG1/reversals", reverse)]


def final_pseudonyms(d):
    asked = {"pseudonymTypes": ["C"], "records": [
        {"G": "MV"[n % 2], "GD": f"19{10 + n % 90}0101", "PC": f"{1000 + n}AA"} for n in range(BATCH)]}
    told = answered(d, "REG1", TRANSLATE, answered(d, "HOSP1", ISSUE, asked))
    return [{"pseudonyms": r["pseudonyms"]} for r in told["records"]]


def measured(bench, service, name, who, path, body):
    answered(service.d, who, path, body)
    file = os.path.join(service.d.folder, name.replace(" ", "-") + ".json")
    with open(file, "w", encoding="utf-8") as out:
        json.dump(body, out)
    values = []
    for _ in range(bench.rounds):
        told = load(service.d, service.d.api, who, path, file, 8, [service.d.process.pid],
                    cores=service.others, seconds=bench.seconds)
        values.append(told["cpu_s"][0] * 1e6 / (told["requests"] * BATCH))
    return {"call": name, "us": statistics.median(values), "least": min(values), "most": max(values)}


# ---- unsealing ----
class Shared(Deployment):
    """Its wrapping key is split, two of three."""

    def bootstrap(self):
        folder = os.path.join(self.folder, "shares")
        os.mkdir(folder)
        self.daemon("wrapping", "split", "--threshold", "2", "--shares", "3", "--output", folder)
        self.shares = []
        for name in sorted(os.listdir(folder)):
            if name.rpartition("-")[2].isdigit():
                with open(os.path.join(folder, name), encoding="ascii") as share:
                    self.shares.append(share.read())
        self.daemon("bootstrap", "--operator", "OPERATOR1", "--certificate",
                    self.certificates["operator"][0], stdin=self.shares[0] + self.shares[1])

    def sealed(self):
        status, body = self.health_get("/readyz")
        return status == 503 and json.loads(body).get("reason") == "sealed"

    def unseal(self, share):
        answer = Caller(self, "operator", self.admin).request("POST", "/admin/v1/unseal",
                                                              {"share": share.strip()})
        if answer.status != 200:
            raise RuntimeError(f"a share was not taken: {answer.status}")


def unseal(bench):
    """From sending the last share to ready."""
    d = Shared(os.path.join(bench.folder, "shared"), settings={"wrapping.provider": "shamir"})
    values = []
    try:
        d.set_up(start=False)
        for _ in range(bench.rounds):
            d.launch()
            wait_for(d.sealed, "the server is sealed")
            d.unseal(d.shares[2])
            begin = time.monotonic()
            d.unseal(d.shares[0])
            wait_for(d.ready, "the server is ready")
            values.append((time.monotonic() - begin) * 1000)
            d.stop()
    finally:
        d.destroy()
    bench.tables["operators_unseal"] = {"ms": statistics.median(values), "least": min(values),
                                        "most": max(values)}
    return {}


# ---- a policy that changes under load ----
ROWS = """
SET search_path = schuilnaam;
BEGIN;
INSERT INTO organisation (code, name, kind)
    SELECT 'P' || n, 'Provider ' || n, 'provider' FROM generate_series(1, {connections}) AS n;
INSERT INTO connection (provider, registry, types)
    SELECT o.number, (SELECT number FROM registry WHERE code = 'REG1'),
           (SELECT types FROM connection WHERE number = 1)
    FROM organisation AS o WHERE o.code ~ '^P[0-9]+$';
COMMIT;
"""


def reload(bench):
    """How long a change takes until it is loaded, and what changes one after another do to the requests
    beside them."""
    connections, domains = (100, 10) if bench.is_smoke else (10000, 1000)
    service = bench.service("one")
    admin = Caller(service.d, "operator", service.d.admin, timeout=60)
    domains_make(service.d, admin, domains)
    service.d.pg.sql(ROWS.format(connections=connections))
    service.d.accept_policy("rows for a benchmark")
    service.d.wait_for_policy(60)
    calm = beside(service, bench)
    changes = Repeated(admin, renamed)
    changes.start()
    busy = beside(service, bench)
    changes.stop()
    bench.tables["operators_reload"] = {
        "connections": connections, "domains": domains, "rate": RATE, "changes": len(changes.seconds),
        "change_ms": statistics.median(changes.seconds) * 1000, "calm": calm, "busy": busy}
    return {}


def renamed(admin, count):
    return admin.request("PATCH", "/admin/v1/organisations/HOSP2", {"name": f"Hospital {count}"}).status == 200


STEPS = {"operators_calls": calls, "operators_unseal": unseal, "operators_reload": reload}
