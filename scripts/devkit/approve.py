# SPDX-License-Identifier: Apache-2.0
"""Calls that may need a second operator: asked by the first, approved by the second."""
import json

WAITING = 9


def approved(deployment, *words):
    """An admin command as `operator`; when it waits, `operator2` approves it. What the last
    of the two was answered, parsed."""
    code, out, err = deployment.cli("operator", "--json", "admin", *words,
                                    server=f"https://{deployment.admin}", check=False)
    assert code in (0, WAITING), err
    answer = json.loads(out)
    if code == WAITING:
        return deployment.admin_cli("approval", "approve", str(answer["approval"]), who="operator2")
    return answer


def refused(deployment, *words):
    """The exit code of an admin command that must fail, whether it is told at once or, where it waits
    for a second operator, by the approval."""
    code, out, _ = deployment.cli("operator", "--json", "admin", *words,
                                  server=f"https://{deployment.admin}", check=False)
    if code == WAITING:
        code, _ = deployment.admin_cli("approval", "approve", str(json.loads(out)["approval"]),
                                       who="operator2", check=False)
    assert code not in (0, WAITING)
    return code
