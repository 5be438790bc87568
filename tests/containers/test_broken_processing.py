"""A processing image that breaks a clause fails with the clause's name, and so does one with a loose lock file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from launchpad import paths
from local_aws.runtimes.process import ProcessRuntime
from tests.containers.case import Case
from tests.containers.contract import CLAUSES, BrokenClauseError, load_contract

pytestmark = pytest.mark.docker
NAME = "headlines-processing"
URI = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/launchpad/local/{NAME}:1"
BREACHES = {
    "process_writes_its_outputs_without_network": ("programs/process", 'folder / "headlines.txt"', "os.devnull"),
    "process_tells_why_it_failed": ("programs/process", "sys.exit(1)", "sys.exit(0)"),
    "its_requirements_are_locked_by_hash": ("requirements.txt", "--hash=sha256:", "--hash=md5:"),
}
"""What is changed in a file of the image's folder, by the clause that it breaks."""


@pytest.mark.parametrize("clause", BREACHES)
def test_a_broken_processing_image_is_told_by_the_clauses_name(clause: str, tmp_path: Path) -> None:
    file, old, new = BREACHES[clause]
    folder = tmp_path / "containers" / NAME
    shutil.copytree(paths.CONTAINERS / NAME, folder)
    text = (folder / file).read_text()
    assert old in text, f"{file} has changed: change the breach"
    (folder / file).write_text(text.replace(old, new))
    uv = paths.ROOT / ".venv-local-aws/bin/uv"
    runtime = ProcessRuntime(paths.LOCAL_AWS / "cache", uv=uv, images=[folder.parent])
    case = Case(NAME, "process", URI, load_contract(folder), folder, runtime, tmp_path / "jobs")
    try:
        with pytest.raises(BrokenClauseError, match=f"{NAME} .* breaks the clause '{clause}'"):
            CLAUSES[clause].hold(case)
    finally:
        case.close()


def test_every_clause_of_a_program_that_processes_is_shown_a_breach() -> None:
    contract = load_contract(paths.CONTAINERS / NAME)
    applying = {clause.name for clause in CLAUSES.values() if clause.applies(contract, "process")}
    assert applying == set(BREACHES)
