"""`launchpad job tuning`: real training jobs side by side, and the best of them told."""

from __future__ import annotations

import json
import re
import signal

import pytest

from tests.end_to_end.conftest import until
from tests.end_to_end.test_faults import failure
from tests.end_to_end.test_jobs import data_bucket  # noqa: F401 -- a fixture

SEARCH = "search"
USD_AN_HOUR = 0.115
"""The price of an ml.m5.large in us-east-1 (prices/us-east-1.yaml)."""


def test_a_tuning_job_is_followed_and_tells_its_best_job(platform, data_bucket):  # noqa: F811
    platform.client("s3").put_object(Bucket=data_bucket, Key=f"{SEARCH}/training/any.txt", Body=b"any")
    result = platform("job", "tuning", SEARCH, "--token", "s")
    output = result.stdout
    assert result.returncode == 0, output + result.stderr
    assert "on AWS: 3 jobs of 60 min, each 1 x ml.m5.large" in result.stderr
    sagemaker = platform.client("sagemaker")
    (tuning,) = sagemaker.list_hyper_parameter_tuning_jobs(NameContains="local-search")[
        "HyperParameterTuningJobSummaries"
    ]
    jobs = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=tuning["HyperParameterTuningJobName"]
    )["TrainingJobSummaries"]
    heights = {job["TrainingJobName"]: job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs}
    assert len(heights) == 3
    best = min(heights, key=heights.get)
    assert best in output
    assert float(re.search(r"height +([0-9.e-]+)", output).group(1)) == pytest.approx(heights[best], rel=1e-4)
    assert "3 completed" in output
    seconds = [sagemaker.describe_training_job(TrainingJobName=job)["BillableTimeInSeconds"] for job in heights]
    amount = re.search(r"would cost +\$([0-9.]+), without volumes", output)[1]
    assert float(amount) == pytest.approx(sum(seconds) / 3600 * USD_AN_HOUR, abs=0.0001)
    log = platform.succeeds("logs", SEARCH)
    for name, height in heights.items():
        assert f"==> {name} <==\n" in log
        assert f"height: {height:.6f}\n" in log


def test_a_tuning_above_a_limit_of_its_cost_never_starts(platform):
    sagemaker = platform.client("sagemaker")
    before = sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert "limit of $0.01" in failure(platform("job", "tuning", SEARCH, "--max-cost", "0.01"))
    assert sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == before


def test_an_interrupted_tuning_goes_on_until_it_is_stopped(platform, checkout, data_bucket):  # noqa: F811
    platform.client("s3").put_object(Bucket=data_bucket, Key=f"{SEARCH}/training/any.txt", Body=b"any")
    command = ("job", "tuning", SEARCH, "--token", "long", "--set", "hyperparameters.seconds=600")
    process = checkout.start(*command, **platform.aws.environment)
    for line in process.stdout:
        if re.search("[1-9] in progress", line):
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    name = re.search(r"`launchpad stop (\S+)`", rest)[1]
    assert f"the job goes on: follow it with `launchpad logs {name} --follow`" in rest
    stopped = json.loads(platform.succeeds("stop", SEARCH, "--json"))
    assert (stopped["kind"], stopped["name"], stopped["stopped"]) == ("tuning", name, True)
    describe = platform.client("sagemaker").describe_hyper_parameter_tuning_job
    until(lambda: describe(HyperParameterTuningJobName=name)["HyperParameterTuningJobStatus"] == "Stopped", 60)
    assert f"{name} has ended already: Stopped" in platform.succeeds("stop", SEARCH)


def test_a_tuning_job_whose_jobs_all_fail_names_one_of_them_and_its_reason(platform, data_bucket):  # noqa: F811
    platform.client("s3").put_object(Bucket=data_bucket, Key=f"{SEARCH}/training/any.txt", Body=b"any")
    result = platform("job", "tuning", SEARCH, "--set", "hyperparameters.fail=true")
    assert result.returncode == 1
    (job,) = set(re.findall(r"its training job (\S+):", result.stderr))
    assert "the parabola is closed" in result.stderr
    assert f"launchpad logs {job}" in result.stderr
