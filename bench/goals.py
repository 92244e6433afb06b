# SPDX-License-Identifier: Apache-2.0
"""The goals: what must be true of the speed, each one a ratio or a difference of things measured side by
side in one run. bench/run measures them, bench/report.py tells them, docs/performance.md quotes them.

A goal's limit decides `pass`; its aim is what we hope for and decides nothing. better: "more" when the
value must be at least the limit, "less" when at most."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    key: str
    suite: str
    title: str
    compares: str
    better: str
    limit: float
    unit: str
    aim: float | None = None

    def passes(self, value):
        return value >= self.limit if self.better == "more" else value <= self.limit


def _kernel(compiler):
    part = "maps, multiplication and encoding of one element in calls of 64"
    return [Goal(f"kernel_x25519_{compiler}", "kernel", f"Group part against X25519, {compiler}",
                 f"CPU time of X25519 (as `openssl speed ecdhx25519` does it) / of {part}, one core",
                 "more", 4.7, "x", 5.3),
            Goal(f"kernel_libsodium_{compiler}", "kernel", f"Group part against libsodium, {compiler}",
                 f"CPU time of libsodium's from_hash and scalarmult / of {part}, one core", "more", 9,
                 "x")]


GOALS = _kernel("gcc") + _kernel("clang") + [
    Goal("batch_issue", "service", "Issue in batches of 1,000",
         "CPU time of the raw group part (maps, multiplication, encoding) / of the server, per record",
         "more", 0.75, "share", 0.80),
    Goal("batch_translate", "service", "Translate in batches of 1,000",
         "CPU time of the raw group part (decoding, multiplication, encoding) / of the server, per record",
         "more", 0.70, "share", 0.75),
    Goal("single_issue", "service", "Issue, one record a request, 64 connections",
         "CPU time per request of our bare answer of the same size / of the server", "more", 0.55,
         "share", 0.67),
    Goal("single_translate", "service", "Translate, one record a request, 64 connections",
         "CPU time per request of our bare answer of the same size / of the server", "more", 0.55,
         "share", 0.67),
    Goal("bare_of_nginx", "service", "Bare answer against nginx, 64 connections",
         "CPU time per request of nginx / of our bare answer, both TLS 1.3 with client certificates",
         "more", 0.60, "share"),
    Goal("audit_on", "service", "Audit on against audit off, one record a request, 64 connections",
         "CPU time per request of the server without / with its audit", "more", 0.75, "share"),
    Goal("lone_latency", "service", "A lone request's latency beyond the bare answer and one commit",
         "median latency of issue on one idle connection - that of the bare answer - that of one "
         "committed insert", "less", 0.1, "ms"),
    Goal("fairness", "service", "64 one-record clients beside requests of 10,000 records",
         "p99 latency of the small requests with / without the large ones", "less", 2, "x"),
    Goal("two_workers_batch", "service", "Two workers, batches of 1,000",
         "server's CPU time per record with two workers / with one, both at full work", "less", 1.05, "x"),
    Goal("two_workers_single", "service", "Two workers, one record a request",
         "server's CPU time per record with two workers / with one, both at full work", "less", 1.05, "x"),
    Goal("connections_flat", "service", "10, 1,000 and 100,000 connections registered",
         "server's CPU time per request, most / least of the three", "less", 1.05, "x"),
    Goal("memory_flat", "service", "Resident memory after 10,000,000 records",
         "resident memory after 10^7 records / after 10^5", "less", 1.05, "x"),
    Goal("idle_connection", "service", "Memory of an idle TLS connection",
         "growth of resident memory / idle connections held", "less", 64, "KiB"),
    Goal("start", "service", "Start with 1,000 domains",
         "seconds from starting the process to the first answer to an issue", "less", 1, "s"),
]

BY_KEY = {goal.key: goal for goal in GOALS}
