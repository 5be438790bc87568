"""Whose a job's files are: containers run as root or as a user of their own, the local AWS as whoever started it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from local_aws.runtimes.docker_engine.engine import Engine
from local_aws.untrusted import JobTree


def open_to_all(root: Path) -> None:
    """Let any user of the container read and write in ``root``, as on SageMaker; nobody else comes by here.

    The folders above are open to the user alone who runs the local AWS.
    """
    root.chmod(0o777)
    for base, folders, files in os.walk(root):
        for name in folders:
            _add(Path(base, name), 0o777)
        for name in files:
            _add(Path(base, name), 0o666)


def give_back(engine: Engine, image: str, root: Path) -> None:
    """Make what the container's user has left ours, so that it can be moved and removed.

    Only root of the container may do that, and needs no network for it. As root on the machine all is ours already.
    """
    if os.geteuid() == 0 or not root.is_dir() or not _foreign(root):
        return
    owner = f"{os.geteuid()}:{os.getegid()}"
    helper = engine.create(
        image,
        entrypoint=["chown", "-R", owner, "/opt/ml"],
        command=[],
        user="0",
        host={"network_mode": "none", "binds": [f"{root}:/opt/ml"], "security_opt": ["no-new-privileges"]},
    )
    try:
        engine.api.start(helper)
        engine.api.wait(helper)
    finally:
        engine.remove(helper)


def _add(path: Path, mode: int) -> None:
    with contextlib.suppress(OSError):  # another user's, or gone
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | mode)


def _foreign(root: Path) -> bool:
    user = os.geteuid()
    return any(entry.status.st_uid != user for entry in JobTree(root).entries())
