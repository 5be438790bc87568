"""The Python API against a deployed platform, as a notebook uses it."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.end_to_end.conftest import ROOT, WORKLOAD
from tests.end_to_end.test_commands import ROW

SCRIPT = """
import json, sys, types
sys.modules["pandas"] = types.SimpleNamespace(DataFrame=list)  # the rows, because .venv has no pandas
from launchpad import api

lines = []
local = api.environment("local", lines.append)
job = local.run("boston-housing", hyperparameters={"test-size": 0.2}, token="api").wait()
served = local.serve("boston-housing", job)
print(json.dumps({
    "job": job.name, "status": job.status, "cost": job.cost_usd, "metrics": job.metrics,
    "logged": "Mean squared error" in str(job.logs()),
    "history": job.metric_history(), "runs": [run["job"] for run in local.runs("boston-housing")],
    "served": served, "changes": [[row["job"], row["outcome"]] for row in local.history("boston-housing")],
    "predictions": local.predict("boston-housing", [[float(cell) for cell in sys.argv[1].split(",")]]),
    "svg": local.picture(job).svg[:4], "files": sorted(path.name for path in job.get(sys.argv[2]).iterdir()),
    "lines": lines,
}))
"""


@pytest.fixture(scope="module")
def output(platform, job, tmp_path_factory):
    """What the script found, in a process, as the API reads the checkout's folder when it is imported."""
    program = [ROOT / ".venv" / "bin" / "python", "-c", SCRIPT, ROW, tmp_path_factory.mktemp("fetched")]
    variables = platform.checkout.variables(**platform.aws.environment)
    result = subprocess.run(
        program, env=variables, cwd=platform.checkout.root, capture_output=True, text=True, timeout=600
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_run_has_its_metrics_its_log_and_its_files(output):
    assert (output["job"], output["status"]) == (f"local-{WORKLOAD}-api", "Completed")
    assert set(output["metrics"]) == {"mse", "r2"}
    assert 0 < output["cost"] < 1
    assert output["logged"]
    assert {row["metric"] for row in output["history"]} == {"mse", "r2"}
    assert output["files"] == ["model.tar.gz", "output.tar.gz"]


def test_runs_and_history_have_the_job_first(output):
    assert output["runs"][0] == output["job"]
    assert output["changes"][0] == [output["job"], "current"]


def test_the_served_job_predicts_and_has_a_picture(output):
    assert output["served"] == f"local-{WORKLOAD}"
    assert 20 < output["predictions"][0] < 45
    assert output["svg"] == "<svg"


def test_progress_gets_statuses_and_log_lines(output):
    assert any(line.startswith("Completed") for line in output["lines"])
    assert any("Mean squared error" in line for line in output["lines"])
