"""docs/a-day-with-a-model.md, run from top to bottom on a local AWS that is stopped and started once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.conftest import LINKED, ROOT, Checkout, linked_checkout
from tests.end_to_end.documents import Step, steps

pytestmark = pytest.mark.workloads

DOCUMENT = ROOT / "docs" / "a-day-with-a-model.md"
PROGRAMS = ROOT / ".venv" / "bin"
STARTED = "export SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"
"""The last line that `make local` prints when it has started."""
RESTART = "## The next morning"
LONGEST_BLOCK_SECONDS = 900


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with MLflow and without workloads, which the page adds."""
    root: Path = tmp_path_factory.mktemp("day")
    checkout = linked_checkout(root, sorted({*LINKED, "schemas"} - {"config"}))
    (root / "config").mkdir()
    for file in (ROOT / "config").glob("local.yaml"):
        (root / "config" / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (root / "workloads").mkdir()
    return checkout


@contextmanager
def make_local(checkout: Checkout) -> Iterator[None]:
    """What `make local` runs, until Ctrl-C."""
    process = checkout.start("local", "--port", "0")
    assert process.stdout
    try:
        assert any(line.startswith(STARTED) for line in iter(process.stdout.readline, ""))
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def run(step: Step, checkout: Checkout) -> None:
    """Run a block; one whose output has an error according to the page must fail, every other one must succeed."""
    shell = [sys.executable, "-c"] if step.language == "python" else ["bash", "-euc"]
    result = subprocess.run(
        [*shell, step.content],
        env=checkout.variables(PATH=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"),
        cwd=checkout.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_BLOCK_SECONDS,
    )
    assert bool(result.returncode) == ("error: " in step.expected), result.stdout
    step.check(result.stdout)


def test_every_command_of_the_day_prints_what_the_page_says(checkout):
    day, morning = DOCUMENT.read_text("utf-8").split(RESTART)
    for part in (day, morning):
        with make_local(checkout):
            for step in steps(part):
                run(step, checkout)
