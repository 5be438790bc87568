"""The command line's way from data to answers, against the platform that the real CDK CLI deployed."""

from __future__ import annotations

import json
import re

import pytest

from tests.end_to_end.conftest import WORKLOAD, until

ROW = "0.04,80.0,1.52,0,0.404,7.287,34.1,7.309,2,329,12.6,4.08"
NUMBER = r"-?\d+\.\d+"


def test_status_shows_the_stacks(platform):
    output = platform.succeeds("status")
    for part in ("storage", "access", "jobs"):
        assert re.search(rf"launchpad-local-{part} +CREATE_COMPLETE", output)


def test_a_second_deploy_finds_nothing_to_change(platform):
    result = platform("deploy")
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(re.findall("unchanged", result.stdout)) >= 3
    assert " deployed  " not in result.stdout
    assert "CDK CLI" not in result.stdout + result.stderr  # it was not needed


def test_the_doctor_finds_nothing_wrong_with_what_is_deployed(platform):
    content = json.loads(platform.succeeds("doctor", "--json"))
    rows = {(row["group"], row["name"]): row for row in content["checks"]}
    assert (content["problem"], content["unknown"]) == (0, 0)
    assert re.fullmatch(r"version \d+; the templates need \d+", rows["bootstrap", "version"]["finding"])
    assert rows["stacks", "states"]["finding"].endswith("deployed, all in a state to deploy from")
    assert re.match(r"[1-9]\d* are this environment's, 0 are free", rows["names", "taken names"]["finding"])
    assert rows["Docker", "engine"]["finding"] == "not needed: no image is built"


def test_data_is_uploaded_once_and_then_known_by_its_checksum(platform):
    platform.succeeds("data", WORKLOAD)
    lines = platform.succeeds("data", WORKLOAD).splitlines()
    assert lines[-1].startswith("nothing to upload, 1 unchanged in s3://")


def test_data_that_is_no_longer_written_is_removed_from_the_bucket(platform, checkout):
    script = checkout.root / "workloads" / WORKLOAD / "data.py"
    text = script.read_text()
    more = '\n    (Path(__import__("sys").argv[-1]) / "training" / "stale.csv").write_text("1")\n'
    script.write_text(text.rstrip() + more)
    try:
        assert "1 file uploaded" in platform.succeeds("data", WORKLOAD)
    finally:
        script.write_text(text)
    output = platform.succeeds("data", WORKLOAD)
    assert re.search(r"removed s3://\S+/training/stale\.csv, which data\.py no longer writes", output)
    assert "1 unchanged, 1 file that data.py no longer writes removed in" in output


def test_a_run_shows_its_log_metrics_gate_and_artifact(platform):
    output = platform.succeeds("run", WORKLOAD)
    for status in ("Starting", "Downloading", "Training", "Uploading", "Completed"):
        assert f"    {status} " in output
    assert "│ Mean squared error: 41.82" in output
    assert re.search(r"metrics +mse 41\.82  r2 0\.63", output)
    assert re.search(r"quality gate +passed", output)
    bucket, key = re.search(r"artifact +s3://([^/]+)/(\S+)", output).groups()
    assert platform.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def test_a_setting_reaches_the_script(platform):
    job = f"local-{WORKLOAD}-halved"
    output = platform.succeeds("run", WORKLOAD, "--set", "hyperparameters.test-size=0.5", "--token", "halved")
    assert "41.82" not in output
    hyperparameters = platform.client("sagemaker").describe_training_job(TrainingJobName=job)["HyperParameters"]
    assert json.loads(hyperparameters["test-size"]) == 0.5


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("hyperparameters.test-sise=0.2", "did you mean 'hyperparameters.test-size'?"),
        ("hyperparameters.test-size=big", "expected float like 0.1, not 'big'"),
        ("image.uri=mine", "can't be set for a run"),
    ],
)
def test_a_wrong_setting_is_answered_in_one_line(platform, setting, message):
    result = platform("run", WORKLOAD, "--set", setting)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("error: ")
    assert message in result.stderr


def test_the_same_token_finds_the_same_job(platform, job):
    output = platform.succeeds("run", WORKLOAD, "--token", "shared", "--detach")
    assert output.strip() == job
    summaries = platform.client("sagemaker").list_training_jobs(NameContains=job)["TrainingJobSummaries"]
    assert len(summaries) == 1


def test_the_same_token_for_something_else_is_refused(platform, job):
    result = platform("run", WORKLOAD, "--token", "shared", "--set", "hyperparameters.random-state=1")
    assert result.returncode == 1
    assert "this token already started a job with other HyperParameters" in result.stderr


def test_a_launch_and_its_refusal_are_in_the_functions_log_group(platform):
    platform.succeeds("run", WORKLOAD, "--token", "logged", "--detach")
    platform("run", WORKLOAD, "--token", "logged", "--set", "hyperparameters.random-state=1")
    launched, refused = (line for line in decisions(platform) if line.get("token") == "logged")
    assert (launched["level"], launched["action"], launched["workload"]) == ("INFO", "launched", WORKLOAD)
    assert launched["job"] == f"local-{WORKLOAD}-logged"
    assert (refused["level"], refused["action"]) == ("WARNING", "refused")
    assert launched["function"] == refused["function"]
    assert launched["request_id"] != refused["request_id"]


def decisions(platform):
    """What the functions logged as JSON, in all their log groups."""
    resources = platform.client("cloudformation").list_stack_resources(StackName="launchpad-local-jobs")
    groups = [
        resource["PhysicalResourceId"]
        for resource in resources["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::Logs::LogGroup"
    ]
    filter_log_events = platform.client("logs").filter_log_events
    messages = [event["message"] for group in groups for event in filter_log_events(logGroupName=group)["events"]]
    return [json.loads(message) for message in messages if message.startswith("{")]


def test_logs_leaves_the_toolkits_lines_out_without_all(platform, job):
    toolkits = "Invoking script with the following command:"
    lines = platform.succeeds("logs", job).splitlines()
    assert "Mean squared error: 41.82" in lines
    assert toolkits not in lines
    assert toolkits in platform.succeeds("logs", job, "--all").splitlines()
    assert platform.succeeds("logs", job, "-n", 1).splitlines() == lines[-1:]


def test_a_detached_job_can_be_followed_to_its_end(platform):
    job = platform.succeeds("run", WORKLOAD, "--detach").strip()
    result = platform("logs", job, "--follow")
    assert result.returncode == 0
    assert "Coefficient of determination: 0.63" in result.stdout
    assert f"{job}: Completed" in result.stderr


def test_serving_the_same_job_again_changes_nothing(platform, endpoint, job):
    assert f"{endpoint} (unchanged)" in platform.succeeds("serve", WORKLOAD, "--job", job)


def test_predictions_stand_next_to_the_true_values(platform, endpoint):
    rows = re.findall(
        rf"^ +\d+ +({NUMBER}) +({NUMBER}) +([+-]\d+\.\d\d) *$", platform.succeeds("predict", WORKLOAD), re.MULTILINE
    )
    assert len(rows) == 10
    for predicted, true, error in rows:
        assert float(error) == pytest.approx(float(predicted) - float(true), abs=0.011)


def test_rows_from_standard_input_print_only_predictions(platform, endpoint):
    output = platform.succeeds("predict", WORKLOAD, "--data", "-", "--accept", "text/csv", rows=f"{ROW}\n{ROW}\n")
    first, second = output.splitlines()
    assert first == second
    assert 25 < float(first) < 40


def test_a_file_is_sent_as_what_its_ending_says(platform, endpoint, tmp_path):
    file = tmp_path / "row.json"
    file.write_text(json.dumps([float(cell) for cell in ROW.split(",")]))
    predictions = json.loads(platform.succeeds("predict", WORKLOAD, "--data", file, "--accept", "application/json"))
    assert len(predictions) == 1


def test_status_shows_jobs_and_endpoints(platform, endpoint, job):
    output = platform.succeeds("status", "--limit", 100)
    assert re.search(rf"{endpoint} +InService .*{job}", output)
    assert re.search(rf"{job} +training job +Completed", output)


def test_a_new_workload_trains_serves_and_answers_as_it_is(platform, checkout):
    """The template's own promise; it is among the workloads that were deployed, with one of its files changed."""
    platform.succeeds("new", "wine")
    platform.succeeds("deploy")
    assert re.search(r"quality gate +passed", platform.succeeds("run", "wine"))
    platform.succeeds("serve", "wine")
    assert "target: predicted and true" in platform.succeeds("predict", "wine")


def test_a_script_changed_after_the_deploy_is_warned_about_if_not_used(platform, checkout, job):
    script = checkout.root / "workloads" / WORKLOAD / "src" / "train.py"
    text = script.read_text()
    script.write_text(text + "\n# changed\n")
    try:
        options = (WORKLOAD, "--deployed")
        served = platform("serve", *options, "--job", job)  # before the pipeline, which updates the endpoint too
        run, pipeline = (platform(*words, *options, "--detach") for words in (("run",), ("pipeline", "run")))
    finally:
        script.write_text(text)
    platform("pipeline", "stop", pipeline.stdout.strip())  # else it updates the endpoint while later tests use it
    for result, sections in ((run, "training"), (pipeline, "training, serving"), (served, "serving")):
        assert f"{sections} changed since then (`launchpad deploy` first" in result.stderr.splitlines()[-1]
    assert "changed since" not in platform("run", WORKLOAD, "--detach").stderr


def test_a_running_job_can_be_stopped(platform):
    job = platform.succeeds("run", "slow", "--detach").strip()
    until(lambda: "asleep" in platform.succeeds("logs", job))
    assert f"{job} is stopping" in platform.succeeds("stop", job)
    describe = platform.client("sagemaker").describe_training_job
    until(lambda: describe(TrainingJobName=job)["TrainingJobStatus"] == "Stopped")
    assert "has ended already: Stopped" in platform.succeeds("stop", job)
