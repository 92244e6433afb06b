# SPDX-License-Identifier: Apache-2.0
"""Starts the tests of engine/store (tests/store, cmocka) on a cluster of their own."""
import os
import subprocess

import pytest

import deployment
from pg_cluster import PgCluster


@pytest.fixture(scope="module")
def cluster():
    with PgCluster() as pg:
        yield pg.start()


@pytest.mark.parametrize("name", ["test_store_admin", "test_store_audit", "test_store_keys",
                                  "test_store_life",
                                  "test_store_load", "test_store_policy", "test_store_process",
                                  "test_store_rewrap", "test_store_roles", "test_store_rotation",
                                  "test_store_source"])
def test_store(cluster, name):
    program = os.path.join(deployment.binary_folder(), "tests", name)
    done = subprocess.run(
        [program], capture_output=True, text=True, check=False, timeout=300, cwd="/",
        env={**os.environ, "SCHUILNAAM_TEST_OWNER_DSN": cluster.owner_dsn,
             "SCHUILNAAM_TEST_SERVER_DSN": cluster.server_dsn,
             "SCHUILNAAM_TEST_AUDITOR_DSN": cluster.auditor_dsn})
    assert done.returncode == 0, done.stdout + done.stderr
