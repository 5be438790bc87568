"""A processing image that breaks a clause fails with the clause's name, and so does one with a loose lock file."""

from __future__ import annotations

from pathlib import Path

import pytest

from launchpad import paths
from tests.containers.broken import Breach, assert_told, broken_case
from tests.containers.contract import CLAUSES, load_contract

pytestmark = pytest.mark.docker
NAME = "headlines-processing"
BREACHES = [
    Breach("process_writes_its_outputs_without_network", "programs/process", 'folder / "headlines.txt"', "os.devnull"),
    Breach("process_tells_why_it_failed", "programs/process", "sys.exit(1)", "sys.exit(0)"),
    Breach("its_requirements_are_locked_by_hash", "requirements.txt", "--hash=sha256:", "--hash=md5:"),
]


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.clause)
def test_a_broken_processing_image_is_reported_by_the_clauses_name(breach: Breach, tmp_path: Path) -> None:
    assert_told(broken_case(NAME, breach, tmp_path), breach.clause)


def test_every_clause_of_a_program_that_processes_is_shown_a_breach() -> None:
    contract = load_contract(paths.CONTAINERS / NAME)
    applying = {clause.name for clause in CLAUSES.values() if clause.applies(contract, "process")}
    assert applying == {breach.clause for breach in BREACHES}
