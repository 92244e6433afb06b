# SPDX-License-Identifier: Apache-2.0
"""Linkage: finals of two source registries meet in a research registry and nowhere else; dates, types,
count limit, suspension, end."""
import csv
import threading

import pytest

from approve import approved, refused
from client import Caller
from deployment import Deployment, register_two_by_two

PERSONS = [{"G": "MV"[i % 2], "GD": f"19{50 + i % 50}0515", "PC": "1234AB", "BSN": bsn}
           for i, bsn in enumerate(("999900006", "999900018", "999900031", "999900043"))]
UNTIL = "2099-01-01"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Two registries, each with a domain of its own, and a research registry with a third."""
    d = Deployment(str(tmp_path_factory.mktemp("linkage")))
    try:
        d.set_up()
        register_two_by_two(d)
        d.add_organisation("RES", "A research registry", "registry")
        d.add_registry("RES")
        d.connect("HOSP1", "RES")
        d.wait_for_policy()
        yield d
    finally:
        d.destroy()


def link_make(own, source="REG1", research="RES", types="A,C", limit=1000, **more):
    words = [w for name, value in more.items() for w in ("--" + name, str(value))]
    made = approved(own, "linkage", "create", "--source", source, "--research", research, "--types",
                    types, "--until", UNTIL, "--count-limit", str(limit), "--reason", "a study",
                    *words)
    own.wait_for_policy()
    found = [k for k in own.admin_cli("linkage", "list")["linkages"]
             if k["source"] == source and k["research"] == research and k["state"] == "active"]
    assert len(found) == 1, made
    return found[0]["number"]


def change(own, number, *words):
    approved(own, "linkage", "change", str(number), *words)
    own.wait_for_policy()


def end(own, number):
    own.admin_cli("linkage", "end", str(number))
    own.wait_for_policy()


@pytest.fixture
def linkage(own):
    number = link_make(own)
    yield number
    if own.admin_cli("linkage", "show", str(number))["state"] != "ended":
        end(own, number)


def finals(own, registry, provider="HOSP1", types=("A", "C")):
    made = Caller(own, provider).issue(registry, {"pseudonymTypes": list(types), "records": PERSONS})
    status, answer = Caller(own, registry).translate(registry, made[1])
    assert status == 200 and answer["statistics"]["errorTotal"] == 0
    return [r["pseudonyms"] for r in answer["records"]]


def call(own, number, records, who="REG1"):
    answer = Caller(own, who).request("POST", f"/v1/linkages/{number}/pseudonyms", {
        "records": [{"pseudonyms": r} for r in records]})
    return answer.status, answer.json()


def asked(own, number):
    return own.admin_cli("linkage", "show", str(number))["asked"]


def test_source_registries_meet_in_the_research_registry_alone(own, linkage):
    other = link_make(own, "REG2")
    try:
        got = {}
        for number, source in ((linkage, "REG1"), (other, "REG2")):
            mine = finals(own, source)
            status, answer = call(own, number, mine, source)
            assert status == 200 and answer["statistics"] == {
                **answer["statistics"], "pseudonymTotal": 8, "errorTotal": 0}
            temporaries = [r["pseudonyms"] for r in answer["records"]]
            assert all(set(r) == {"pseudonyms", "diagnostics"} for r in answer["records"])
            assert all(t[c].startswith(f"T-{c}-") for t in temporaries for c in "AC")
            translated = Caller(own, "RES").translate("RES", answer)[1]["records"]
            assert {r["provider"] for r in translated} == {source}
            got[source] = [r["pseudonyms"] for r in translated]
            assert not {t for r in mine for t in r.values()} & {
                t for r in got[source] for t in r.values()}
        assert got["REG1"] == got["REG2"] == finals(own, "RES")
        assert asked(own, linkage) == asked(own, other) == 8
    finally:
        end(own, other)


def test_what_is_made_is_for_the_research_registry_alone(own, linkage):
    (record, *_) = call(own, linkage, finals(own, "REG1"))[1]["records"]
    for who in ("REG1", "REG2"):
        refusal = Caller(own, who).translate(who, {"records": [record]})[1]["records"][0]
        assert {d["code"] for d in refusal["diagnostics"]} == {3201}
    again = call(own, linkage, finals(own, "REG1"))[1]["records"][0]
    assert again["pseudonyms"]["A"] != record["pseudonyms"]["A"]


def test_everybody_else_gets_the_same_refusal(own, linkage):
    mine = finals(own, "REG1")
    problems = [call(own, number, mine, who) for number, who in (
        (linkage, "REG2"), (linkage, "RES"), (linkage, "HOSP1"), (99, "REG1"), (0, "REG1"),
        ("007", "REG1"), ("x", "REG1"), (2**31, "REG1"))]
    assert {status for status, _ in problems} == {403}
    assert len({(p["type"], p["detail"], p["code"]) for _, p in problems}) == 1
    assert call(own, linkage, [{"B": "P-B-REG1-1-x"}])[0] == 403  # not one of its types
    assert call(own, linkage, [{"Z": "x"}])[0] == 400


def test_finals_of_others_are_refused_alike(own, linkage):
    (mine, *_) = finals(own, "REG1")
    (other, *_) = finals(own, "REG2")
    status, answer = call(own, linkage, [mine, other, {"A": "x"}, {"A": mine["C"]}, {}])
    assert status == 200
    assert answer["records"][0]["diagnostics"] == []
    assert {d["code"] for r in answer["records"][1:4] for d in r["diagnostics"]} == {3221}
    assert [d["code"] for d in answer["records"][4]["diagnostics"]] == [3222]
    assert asked(own, linkage) == 6


def test_a_batch_that_would_pass_the_count_limit_is_refused_whole(own):
    number = link_make(own, limit=10)
    try:
        mine = finals(own, "REG1")
        assert call(own, number, mine)[0] == 200  # 8 values
        status, problem = call(own, number, mine[:2])  # 4 more
        assert status == 429 and problem["code"] == 2042
        assert asked(own, number) == 8
        assert call(own, number, mine[:1])[0] == 200
        assert call(own, number, [{"A": "x"}])[0] == 429
        assert asked(own, number) == 10
        change(own, number, "--count-limit", "11", "--reason", "one more")
        assert call(own, number, [{"A": "x"}])[0] == 200
    finally:
        end(own, number)


def test_calls_at_one_time_pass_the_limit_by_nothing_and_fail_nobody(own):
    """Each call counts 8; ten threads ask twice, beside providers who must not notice."""
    number = link_make(own, limit=80)
    mine, results, others = finals(own, "REG1"), [], []
    try:
        def ask():
            for _ in range(2):
                results.append(call(own, number, mine)[0])

        def issue():
            caller = Caller(own, "HOSP1")
            for _ in range(40):
                others.append(caller.issue("REG1", {"pseudonymTypes": ["C"],
                                                    "records": PERSONS[:1]})[0])

        threads = [threading.Thread(target=f) for f in [ask] * 10 + [issue] * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [200] * 10 + [429] * 10
        assert set(others) == {200}
        assert asked(own, number) == 80
        assert own.daemon("audit", "verify", check=False)[0] == 0
    finally:
        end(own, number)


def test_suspending_stops_translation_and_ending_does_not(own, linkage):
    mine = finals(own, "REG1")
    (record, *_) = call(own, linkage, mine)[1]["records"]

    def codes():
        (got,) = Caller(own, "RES").translate("RES", {"records": [record]})[1]["records"]
        return {d["code"] for d in got["diagnostics"]}

    assert codes() == set()
    change(own, linkage, "--state", "suspended", "--reason", "a doubt")
    assert codes() == {3223}
    assert call(own, linkage, mine)[0] == 403
    change(own, linkage, "--state", "active", "--reason", "no doubt")
    assert codes() == set()
    end(own, linkage)
    assert codes() == set()
    assert call(own, linkage, mine)[0] == 403


def test_dates_are_kept(own):
    number = link_make(own, "REG2", **{"from": "2098-01-01"})
    try:
        assert call(own, number, finals(own, "REG2"), "REG2")[0] == 403
    finally:
        end(own, number)


def test_what_cannot_be_is_refused(own, linkage):
    def create(source, research, *more):
        return refused(own, "linkage", "create", "--source", source, "--research", research,
                       "--types", "A", "--until", UNTIL, "--count-limit", "1", "--reason", "x", *more)

    own.admin_cli("domain", "create", "--code", "BOUND", "--kind", "bound")
    own.admin_cli("registry", "create", "--code", "BREG", "--organisation", "RES", "--domain",
                  "BOUND", "--state", "listed")
    own.admin_cli("registry", "create", "--code", "REG1C", "--organisation", "REG2", "--domain",
                  "REG1")
    assert create("REG1", "RES") == 65  # one for each pair
    assert create("REG1", "REG1") == 65
    assert create("REG1", "REG1C") == 65  # one domain
    assert create("REG1", "BREG") == 65 and create("BREG", "REG1") == 65
    assert create("NONE", "RES") == 65
    own.admin_cli("connection", "create", "--provider", "REG2", "--registry", "RES", "--types", "A")
    assert create("REG2", "RES") == 65  # the pair has a connection
    (number,) = [c["number"] for c in own.admin_cli("connection", "list")["connections"]
                 if c["provider"] == "REG2"]
    own.admin_cli("connection", "end", str(number))
    assert own.admin_cli("connection", "create", "--provider", "REG1", "--registry", "RES", "--types",
                         "A", check=False)[0] == 65  # the pair has a linkage
    own.wait_for_policy()


def test_the_client_makes_a_file_for_the_research_registry(own, linkage, tmp_path):
    source, out, last = (str(tmp_path / name) for name in ("final.csv", "research.csv", "got.csv"))
    mine = finals(own, "REG1")
    with open(source, "w", newline="", encoding="utf-8") as text:
        csv.writer(text).writerows([["visit", "A"], *[[f"v{i}", r["A"]] for i, r in enumerate(mine)]])
    own.cli("REG1", "link", "--linkage", str(linkage), "--column", "A", "--keep", "visit", source,
            "-o", out)
    own.cli("RES", "translate", "--registry", "RES", "--column", "A", "--keep", "visit", out, "-o",
            last)
    with open(last, newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    assert rows[0] == ["visit", "A", "provider", "diagnostics"]
    assert [r[1] for r in rows[1:]] == [r["A"] for r in finals(own, "RES")]
    assert {r[2] for r in rows[1:]} == {"REG1"}
