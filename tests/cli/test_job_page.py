"""A training job's page: what is in it for which job, and that it is true to the numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from launchpad.costs.right_sizing import Advice
from launchpad.messages.errors import InvalidFileError
from launchpad.platform_client.job_insight import JobInsight, metrics_in
from launchpad.platform_client.logs import LogLine
from launchpad.report.job_page import render_job
from launchpad.settings.prices import load_prices

PRICE = "AmazonSageMaker/Train:ml.m5.large"
BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ONE = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30}
GROUPS = {
    "InstanceGroups": [
        {"InstanceGroupName": "gpu", "InstanceType": "ml.g5.xlarge", "InstanceCount": 1},
        {"InstanceGroupName": "cpu", "InstanceType": "ml.c5.large", "InstanceCount": 3},
    ],
    "VolumeSizeInGB": 30,
}


def transition(status, start, end):
    return {
        "Status": status,
        "StartTime": BEGAN + timedelta(seconds=start),
        **({} if end is None else {"EndTime": BEGAN + timedelta(seconds=end)}),
    }


def job(**more):
    return {
        "TrainingJobName": "dev-line-1",
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "SecondaryStatusTransitions": [transition("Starting", 0, 60), transition("Training", 60, 180)],
        "CreationTime": BEGAN,
        "AlgorithmSpecification": {"TrainingImage": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/x:1"},
        "ResourceConfig": ONE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
        "HyperParameters": {"depth": "<3>", "sagemaker_program": '"train.py"'},
        "BillableTimeInSeconds": 120,
        "TrainingTimeInSeconds": 120,
        **more,
    }


def page(described=None, log=(), metrics=None, utilisation=None, prices=None, environment="dev"):
    insight = JobInsight(described or job(), list(log), metrics or {}, utilisation or {})
    return render_job(insight, environment, prices or {})


def tile(html, label):
    match = re.search(rf'<dt>{label}</dt><dd class="\w*">([^<]*)<', html)
    return match.group(1) if match else None


def test_a_job_shows_what_was_billed():
    assert tile(page(job(EnableManagedSpotTraining=True, BillableTimeInSeconds=36)), "Billable") == "36 s"


def test_a_job_on_demand_speaks_of_no_saving():
    assert tile(page(), "Saved by spot") is None


def test_the_cost_is_that_of_all_instances_for_the_billable_time():
    assert tile(page(prices={PRICE: 60.0}), "Cost") == "$4.00"
    assert tile(page(prices={PRICE: 60.0}, environment="local"), "Would cost") == "$4.00"


def test_a_spot_job_shows_what_it_saved_in_dollars_too():
    spot = page(job(EnableManagedSpotTraining=True, BillableTimeInSeconds=36), prices={PRICE: 30.0})
    assert (tile(spot, "Cost"), tile(spot, "Saved by spot")) == ("$0.60", "70 %")
    assert "$1.40, of the price on demand" in spot


@pytest.mark.parametrize("prices", [{}, {"AmazonSageMaker/Train:ml.c5.large": 1.0}])
def test_a_missing_price_is_named_in_place_of_a_cost(prices):
    html = page(job(EnableManagedSpotTraining=True, BillableTimeInSeconds=36), prices=prices)
    assert tile(html, "Cost") == "unknown"
    assert "no price of Train:ml.m5.large" in html
    assert tile(html, "Saved by spot") == "70 %"


def test_a_job_that_runs_has_no_cost_yet():
    assert tile(page(job(TrainingJobStatus="InProgress"), prices={PRICE: 60.0}), "Cost") is None


def test_a_price_list_is_read_and_its_absence_is_none_at_all(tmp_path):
    file = tmp_path / "prices.yaml"
    assert load_prices(file) == {}
    file.write_text("prices: {ml.m5.large: 0.115}\n")
    assert load_prices(file) == {"ml.m5.large": 0.115}
    file.write_text("prices: {ml.m5.large: -1}\n")
    with pytest.raises(InvalidFileError, match=r"prices\.yaml:1"):
        load_prices(file)


def test_the_page_explains_a_failed_job():
    failed = job(TrainingJobStatus="Failed", FailureReason="AlgorithmError: <oops>, exit code: 137")
    used = {name: {"algo-1": [(BEGAN.timestamp(), 12.0), (BEGAN.timestamp() + 1, 97.5)]} for name in
            ("MemoryUtilization", "DiskUtilization")}  # fmt: skip
    html = page(failed, log=[LogLine("s", number, f"line {number}") for number in range(50)], utilisation=used)
    assert "AlgorithmError: &lt;oops&gt;, exit code: 137" in html
    assert "<dt>exit code</dt><dd>137</dd>" in html
    assert "<dt>memory, at most</dt><dd>97.5 %</dd>" in html
    assert "<dt>disk, at most</dt><dd>97.5 %</dd>" in html
    assert "line 49" in html
    assert "line 19\n" not in html


def test_nothing_of_a_job_turns_or_hides_the_text_of_its_page():
    hostile = "AlgorithmError: a\x1b[2J\u202eb"
    html = page(job(TrainingJobStatus="Failed", FailureReason=hostile), metrics={"\u202er2": [(0.0, 1.0)] * 3})
    assert "AlgorithmError: a\\x1b[2J\\u202eb" in html
    assert "\\u202er2" in html
    assert not {"\x1b", "\u202e"} & {*html}


def test_a_completed_job_has_no_section_on_failure():
    assert "Why it failed" not in page()


def test_a_job_that_failed_before_its_script_says_that_there_is_no_log():
    assert "It has no log: it failed before its script began." in page(job(TrainingJobStatus="Failed"))


def test_without_samples_a_sentence_stands_where_the_plot_would_be():
    assert "There are no samples" in page()


def test_each_host_has_its_own_line():
    samples = {host: [(BEGAN.timestamp() + at, 10.0 * at) for at in range(3)] for host in ("algo-1", "algo-2")}
    html = page(utilisation={"CPUUtilization": samples})
    assert html.count("<polyline") == 2
    assert html.count('class="key"') == 2


def test_a_running_job_has_a_page_too():
    running = job(
        TrainingJobStatus="InProgress",
        SecondaryStatus="Training",
        SecondaryStatusTransitions=[transition("Starting", 0, 60), transition("Training", 60, None)],
        LastModifiedTime=BEGAN + timedelta(seconds=90),
    )
    for member in ("BillableTimeInSeconds", "TrainingTimeInSeconds"):
        del running[member]
    html = page(running)
    assert "Training: 30.0 s" in html
    assert tile(html, "Billable") is None


def test_platform_hyperparameters_are_left_out_and_values_are_text():
    html = page()
    assert "sagemaker_program" not in html
    assert "&lt;3&gt;" in html


def test_metrics_are_every_number_that_an_expression_finds_in_order():
    log = [LogLine("s", 1000, "loss: 2 loss: 1.5"), LogLine("s", 2000, "loss: x"), LogLine("s", 3000, "loss: 1e-1")]
    assert metrics_in(log, [{"Name": "loss", "Regex": r"loss: (\S+)"}]) == {
        "loss": [(1.0, 2.0), (1.0, 1.5), (3.0, 0.1)]
    }


def test_the_page_says_what_to_change():
    minutes = [(BEGAN.timestamp() + 60 * number, 0.0) for number in range(5)]
    slow = [transition("Downloading", 0, 300), transition("Training", 300, 420)]
    html = page(job(SecondaryStatusTransitions=slow), utilisation={"GPUUtilization": {"algo-1": minutes}})
    assert "<strong>The GPU is idle.</strong> On algo-1 95 % of the samples are at most 0.0 %. Remedy: check" in html
    assert "Downloading took 300 s, Training 120 s. Remedy: read it when needed" in html


def test_the_page_has_the_advice_on_the_size_with_its_rule():
    advice = [Advice("It fits less", "It used 1.", "write `type: ml.m5.large`", "at most <70%"), Advice("None", "Why.")]
    html = render_job(JobInsight(job(), [], {}, {}), "dev", {}, None, advice)
    assert '<p class="finding"><strong>It fits less.</strong> It used 1. Remedy: write <code>type: ml.m5.large' in html
    assert "<small>Rule: at most &lt;70%.</small>" in html
    assert '<p class=""><strong>None.</strong> Why.</p>' in html


def test_a_page_without_findings_speaks_of_no_remedy():
    assert "Remedy" not in page()
