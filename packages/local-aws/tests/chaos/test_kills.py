"""Whatever the server is in the middle of, its end leaves no process, mount, port or folder."""

from __future__ import annotations

import os
import signal

import pytest

from tests.chaos.drills import PATIENCE_SECONDS, drill
from tests.chaos.moments import MOMENTS, QUICK

CODES = {signal.SIGTERM: 0, signal.SIGINT: 0, signal.SIGHUP: -signal.SIGHUP}


def moments(*quick):
    return [pytest.param(name, marks=() if name in quick else pytest.mark.chaos) for name in MOMENTS]


@pytest.mark.parametrize("moment", moments(*QUICK))
def test_nothing_outlives_a_killed_server(moment):
    with drill() as server:
        MOMENTS[moment](server)
        server.aws.process.kill()
        server.aws.process.wait()
        assert not server.leftovers()


@pytest.mark.chaos
@pytest.mark.parametrize("moment", moments())
@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_nothing_outlives_a_stopped_server(moment, number):
    with drill() as server:
        MOMENTS[moment](server)
        server.aws.process.send_signal(number)
        assert server.aws.process.wait(PATIENCE_SECONDS) == CODES[number]
        assert not server.leftovers()


@pytest.mark.chaos
def test_a_storm_of_signals_is_one_stop():
    with drill() as server:
        MOMENTS["jobs_running"](server)
        for _ in range(50):
            server.aws.process.send_signal(signal.SIGINT)
            server.aws.process.send_signal(signal.SIGTERM)
        assert server.aws.process.wait(PATIENCE_SECONDS) == 0
        assert not server.leftovers()


def test_a_server_whose_guard_was_killed_cleans_up_itself():
    with drill() as server:
        MOMENTS["jobs_running"](server)
        os.kill(server.guard, signal.SIGKILL)
        server.aws.process.terminate()
        assert server.aws.process.wait(PATIENCE_SECONDS) == 0
        assert not server.leftovers()


def test_a_thread_that_never_ends_does_not_keep_the_server():
    with drill("--runtime", "stuck_runtime:StuckRuntime") as server:
        MOMENTS["job_starting"](server)
        while "stuck" not in server.errors.read_text():
            pass
        server.aws.process.terminate()
        assert server.aws.process.wait(PATIENCE_SECONDS) == 0
        assert not server.leftovers()
