# SPDX-License-Identifier: Apache-2.0
"""The group's kernels in the whole service: finals are the same by either, and a server that is told to
use one that it has not does not start."""
import pytest

from client import Caller

RECORDS = {"pseudonymTypes": ["C"],
           "records": [{"G": "M", "GD": f"19930{month}15", "PC": "1234AA"} for month in range(1, 10)]}


def kernel_in_use(d):
    for line in d.health_get("/metrics")[1].splitlines():
        if line.startswith("schuilnaam_group_kernel_info{"):
            return line.split('"')[1]
    return None


def finals(d):
    temporaries = Caller(d, "HOSP1").issue("REG1", RECORDS)[1]
    answer = Caller(d, "REG1").translate("REG1", temporaries)[1]
    return [record["pseudonyms"]["C"] for record in answer["records"]]


@pytest.fixture
def restart_with(service):
    """Starts the service with a kernel; at the end as it was."""
    def restart(name):
        service.env["SCHUILNAAM_KERNEL"] = name
        service.stop()
        service.start()
    yield restart
    service.env.pop("SCHUILNAAM_KERNEL", None)
    service.stop()
    service.start()


def test_finals_are_the_same_by_either_kernel(service, restart_with):
    fastest, before = kernel_in_use(service), finals(service)
    restart_with("portable")
    assert kernel_in_use(service) == "portable"
    assert finals(service) == before
    assert len(set(before)) == len(before) == 9
    assert fastest in ("portable", "ifma")


def test_check_refuses_a_kernel_that_does_not_exist(service):
    done = service.daemon("check", check=False, env={"SCHUILNAAM_KERNEL": "sse2"})
    assert done[0] == 78
    assert "SCHUILNAAM_KERNEL" in done[2]
