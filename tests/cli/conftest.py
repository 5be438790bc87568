"""The command line, run in this process or in a separate one, in a separate checkout where it writes files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from security.untracked_config import copy_untracked_config

ROOT = Path(__file__).resolve().parents[2]
LAUNCHPAD = ROOT / ".venv" / "bin" / "launchpad"
RECORDINGS = Path(__file__).parent / "recordings"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that the command line takes for the checkout: this one's config, and no workload yet."""
    for name in ("images.lock.json", ".venv-local-aws", "node_modules", ".tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    copy_untracked_config(tmp_path / "config")
    (tmp_path / "workloads").mkdir()
    return tmp_path


@pytest.fixture
def launchpad(checkout: Path) -> Run:
    """Run `launchpad` with these arguments in that checkout, with no AWS variable set unless the test does."""

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LAUNCHPAD_ROOT": str(checkout), "COLUMNS": "200", **variables}
        command = [str(LAUNCHPAD), *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=checkout, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def recording() -> Callable[[str], list[str]]:
    """The lines that a real program printed."""
    return lambda name: (RECORDINGS / name).read_text("utf-8").splitlines()
