# SPDX-License-Identifier: Apache-2.0
"""A refresh of all keys, with as many domains as a country may have: how long it takes, and what it does to
the requests beside it."""
import statistics
import threading
import time

from client import Caller

RATE = 1000


def measure(bench):
    """Single records at a given rate, with nothing beside them and with one refresh after another."""
    domains = 10 if bench.is_smoke else 1000
    service = bench.new_service()
    try:
        admin = Caller(service.d, "operator", service.d.admin, timeout=60)
        domains_make(service.d, admin, domains)
        calm = beside(service, bench)
        refreshes = Repeated(admin, refreshed)
        refreshes.start()
        busy = beside(service, bench)
        refreshes.stop()
    finally:
        service.destroy()
    bench.tables["refresh"] = {
        "domains": domains, "rate": RATE, "refreshes": len(refreshes.seconds),
        "refresh_ms": statistics.median(refreshes.seconds) * 1000,
        "calm": calm, "busy": busy}
    return {}


def domains_make(d, admin, count):
    have = int(d.pg.sql("SELECT count(*) FROM schuilnaam.domain"))
    for n in range(count - have):
        if admin.request("POST", "/admin/v1/domains", {"code": f"D{n}"}).status != 201:
            raise RuntimeError("a domain could not be made")


def beside(service, bench):
    """Latencies; a request that fails ends the load, and with it this step."""
    told = service.load("issue", 1, 64, seconds=4 * bench.seconds, rate=RATE)
    return {"p50_ms": told["p50_us"] / 1000, "p99_ms": told["p99_us"] / 1000,
            "p999_ms": told["p999_us"] / 1000}


def refreshed(admin, _):
    answer = admin.request("POST", "/admin/v1/keys/refresh", {"reason": "a measurement"})
    return answer.status == 200 and answer.json()["state"] == "done"


class Repeated(threading.Thread):
    """call(admin, how many were done) one after another, until it is told to stop; at least one. `seconds`
    are those of each. A call that gives false ends it, and shows when it is stopped."""

    def __init__(self, admin, call):
        super().__init__()
        self.admin, self.call, self.stopping = admin, call, threading.Event()
        self.seconds, self.is_failed = [], False

    def run(self):
        while not self.stopping.is_set() and not self.is_failed:
            begin = time.monotonic()
            self.is_failed = not self.call(self.admin, len(self.seconds))
            if not self.is_failed:
                self.seconds.append(time.monotonic() - begin)

    def stop(self):
        self.stopping.set()
        self.join()
        if self.is_failed:
            raise RuntimeError(f"not done: {self.call.__name__}")
