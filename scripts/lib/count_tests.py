#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Count the tests in a JUnit file of ctest or pytest: prints `PASSED FAILED SKIPPED`.

A cmocka program is one test to ctest; what it prints tells how many it held. One that fails
without naming a failed test (it crashed, or ran out of time) counts as one failure."""
import re
import sys
import xml.etree.ElementTree as ET

LINE = re.compile(r"^\[\s*(PASSED|FAILED|SKIPPED)\s*\] (\d+) test\(s\)", re.MULTILINE)


def outcome(case):
    """passed, failed or skipped, as the runner says."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
        return "skipped"
    return "failed" if case.get("status") == "fail" else "passed"


def count_case(case):
    """The counts of one test case: what a cmocka program printed, or the case itself."""
    said = outcome(case)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for word, number in LINE.findall(case.findtext("system-out") or ""):
        counts[word.lower()] += int(number)
    if not any(counts.values()) or (said == "failed" and counts["failed"] == 0):
        counts[said] += 1
    return counts


def main(path):
    try:
        cases = ET.parse(path).getroot().iter("testcase")
    except (OSError, ET.ParseError) as error:
        print(f"count_tests: {path}: {error}", file=sys.stderr)
        return 1
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for case in cases:
        for word, number in count_case(case).items():
            total[word] += number
    print(total["passed"], total["failed"], total["skipped"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
