"""Virtual environments for a workload's programs, created by uv from locked requirements, once per content."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from launchpad import paths
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.processes.programs import Program

CACHE = paths.LOCAL_AWS / "cache" / "programs"
_COMPLETE = ".complete"
LAST_LINES = 15
"""The lines of a script's output that its error repeats."""


def find_uv() -> Path:
    """The pinned uv that `make setup` installed, or the one on the PATH.

    Raises:
        LaunchpadError: uv is not installed.
    """
    places = (paths.ROOT / ".tools" / "bin" / "uv", paths.ROOT / ".venv-local-aws" / "bin" / "uv")
    program = next((path for path in places if path.is_file()), None) or shutil.which("uv")
    if not program:
        raise LaunchpadError("uv is not installed; run `make setup`")
    return Path(program)


def python_with(requirements: Path, cache: Path = CACHE) -> Path:
    """The Python of an environment with exactly the locked `requirements`; an empty one if the file doesn't exist.

    Raises:
        LaunchpadError: uv can't create it; carries uv's output.
    """
    import fcntl  # not at the top: Windows has none, and every command imports this module

    content = requirements.read_bytes() if requirements.is_file() else b""
    folder = cache / hashlib.sha256(content + sys.version.encode()).hexdigest()[:16]
    cache.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands may create the same one
        if not (folder / _COMPLETE).exists():
            _make(folder, requirements, content)
    return folder / "bin" / "python"


def _make(folder: Path, requirements: Path, content: bytes) -> None:
    run_uv(["venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], os.environ)
    if content:
        install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--python", str(folder)]
        try:
            run_uv([*install, "-r", str(requirements)], os.environ)
        except LaunchpadError as error:
            raise LaunchpadError(f"{shown(requirements)}: {error}{_remedy(requirements, str(error))}") from None
    (folder / _COMPLETE).touch()


def _remedy(requirements: Path, error: str) -> str:
    """What to do about a requirement without a hash; empty for another error."""
    if "--require-hashes" not in error:
        return ""
    source = requirements.with_suffix(".in").name
    return f"\nwrite the package into {source}, then `launchpad lock {requirements.parent.name}` writes this file"


def run_uv(arguments: list[str], variables: Mapping[str, str]) -> None:
    """Run uv to its end.

    Raises:
        LaunchpadError: it failed; has its output.
    """
    program = Program.start([find_uv(), *arguments], variables, folder=paths.PROJECT)
    try:
        output, _ = program.process.communicate()
    finally:
        program.end()
    if program.process.returncode:
        raise LaunchpadError(f"uv {' '.join(arguments[:2])} failed:\n{output.strip()}")


def run(
    python: Path, script: Path, arguments: list[str], variables: Mapping[str, str], show: Callable[[str], object]
) -> None:
    """Run a script to its end in the script's folder; `show` gets each line when it is printed.

    Raises:
        LaunchpadError: it failed; carries its last lines.
    """
    unbuffered = {**variables, "PYTHONUNBUFFERED": "1"}  # Python keeps lines back where they go to no terminal
    program = Program.start([python, script, *arguments], unbuffered, folder=script.parent)
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        for line in program.process.stdout or ():
            last.append(line.rstrip())
            show(line.rstrip())
        code = program.wait()
    finally:
        program.end()
    if code:
        words = "\n".join(last).strip()
        raise LaunchpadError(f"{shown(script)} failed with exit code {code}:\n{words}")
