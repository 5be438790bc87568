"""`launchpad images`: the lock of AWS's container images."""

from __future__ import annotations

import os

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.processes.programs import Program


def lock() -> None:
    """Renew images.lock.json from the newest SageMaker SDK, in a separate environment.

    Example: launchpad images lock
    """
    program = Program.start(["make", "lock-images"], os.environ, folder=paths.ROOT, output=1)
    if program.wait():
        raise LaunchpadError("`make lock-images` failed; its output is above")
