# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests: a real PostgreSQL, real TLS, the real programs.

SCHUILNAAM_BIN names the folder with schuilnaamd and schuilnaam (default: the dev build)."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts", "devkit"))
sys.path.insert(0, os.path.join(ROOT, "tests", "reference"))

import pytest  # noqa: E402

import deployment  # noqa: E402
from pg_cluster import PgCluster  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    """One cluster for the whole run; whoever stops or freezes it makes a cluster of its own."""
    with PgCluster() as pg:
        yield pg.start()


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A service with two hospitals and two registries, as in the demonstration."""
    d = deployment.Deployment(str(tmp_path_factory.mktemp("service")))
    try:
        d.set_up()
        deployment.register_two_by_two(d)
        yield d
    finally:
        d.destroy()
