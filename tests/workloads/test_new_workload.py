"""Adding a model is a folder: `launchpad new`, and it goes to a prediction with no other file touched."""

from __future__ import annotations

import hashlib

import pytest

from launchpad.cli.scaffolding import CONTAINER, frameworks, make_container, make_workload
from tests.cli.test_new import uncommented
from tests.workloads import readme
from tests.workloads.conftest import Workload

pytestmark = pytest.mark.workloads

NAME = "brand-new"
FRAMEWORKS = [
    pytest.param(name, marks=pytest.mark.skipif(name == CONTAINER, reason="its programs are the image's"))
    for name in frameworks()
]
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


@pytest.fixture(scope="module")
def whole_templates(platform):
    """A workload per framework with every section of its template in force, deployed together."""
    root = platform.checkout.root
    for name in frameworks():
        file = root / "workloads" / f"new-{name}" / "workload.yaml"
        make_workload(name, file.parent.name, file.parent)
        file.write_text(uncommented(file.read_text("utf-8")), "utf-8")
    make_container(f"new-{CONTAINER}", root / "containers" / f"new-{CONTAINER}")
    platform.succeeds("deploy")
    return platform


@pytest.mark.parametrize("framework", frameworks())
def test_every_section_of_a_template_works_with_its_scripts(framework, whole_templates):
    platform, name = whole_templates, f"new-{framework}"
    platform.succeeds("data", name)
    platform.succeeds("job", "prepare", name)
    platform.succeeds("run", name, "--token", "first")
    platform.succeeds("job", "evaluate", name, "--from-job", f"local-{name}-first")
    platform.succeeds("serve", name, "--job", f"local-{name}-first")
    question = frameworks()[framework].get("question", "").replace("{name}", name).split()
    question = [str(platform.checkout.root / part) if "/" in part else part for part in question]
    output = platform.succeeds("predict", name, *question)
    platform.succeeds("stop", f"local-{name}", "--yes")
    assert "positive" in output if question else "predicted and true" in output


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_new_folders_scripts_run_alone_as_its_readme_says(framework, tmp_path):
    make_workload(framework, "new", tmp_path / "new")
    result = readme.run(Workload(tmp_path / "new"), tmp_path)
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "new" / "model").iterdir())
