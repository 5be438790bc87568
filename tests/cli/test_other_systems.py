"""Commands that only read files start on systems that are not Linux. Simulated: what only Unix has is taken away."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT_UNIX = """
import importlib.abc, sys

UNIX_ONLY = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}


class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in UNIX_ONLY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


for name in UNIX_ONLY:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())

import enum, signal

missing = ("SIGHUP", "SIGKILL")
present = {name: member.value for name, member in signal.Signals.__members__.items() if name not in missing}
signal.Signals = enum.IntEnum("Signals", present)
del signal.SIGHUP, signal.SIGKILL
"""


@pytest.mark.parametrize("arguments", [["--help"], ["validate"]], ids=" ".join)
def test_commands_that_read_files_need_no_unix_module(arguments: list[str]):
    program = f"{WITHOUT_UNIX}\nfrom launchpad.cli.main import app\nsys.argv = ['launchpad', *{arguments}]\napp()"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (result.returncode, "Error" in result.stderr) == (0, False)


def test_the_app_is_imported_without_any_unix_module():
    program = f"{WITHOUT_UNIX}\nimport app"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert (result.returncode, result.stderr) == (0, "")
