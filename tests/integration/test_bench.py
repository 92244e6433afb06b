# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run, and tell what they promise: a smoke run's JSON has every goal in the right shape.
Its figures are not judged."""
import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bench"))

from goals import GOALS  # noqa: E402

SHAPE = {"key": str, "suite": str, "title": str, "compares": str, "better": str, "limit": (int, float),
         "aim": (int, float, type(None)), "unit": str, "value": (int, float, type(None)),
         "pass": (bool, type(None)), "spread": (list, type(None)), "measured": dict,
         "why": (str, type(None))}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """(the JSON, the page)"""
    folder = tmp_path_factory.mktemp("bench")
    found, page = folder / "result.json", folder / "result.md"
    done = subprocess.run([os.path.join(ROOT, "bench", "run"), "--smoke", "--json", found, "--page", page],
                          capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(found.read_text()), page.read_text()


def test_every_goal_is_told_in_its_shape(smoke):
    result, _ = smoke
    assert [goal["key"] for goal in result["goals"]] == [goal.key for goal in GOALS]
    for goal in result["goals"]:
        assert set(goal) == set(SHAPE)
        for name, kind in SHAPE.items():
            assert isinstance(goal[name], kind), (goal["key"], name)


def test_a_goal_has_a_value_or_the_reason_why_not(smoke):
    for goal in smoke[0]["goals"]:
        if goal["value"] is None:
            assert goal["why"] and goal["pass"] is None and goal["spread"] is None
        else:
            assert goal["why"] is None and len(goal["spread"]) == 2 and goal["pass"] is not None
            assert goal["measured"] and all(isinstance(v, (int, float)) for v in goal["measured"].values())


def test_what_needs_nothing_beyond_the_tree_is_measured(smoke):
    """The rest may be absent: clang and nginx from a machine, a yardstick from a build."""
    optional = {"kernel_x25519_clang", "kernel_libsodium_clang", "bare_of_nginx"}
    absent = {goal["key"]: goal["why"] for goal in smoke[0]["goals"]
              if goal["value"] is None and goal["key"] not in optional}
    if len(os.sched_getaffinity(0)) > 1:
        assert absent == {}


def test_machine_compiler_commit_and_flags_are_named(smoke):
    result, page = smoke
    for name in ("machine", "kernel", "commit", "flags", "versions"):
        assert isinstance(result[name], str) and result[name]
        assert result[name] in page
    assert set(result["compilers"]) == {"gcc", "clang"} and result["is_smoke"] is True


def test_the_page_tells_every_goal_and_that_a_smoke_run_is_not_for_quoting(smoke):
    _, page = smoke
    assert all(f"| {goal.title} |" in page for goal in GOALS)
    assert "not for quoting" in page


def test_peers_are_measured_or_skipped_with_a_reason(smoke):
    peers = smoke[0]["tables"]["peers"]
    assert peers and all("why" in peer or peer.get("us") or peer.get("per_s") for peer in peers)
    assert all(peer["difference"] for peer in peers if "why" not in peer)


def test_a_name_that_no_goal_has_is_refused():
    done = subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "bench", "run.py"), "--only", "nothing"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "nothing" in done.stderr
