# SPDX-License-Identifier: Apache-2.0
"""Quotas: one quota across three servers on one database, under load and under a kill; the alarm at
half of a day's quota; the other kinds' rows."""
import os
import signal
import threading
import time
import uuid

import pytest

from client import Caller

RECORD = {"G": "M", "GD": "19930515", "PC": "1234AA"}


def body(count):
    return {"pseudonymTypes": ["C"], "records": [RECORD] * count}


@pytest.fixture(scope="module")
def three(service):
    """The service and two more servers on its database."""
    others = [service.sibling(name) for name in ("quota2", "quota3")]
    try:
        for server in others:
            server.start()
        yield [service, *others]
    finally:
        for server in others:
            server.destroy()


def new_connection(service, servers, quota):
    code = "Q" + uuid.uuid4().hex[:8].upper()
    service.add_organisation(code, "A registry", "registry")
    service.add_registry(code)
    number = service.connect("HOSP1", code, quota=quota)["number"]
    for server in servers:
        server.wait_for_policy()
    return code, number


def hammer(service, servers, registry, sizes, each=2, on_granted=None):
    """Ask from all servers at once until each thread was refused; the records granted, by server. A
    server that is gone ends its threads; what it granted is what was answered."""
    granted = [0] * len(servers)
    lock = threading.Lock()

    def ask(at):
        caller = Caller(service, "HOSP1", servers[at].api)
        while True:
            size = sizes[granted[at] % len(sizes)]
            try:
                status = caller.issue(registry, body(size))[0]
            except OSError:
                return
            assert status in (200, 429, 503)
            if status == 429 and size == 1:
                return
            if status == 200:
                with lock:
                    granted[at] += size
                    if on_granted is not None:
                        on_granted(sum(granted))
            elif status == 429:
                status = caller.issue(registry, body(1))[0]
                if status != 200:
                    return
                with lock:
                    granted[at] += 1

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(len(servers)) for _ in range(each)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return granted


def reserved(service, number):
    return int(service.pg.sql("SELECT coalesce(sum(reserved), 0) FROM schuilnaam.usage "
                              f"WHERE kind = 'issue' AND subject = {number}"))


def alarms(service, number):
    return int(service.pg.sql("SELECT count(*) FROM schuilnaam.audit_event WHERE event = 390 AND "
                              f"detail::jsonb ->> 'subject' = '{number}'"))


def until(check, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_three_servers_under_load_grant_one_quota_to_its_last_record(service, three):
    registry, number = new_connection(service, three, 600)
    granted = hammer(service, three, registry, [1, 7, 3, 20])
    rest = hammer(service, three, registry, [1], each=1)
    assert sum(granted) + sum(rest) == 600
    assert all(granted) and reserved(service, number) == 600


def test_the_alarm_at_half_is_told_once_by_all_servers_together(service, three):
    before = sum(server.metric('schuilnaam_quota_alarms_total') for server in three)
    registry, number = new_connection(service, three, 400)
    assert Caller(service, "HOSP1").issue(registry, body(150))[0] == 200
    assert alarms(service, number) == 0
    hammer(service, three, registry, [1, 5])
    until(lambda: alarms(service, number) == 1)
    until(lambda: sum(s.metric('schuilnaam_quota_alarms_total') for s in three) == before + 1)
    assert service.pg.sql("SELECT alarm_told FROM schuilnaam.usage WHERE kind = 'issue' AND "
                          f"subject = {number}") == "t"
    row = service.pg.sql("SELECT name, role, organisation, registry FROM schuilnaam.audit_event WHERE "
                         f"event = 390 AND detail::jsonb ->> 'subject' = '{number}'")
    assert row.replace("|", " ").split() == ["QUOTA_HALF", "system", "HOSP1", registry]


def test_a_server_killed_under_load_loses_the_rest_of_its_block_and_grants_nothing_twice(service, three):
    registry, number = new_connection(service, three, 900)
    victim = three[2]
    killed = threading.Event()

    def kill_at_a_third(granted):
        if granted > 300 and not killed.is_set():
            killed.set()
            os.kill(victim.process.pid, signal.SIGKILL)

    granted = hammer(service, three, registry, [1, 4, 9], on_granted=kill_at_a_third)
    assert killed.is_set()
    victim.process.wait()
    victim.start()
    rest = hammer(service, three, registry, [1], each=1)
    total = sum(granted) + sum(rest)
    made = int(service.pg.sql("SELECT coalesce(sum(asked), 0) FROM schuilnaam.audit_event WHERE "
                              f"event = 200 AND status = 200 AND registry = '{registry}'"))
    assert total <= made <= 900 and reserved(service, number) == 900
    assert made > 800  # what a crash may lose is a block for each thread that was under way


def test_a_refused_request_is_counted_and_leaves_the_rest(service, three):
    registry, _ = new_connection(service, three, 10)
    before = service.metric('schuilnaam_quota_refused_total')
    caller = Caller(service, "HOSP1")
    assert caller.issue(registry, body(11))[0] == 429
    assert caller.issue(registry, body(10))[0] == 200
    assert caller.issue(registry, body(1))[0] == 429
    assert service.metric('schuilnaam_quota_refused_total') == before + 2


def test_quotas_of_the_other_kinds_are_rows_that_an_operator_changes(service):
    kinds = {row["kind"]: row for row in service.admin_cli("quota", "list")["quotas"]
             if row["connection"] is None and row["registry"] is None and row["linkage"] is None}
    assert set(kinds) == {"blind", "reverse", "rotate", "link", "evaluate"}
    made = service.admin_cli("quota", "create", "--kind", "rotate", "--registry", "REG1", "--quota", "5000")
    assert (made["registry"], made["quotaPerDay"]) == ("REG1", 5000)
    number = str(made["number"])
    assert service.admin_cli("quota", "change", number, "--quota", "4000")["quotaPerDay"] == 4000
    assert service.approved("quota", "change", number, "--quota", "6000")["state"] == "executed"
    assert service.admin_cli("quota", "show", number)["quotaPerDay"] == 6000
