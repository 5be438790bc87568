"""The notebooks run from their first cell to their last against the local AWS, as they are committed."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.workloads.local_platform import ROOT
from tests.workloads.page import alone

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PYTHON = ROOT / ".venv-jupyter" / "bin" / "python"
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
try:
    place = {"metadata": {"path": sys.argv[2]}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=place).execute()
finally:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            sys.stdout.write(output.get("text", "") or "\\n".join(output.get("traceback", [])))
"""


@pytest.fixture(scope="module")
def jupyter():
    """The Python of an environment with what executes notebooks; made the first time."""
    with alone(ROOT / ".local-aws" / "jupyter.lock"):
        subprocess.run(["make", "--silent", ".venv-jupyter/.installed"], cwd=ROOT, check=True, timeout=300)
    return PYTHON


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []


@pytest.mark.workloads
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_goes_from_the_script_to_the_endpoint(notebook, jupyter, platform):
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    result = subprocess.run(
        [jupyter, "-c", EXECUTE, notebook, platform.checkout.root],
        env={**platform.variables, "PATH": path, "PYTHONPATH": str(ROOT), "LAUNCHPAD_ENV": "local"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stdout
    assert "is deleted" in result.stdout
