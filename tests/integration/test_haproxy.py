# SPDX-License-Identifier: Apache-2.0
"""Two servers behind HAProxy on one database, by the operators' own example (docs/haproxy.cfg): whichever
serves, the finals are the same; when one is killed, nobody gets a wrong answer."""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from client import Caller
from deployment import ROOT, Deployment, free_ports, register_two_by_two

HAPROXY = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
LANES = 8
ISSUED = ("SELECT count(*) FROM schuilnaam.audit_event WHERE name = 'ISSUE' AND outcome = 'ok' "
          "AND organisation = '{}' AND registry = '{}'")
CONNECTION_ERRORS = (OSError, http.client.HTTPException)


def until(test, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if test():
            return
        time.sleep(0.02)
    pytest.fail(f"not within {seconds} s: {what}")


class Haproxy:
    """HAProxy with docs/haproxy.cfg in front of two servers."""

    def __init__(self, folder, one, two):
        self.address = f"127.0.0.1:{free_ports(1)[0]}"
        self.stats = os.path.join(folder, "haproxy.sock")
        self.config = os.path.join(folder, "haproxy.cfg")
        with open(os.path.join(ROOT, "docs", "haproxy.cfg"), encoding="utf-8") as text:
            config = text.read()
        found = {"192.0.2.10:8443": self.address, "/run/haproxy/admin.sock": self.stats}
        for name, server in (("192.0.2.11", one), ("192.0.2.12", two)):
            found[f"{name}:8443"] = server.api
            found[f"addr {name} port 8445"] = "addr 127.0.0.1 port " + server.health.rpartition(":")[2]
        for old, new in found.items():
            assert old in config
            config = config.replace(old, new)
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(config)
        self.log = open(os.path.join(folder, "haproxy.log"), "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([HAPROXY, "-db", "-f", self.config], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        until(lambda: self.up() == {"one", "two"}, 10, "HAProxy sees both servers")

    def servers(self):
        """{name: its line of the statistics}"""
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(self.stats)
                sock.sendall(b"show stat\n")
                text = b"".join(iter(lambda: sock.recv(65536), b"")).decode()
        except OSError:
            return {}
        head, *lines = text.lstrip("# ").splitlines()
        rows = [dict(zip(head.split(","), line.split(","))) for line in lines if line]
        return {row["svname"]: row for row in rows if row["pxname"] == "servers"
                and row["svname"] != "BACKEND"}

    def up(self):
        """Which servers passed a check and are in use."""
        return {name for name, row in self.servers().items()
                if row["status"] == "UP" and row["check_status"].startswith("L7OK")}

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """(first server, second server, HAProxy before them)"""
    if HAPROXY is None:
        pytest.skip("haproxy is not installed")
    folder = str(tmp_path_factory.mktemp("pair"))
    first, proxy = Deployment(folder), None
    second = None
    try:
        first.set_up()
        register_two_by_two(first)
        second = first.sibling("second")
        second.start()
        proxy = Haproxy(folder, first, second)
        yield first, second, proxy
    finally:
        if proxy is not None:
            proxy.stop()
        if second is not None:
            second.destroy()
        first.destroy()


def record(n):
    return {"G": "M", "GD": f"19{n % 90 + 10}0515", "PC": "1234AA"}


def body(n):
    return {"pseudonymTypes": ["C"], "records": [record(n)]}


def finals(d, temporaries, address=None):
    status, answer = Caller(d, "REG1", address).translate("REG1", temporaries)
    assert status == 200
    return [r["pseudonyms"]["C"] for r in answer["records"]]


def issue(d, n, address=None):
    status, answer = Caller(d, "HOSP1", address).issue("REG1", body(n))
    assert status == 200
    return answer


def test_finals_are_the_same_whichever_server_issues_and_translates(pair):
    first, second, _ = pair
    for n in range(3):
        found = {final for maker in (first, second) for reader in (first, second)
                 for final in finals(reader, issue(maker, n))}
        assert len(found) == 1


def test_new_connections_go_to_both_servers(pair):
    first, _, proxy = pair
    before = {name: int(row["stot"]) for name, row in proxy.servers().items()}
    callers = [Caller(first, "HOSP1", proxy.address) for _ in range(4)]
    for caller in callers:
        assert caller.issue("REG1", body(1))[0] == 200
    after = {name: int(row["stot"]) for name, row in proxy.servers().items()}
    assert all(after[name] > before[name] for name in ("one", "two"))
    for caller in callers:
        caller.close()


class Lane:
    """One client on one kept-alive connection: issues and translates, compares, and tries again after
    a connection error."""

    def __init__(self, d, address, expected):
        self.provider, self.registry = Caller(d, "HOSP1", address), Caller(d, "REG1", address)
        self.expected, self.lost, self.good, self.wrong = expected, [], 0, []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        n = 0
        while not self.stop.is_set():
            n = (n + 1) % len(self.expected)
            issued = self._ask(self.provider, "temporary-pseudonyms", body(n))
            final = self._ask(self.registry, "final-pseudonyms", issued) if issued else None
            if final and final["records"][0]["pseudonyms"]["C"] != self.expected[n]:
                self.wrong.append(final)
            self.good += final is not None

    def _ask(self, caller, what, asked):
        """The answer parsed; a lost connection is noted, and the same request sent again on another."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            is_new = caller.connection is None
            try:
                answer = caller.request("POST", f"/v1/registries/REG1/{what}", asked, tries=1)
            except CONNECTION_ERRORS as error:
                self.lost.append((time.monotonic(), is_new, type(error).__name__))
                caller.close()
                time.sleep(0.02)
                continue
            if answer.status == 200:
                return answer.json()
            self.wrong.append(answer.status)
            return None
        self.wrong.append("nobody answers")
        return None


@pytest.fixture(scope="module")
def killed(pair):
    """The second server is killed under load: (what each lane met, connections it had, events before,
    when it was gone)."""
    first, second, proxy = pair
    expected = [finals(first, issue(first, n))[0] for n in range(20)]
    before = int(first.pg.sql(ISSUED.format("HOSP1", "REG1")))
    lanes = [Lane(first, proxy.address, expected) for _ in range(LANES)]
    try:
        until(lambda: all(lane.good > 5 for lane in lanes), 20, "load runs")
        connected = int(proxy.servers()["two"]["scur"])
        os.kill(second.process.pid, signal.SIGKILL)
        second.process.wait()
        gone = time.monotonic()
        marks = [lane.good for lane in lanes]
        until(lambda: all(lane.good > mark + 20 for lane, mark in zip(lanes, marks)), 20,
              "every client goes on")
    finally:
        for lane in lanes:
            lane.stop.set()
        for lane in lanes:
            lane.thread.join()
            lane.provider.close()
            lane.registry.close()
    return lanes, connected, before, gone


def test_a_kill_under_load_costs_the_killed_servers_connections_and_nothing_else(killed):
    lanes, connected, _, gone = killed
    assert [w for lane in lanes for w in lane.wrong] == []
    lost = [loss for lane in lanes for loss in lane.lost]
    assert 1 <= sum(not is_new for _, is_new, _ in lost) <= connected
    # A process that is being killed still has its sockets for a moment, and takes connections that
    # nobody will serve; once it is gone, HAProxy gives each new one to the other server.
    assert all(when < gone + 1 for when, _, _ in lost), lost


def test_after_a_kill_every_answer_has_its_event(pair, killed):
    first, _, _ = pair
    lanes, _, before, _ = killed
    events = int(first.pg.sql(ISSUED.format("HOSP1", "REG1"))) - before
    good, lost = sum(lane.good for lane in lanes), sum(len(lane.lost) for lane in lanes)
    # An event may be there whose answer was lost with its connection, never the other way.
    assert good <= events <= good + lost


def test_after_a_kill_the_audit_trail_verifies_and_the_chain_stays_open(pair, killed):
    first, _, _ = pair
    assert killed
    code, out, err = first.daemon("audit", "verify", check=False)
    assert code == 0, out + err
    assert re.search(r"\b0 findings", out), out
    unclosed = first.pg.sql(
        "SELECT count(*) FROM (SELECT chain FROM schuilnaam.audit_event GROUP BY chain "
        "HAVING count(*) FILTER (WHERE name = 'CHAIN_END') = 0) AS open")
    assert int(unclosed) > 0


def test_a_server_that_is_started_again_serves_the_same_finals(pair, killed):
    first, second, proxy = pair
    assert killed
    until(lambda: proxy.up() == {"one"}, 10, "HAProxy leaves the killed server out")
    second.start()
    until(lambda: proxy.up() == {"one", "two"}, 10, "HAProxy takes it back")
    assert finals(second, issue(first, 7)) == finals(first, issue(second, 7))


def granted(first, servers, registry):
    """Records that the servers in turn let HOSP1 issue until each has refused."""
    total, open_servers = 0, list(servers)
    callers = {id(server): Caller(first, "HOSP1", server.api) for server in servers}
    while open_servers:
        for server in list(open_servers):
            status = callers[id(server)].issue(registry, body(1))[0]
            assert status in (200, 429)
            total += status == 200
            if status == 429:
                open_servers.remove(server)
    return total


def new_connection(first, servers, registry, quota):
    first.add_organisation(registry, f"Registry {registry}", "registry")
    first.add_registry(registry)
    first.connect("HOSP1", registry, quota=quota)
    for server in servers:
        server.wait_for_policy()


def test_two_servers_share_one_quota_to_its_last_record(pair, killed):
    first, second, _ = pair
    assert killed
    new_connection(first, (first, second), "QREG1", 60)
    assert granted(first, (first, second), "QREG1") == 60


def test_a_kill_never_grants_quota_twice(pair, killed):
    first, second, _ = pair
    assert killed
    new_connection(first, (first, second), "QREG2", 60)
    for server in (first, second):
        for n in range(5):
            assert Caller(first, "HOSP1", server.api).issue("QREG2", body(n))[0] == 200
    os.kill(second.process.pid, signal.SIGKILL)
    second.process.wait()
    second.start()
    assert granted(first, (first, second), "QREG2") + 10 <= 60
