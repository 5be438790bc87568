"""The Makefile's recipes in a checkout below any path."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from launchpad import paths


@pytest.mark.parametrize("target", ["security", "security-docs"])
def test_node_is_found_below_a_path_with_a_blank(tmp_path, target):
    checkout = tmp_path / "my models"
    checkout.mkdir()
    for name in ("Makefile", ".venv"):
        (checkout / name).symlink_to(paths.ROOT / name)
    command = ["make", "--dry-run", "--assume-old=setup", target]
    recipe = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True, timeout=60).stdout
    (node,) = (word.partition("=")[2] for word in shlex.split(recipe) if word.startswith("JSII_NODE="))
    assert "my models" in node
    assert Path(node).is_file()
