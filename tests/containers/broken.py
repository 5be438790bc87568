"""Images that each break one clause of the contract; tests check that the report names the clause."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from launchpad import paths
from tests.containers.case import Case, process_runtime, registry_uri
from tests.containers.contract import CLAUSES, BrokenClauseError, load_contract


@dataclass(frozen=True)
class Breach:
    """What is changed in a file of an image's folder, and the clause that it breaks."""

    clause: str
    file: str
    old: str
    new: str


def broken_case(name: str, breach: Breach, folder: Path) -> Case:
    """An image with a breach in it, on the runtime `process`; its copy and its jobs are in `folder`."""
    copy = folder / "containers" / name
    shutil.copytree(paths.CONTAINERS / name, copy)
    text = (copy / breach.file).read_text()
    assert breach.old in text, f"{breach.file} has changed: change the breach"
    (copy / breach.file).write_text(text.replace(breach.old, breach.new))
    runtime = process_runtime(copy.parent)
    return Case(name, "process", registry_uri(name), load_contract(copy), copy, runtime, folder / "jobs")


def assert_told(case: Case, clause: str) -> None:
    """Hold the image to the clause: it must fail, and the message must name the image and the clause."""
    try:
        with pytest.raises(BrokenClauseError, match=f"{case.name} .* breaks the clause '{clause}'"):
            CLAUSES[clause].hold(case)
    finally:
        case.close()
