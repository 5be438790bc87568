"""Adding a model is a folder: `launchpad new`, and it goes to a prediction with no other file touched."""

from __future__ import annotations

import hashlib

import pytest

from tests.workloads import readme
from tests.workloads.conftest import ROOT, Workload

pytestmark = pytest.mark.workloads

NAME = "brand-new"
LEFT_BEHIND = (".local-aws", "build", "cdk.out")
"""What runs leave behind; git ignores it."""


def files(root):
    """Every file of the checkout's own, with its content's checksum; what is linked can't change without its origin."""
    return {
        path.relative_to(root): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
        and not any(part.startswith(LEFT_BEHIND) or part == "__pycache__" for part in path.relative_to(root).parts)
    }


def test_a_new_folder_is_enough_for_a_prediction(platform):
    root = platform.checkout.root
    before = files(root)
    platform.succeeds("new", NAME, "--framework", "sklearn")
    platform.succeeds("deploy")
    platform.succeeds("data", NAME)
    platform.succeeds("run", NAME, "--token", "first")
    platform.succeeds("serve", NAME, "--job", f"local-{NAME}-first")
    output = platform.succeeds("predict", NAME)
    platform.succeeds("stop", f"local-{NAME}", "--yes")
    assert "predicted and true" in output
    changed = {path for path, checksum in files(root).items() if before.get(path) != checksum}
    assert changed
    assert {path.parts[:2] for path in changed} == {("workloads", NAME)}


def test_a_new_folders_scripts_run_alone_as_its_readme_says(tmp_path):
    result = readme.run(Workload(ROOT / "launchpad" / "templates" / "sklearn"), tmp_path)
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "workload-name" / "model").iterdir())
