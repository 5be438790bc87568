"""`make demo`: the whole way in one command, and nothing left however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Checkout, checkout_of_one_workload, until
from tests.local_aws.launcher import listening_addresses

STEPS = ["start", "deploy", "data", "train", "endpoint", "predict", "report", "destroy"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose processes are the demo's alone."""
    return checkout_of_one_workload(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def demo(checkout: Checkout) -> subprocess.CompletedProcess[str]:
    """One demo, from its first step to its last."""
    process = checkout.start("demo")
    output, _ = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, output)


@pytest.fixture(scope="module")
def summary(demo: subprocess.CompletedProcess[str], checkout: Checkout) -> dict:
    assert demo.returncode == 0, demo.stdout
    return json.loads((checkout.root / "build" / "demo" / "summary.json").read_text())


def test_it_trains_a_good_model_and_the_endpoint_answers_with_it(summary):
    assert summary["training_job"]["status"] == "Completed"
    assert summary["training_job"]["metrics"]["r2"] > 0.5
    assert summary["endpoint"] == {"name": "local-boston-housing", "status": "InService"}
    assert summary["r2"] == pytest.approx(summary["training_job"]["metrics"]["r2"], abs=0.01)
    assert len(summary["predictions"]) == len(summary["actuals"]) == 51


def test_it_tells_what_it_deployed_and_how_long_each_step_took(summary):
    assert summary["environment"] == "local"
    assert {"launchpad-local-storage", "launchpad-local-access", "launchpad-local-jobs"} <= set(summary["stacks"])
    assert list(summary["seconds"]) == STEPS
    assert all(seconds > 0 for seconds in summary["seconds"].values())


def test_each_step_and_the_scripts_own_lines_are_shown(demo):
    for number in range(1, 9):
        assert f"✓ {number}/8" in demo.stdout
    assert "│ Mean squared error: 41.82" in demo.stdout
    assert "SM_HPS" not in demo.stdout


def test_its_page_shows_every_prediction_and_every_stack(summary, checkout):
    html = (checkout.root / "build" / "demo" / "report.html").read_text("utf-8")
    assert html.count('class="dot"') == len(summary["predictions"])
    assert all(stack in html for stack in summary["stacks"])


def test_it_leaves_no_process_and_no_state_behind(demo, checkout):
    assert processes_of(checkout.root) == set()
    assert list((checkout.root / ".local-aws").glob("demo-*")) == []


@pytest.mark.parametrize("sign", ["1/8", "2/8", "│ Mean squared error"])
def test_ctrl_c_at_any_point_leaves_no_process_no_port_and_one_line(checkout, sign):
    process = checkout.start("demo")
    lines = []
    for line in process.stdout:
        lines.append(line)
        if sign in line:
            break
    processes = processes_of(checkout.root)
    assert processes
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130, "".join(lines) + rest
    assert rest.splitlines()[-1].startswith("interrupted; the demo's local AWS")
    assert "Traceback" not in rest
    until(lambda: not processes_of(checkout.root), seconds=10)
    assert listening_addresses(processes) == set()
    assert list((checkout.root / ".local-aws").glob("demo-*")) == []


def processes_of(root: Path) -> set[int]:
    """Every living process that was started in the checkout or for it, as its environment tells."""
    mark = f"LAUNCHPAD_ROOT={root}".encode()
    processes = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                processes.add(int(entry.name))
        except OSError:
            continue
    return processes
