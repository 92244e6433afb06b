# SPDX-License-Identifier: Apache-2.0
"""The life of keys in a running service, and the processes that must have loaded them."""
import time

import pytest

from deployment import Deployment, register_two_by_two


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    d = Deployment(str(tmp_path_factory.mktemp("lifecycle")))
    try:
        d.set_up()
        register_two_by_two(d)
        yield d
    finally:
        d.destroy()


def until(test, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if test():
            return
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")


def sql(d, text):
    return d.pg.sql("SET search_path = schuilnaam; " + text)


def live(d):
    return int(sql(d, "SELECT count(*) FROM process WHERE ended IS NULL "
                      "AND confirmed > now() - interval '3 seconds'"))


def test_each_serving_process_has_a_live_row_with_the_counters_it_loaded(own):
    assert live(own) == 1
    other = own.sibling("second")
    other.start()
    try:
        assert live(own) == 2
        until(lambda: int(sql(own, "SELECT count(*) FROM process WHERE ended IS NULL AND translate_counter = "
                                   "(SELECT counter FROM manifest WHERE compartment = 'translate')")) == 2,
              5, "both have loaded the newest manifest")
        confirmed = sql(own, "SELECT max(confirmed) FROM process")
        until(lambda: sql(own, "SELECT max(confirmed) FROM process") > confirmed, 5, "rows are renewed")
    finally:
        assert other.stop() == 0
    assert int(sql(own, "SELECT count(*) FROM process WHERE ended IS NULL")) == 1
