"""`launchpad runs`, `compare`, `get` and `report` on jobs that really ran."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.end_to_end.conftest import WORKLOAD


@pytest.fixture(scope="module")
def other(platform, job):
    """A second run of the real workload, with one hyperparameter changed."""
    platform.succeeds("run", WORKLOAD, "--token", "other", "--set", "hyperparameters.test-size=0.3")
    return f"local-{WORKLOAD}-other"


def listed(platform, *options):
    return json.loads(platform.succeeds("runs", WORKLOAD, "--json", *options))


def test_runs_lists_each_run_with_its_values(platform, job, other):
    runs = {run["job"]: run for run in listed(platform)}
    assert (runs[other]["status"], runs[other]["gate"]) == ("Completed", "passed")
    assert (runs[other]["hyperparameters"]["test-size"], runs[job]["hyperparameters"]["test-size"]) == ("0.3", "0.1")
    assert runs[job]["metrics"]["r2"] > 0.5
    assert re.fullmatch("[0-9a-f]{16}", runs[job]["data"])
    assert runs[job]["data"] == runs[other]["data"]


def test_runs_are_filtered_sorted_and_limited(platform, job, other):
    filtered = {run["job"]: run["hyperparameters"]["test-size"] for run in listed(platform, "--where", "test-size>0.2")}
    assert other in filtered
    assert all(float(size) > 0.2 for size in filtered.values())
    metrics = [run["metrics"]["r2"] for run in listed(platform, "--sort", "-r2", "--where", "status=Completed")]
    assert metrics == sorted(metrics, reverse=True)
    assert len(listed(platform, "--limit", "1")) == 1


def test_runs_have_the_cost_of_what_was_billed(platform, job, other):
    runs = {run["job"]: run for run in listed(platform, "--sort", "-cost_usd")}
    described = platform.client("sagemaker").describe_training_job(TrainingJobName=job)
    usd = described["BillableTimeInSeconds"] / 3600 * 0.115  # of an ml.m5.large in us-east-1 (prices/us-east-1.yaml)
    assert runs[job]["cost_usd"] == pytest.approx(usd, abs=1e-6)
    assert (runs[job]["cost_unknown"], runs[job]["spot_saved_usd"]) == ([], None)
    assert "would cost" in platform.succeeds("runs", WORKLOAD)
    costs = [run["cost_usd"] for run in runs.values()]
    assert costs == sorted(costs, reverse=True)


def test_runs_as_csv_and_as_a_table_keep_names_whole(platform, job, other):
    rows = csv.DictReader(io.StringIO(platform.succeeds("runs", WORKLOAD, "--csv")))
    assert {job, other} <= {row["job"] for row in rows}
    assert other in platform.succeeds("runs", WORKLOAD)


def test_a_wrong_condition_is_refused_with_a_remedy(platform, job):
    result = platform("runs", WORKLOAD, "--where", "r22>0")
    assert (result.returncode, "did you mean 'r2'" in result.stderr) == (1, True)


def test_compare_draws_the_workloads_runs(platform, job, other, tmp_path):
    page = tmp_path / "c.html"
    platform.succeeds("compare", WORKLOAD, "--output", page)
    html = page.read_text("utf-8")
    assert 'aria-label="r2 by test-size"' in html
    assert {job, other} <= {*re.findall(r"<td[^>]*>(local-[^<]+)</td>", html)}


def test_get_fetches_model_and_output_once(platform, job, tmp_path):
    first = json.loads(platform.succeeds("get", job, "--to", tmp_path, "--json"))
    assert (tmp_path / "model" / "model.joblib").is_file()
    assert (tmp_path / "output" / "predictions.csv").is_file()
    again = json.loads(platform.succeeds("get", job, "--to", tmp_path, "--json"))
    states = [{file["state"] for file in fetch["files"]} for fetch in (first, again)]
    assert states == [{"fetched"}, {"kept"}]


def test_the_report_of_an_endpoint_names_the_job_that_it_serves(platform, endpoint, job, tmp_path):
    page = tmp_path / "e.html"
    platform.succeeds("report", endpoint, "--output", page)
    assert job in page.read_text("utf-8")


def test_the_report_of_a_job_has_gate_data_and_code(platform, job, tmp_path):
    page = tmp_path / "j.html"
    platform.succeeds("report", job, "--output", page)
    html = page.read_text("utf-8")
    assert "r2 at least 0.5" in html
    assert "SHA-256 of training" in html
    assert re.search(r"/boston-housing/training/</td><td class=\"id\">[0-9a-f]{16} · \d+ objects", html)
