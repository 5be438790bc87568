"""The tests of the monitoring image's programs, in the image's environment: this one has neither pandas nor evidently.

They are in `containers/monitoring/tests`; by hand: `.venv-monitoring/bin/python -m pytest containers/monitoring/tests`.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from launchpad import paths

FOLDER = paths.CONTAINERS / "monitoring" / "tests"
SECONDS = 900


def test_programs_of_the_monitoring_image() -> None:
    make(".venv-monitoring/.installed")
    # One process for all of them, because evidently takes seconds to import.
    command = [str(paths.ROOT / ".venv-monitoring/bin/python"), "-m", "pytest", str(FOLDER)]
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    result = subprocess.run(
        command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]


@pytest.mark.workloads
def test_a_million_requests_take_less_than_two_gigabytes() -> None:
    printed = make("benchmark-window")
    assert "records: 1000000, sampled: 5000, labelled: 1000000" in printed
    assert "MB of 2000" in printed


def make(target: str) -> str:
    """What `make` prints; it must succeed."""
    command = ["make", "--silent", target]
    result = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
