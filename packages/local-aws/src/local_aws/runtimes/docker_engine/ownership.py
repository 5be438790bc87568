"""The owner of a job's files: containers run as root or another user, the local AWS as the user who started it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from local_aws.files.untrusted import JobTree
from local_aws.runtimes.docker_engine.engine import Engine


def open_to_all(root: Path) -> None:
    """Let any user of the container read and write in ``root``, as on SageMaker.

    Other users of the machine have no access, because the parent folders are open only to the local AWS's user.
    """
    root.chmod(0o777)
    for base, folders, files in os.walk(root):
        for name in folders:
            _add(Path(base, name), 0o777)
        for name in files:
            _add(Path(base, name), 0o666)


def give_back(engine: Engine, image: str, root: Path) -> None:
    """Make the local AWS's user the owner of the container's files, so that it can move and remove them.

    Only root of the container may do that, and needs no network for it. Root of the machine owns everything already.
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
