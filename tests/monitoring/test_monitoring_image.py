"""The tests of the monitoring image's programs, in the image's environment: this one has neither pandas nor evidently.

They are in `containers/monitoring/tests`; by hand: `.venv-monitoring/bin/python -m pytest containers/monitoring/tests`.
"""

from __future__ import annotations

import os
import subprocess

from launchpad import paths

FOLDER = paths.CONTAINERS / "monitoring" / "tests"
SECONDS = 900


def test_programs_of_the_monitoring_image() -> None:
    target = ".venv-monitoring/.installed"
    subprocess.run(["make", "--silent", target], cwd=paths.ROOT, check=True, timeout=SECONDS)
    # One process for all of them, because evidently takes seconds to import.
    command = [str(paths.ROOT / ".venv-monitoring/bin/python"), "-m", "pytest", str(FOLDER)]
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    result = subprocess.run(
        command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
