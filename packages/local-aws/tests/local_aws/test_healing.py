"""An instance that ends or hangs is replaced, and one that ends again and again ever more slowly."""

from __future__ import annotations

import pytest

from local_aws.sagemaker.hosting.healing import BUSY_SECONDS, MISSES, Health, restart_delay


@pytest.mark.parametrize(("deaths", "seconds"), [(1, 0.0), (2, 1.0), (3, 2.0), (5, 8.0), (50, 60.0)])
def test_restarts_slow_down(deaths, seconds):
    assert restart_delay(deaths) == seconds


def test_an_idle_instance_is_lost_after_several_misses():
    health = Health()
    for moment in range(MISSES):
        assert not health.is_lost(busy=False, moment=moment)
        health.note(healthy=False, moment=moment)
    assert health.is_lost(busy=False, moment=MISSES)


def test_one_response_forgives_the_misses():
    health = Health()
    for healthy in [False] * (MISSES - 1) + [True, False]:
        health.note(healthy=healthy, moment=0.0)
    assert not health.is_lost(busy=False, moment=0.0)


def test_a_busy_instance_gets_the_time_of_a_request():
    health = Health()
    for _ in range(MISSES):
        health.note(healthy=False, moment=10.0)
    assert not health.is_lost(busy=True, moment=10.0 + BUSY_SECONDS)
    assert health.is_lost(busy=True, moment=10.1 + BUSY_SECONDS)
