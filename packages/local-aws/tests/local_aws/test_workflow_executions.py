"""Steps of an execution run as jobs: side by side, until one fails or all are stopped, again, or from the cache."""

from __future__ import annotations

import time
import uuid

import pytest
from botocore.exceptions import ClientError


def test_a_steps_job_is_named_after_execution_and_step(workflows):
    arn = workflows.start(workflows.create(workflows.training("Train_Model")))
    workflows.wait(arn)
    name = workflows.job(workflows.steps(arn)["Train_Model"])["TrainingJobName"]
    assert name.startswith(f"pipelines-{arn.rpartition('/')[2]}-Train-Model-")


def test_a_failed_job_fails_its_step_and_the_execution(workflows):
    steps = (workflows.training("Train", "raise SystemExit('out of luck')"), workflows.training("Later"))
    arn = workflows.start(workflows.create(steps[0], {**steps[1], "DependsOn": ["Train"]}))
    execution = workflows.wait(arn)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"] == "Step failure: One or multiple steps failed"
    listed = workflows.steps(arn)
    assert list(listed) == ["Train"]
    assert listed["Train"]["FailureReason"].startswith("ClientError: AlgorithmError")


def test_a_request_that_is_refused_fails_its_step(workflows):
    parameters = [{"Name": "Count", "Type": "Integer", "DefaultValue": 0}]
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": {"Get": "Parameters.Count"}, "VolumeSizeInGB": 10}
    step = workflows.training("Train", arguments={"ResourceConfig": resources})
    failed = workflows.run(step, Parameters=parameters)["Train"]
    assert failed["FailureReason"].startswith("ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Det")
    assert "InstanceCount must have at least one instance" in failed["FailureReason"]


def test_steps_run_side_by_side_unless_limited(workflows):
    pause = "import time; time.sleep(1)"
    steps = [workflows.training(name, pause) for name in ("One", "Two")]
    arn = workflows.start(workflows.create(*steps))
    workflows.wait(arn)
    ran = sorted(workflows.steps(arn).values(), key=lambda step: step["StartTime"])
    assert ran[1]["StartTime"] < ran[0]["EndTime"]
    limited = workflows.start(workflows.create(*steps), ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    workflows.wait(limited)
    ran = sorted(workflows.steps(limited).values(), key=lambda step: step["StartTime"])
    assert ran[1]["StartTime"] >= ran[0]["EndTime"]


def test_an_execution_is_stopped_with_its_job(workflows):
    arn = workflows.start(workflows.create(workflows.training("Train", "import time; time.sleep(60)")))
    deadline = time.monotonic() + 30
    while workflows.steps(arn).get("Train", {}).get("Metadata") is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workflows.client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)
    assert workflows.wait(arn)["PipelineExecutionStatus"] == "Stopped"
    step = workflows.steps(arn)["Train"]
    assert step["StepStatus"] == "Stopped"
    assert workflows.job(step)["TrainingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="Only pipelines with 'Executing' status can be stopped"):
        workflows.client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)


def test_a_retry_runs_only_what_has_not_succeeded(workflows):
    flag = f"flag-{uuid.uuid4().hex[:8]}/ready"
    channel = workflows.jobs.channel("flag", flag)
    workflows.jobs.put(f"{flag}-no", "x")
    script = "import os, sys; sys.exit(0 if any(name.endswith('yes') for name in os.listdir('input/data/flag')) else 1)"
    second = workflows.training("Second", script)
    second["Arguments"]["InputDataConfig"].append(channel)
    arn = workflows.start(workflows.create(workflows.training("First"), {**second, "DependsOn": ["First"]}))
    assert workflows.wait(arn)["PipelineExecutionStatus"] == "Failed"
    first = workflows.steps(arn)["First"]["Metadata"]
    workflows.jobs.put(f"{flag}-yes", "x")
    workflows.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)
    assert workflows.wait(arn, "Succeeded", "Failed")["PipelineExecutionStatus"] == "Succeeded"
    assert workflows.steps(arn)["First"]["Metadata"] == first
    with pytest.raises(ClientError, match="Only pipelines with 'Failed' or 'Stopped' status can be retried"):
        workflows.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)


def test_a_cached_step_takes_its_earlier_result(workflows):
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}
    hyperparameters = {"HyperParameters": {"rate": {"Get": "Parameters.Rate"}}}
    step = workflows.training("Train", arguments=hyperparameters, **cached)
    pipeline = workflows.create(step, Parameters=[{"Name": "Rate", "Type": "String", "DefaultValue": "1"}])
    ran = []
    for rate in ("1", "1", "2"):
        arn = workflows.start(pipeline, {"Rate": rate})
        workflows.wait(arn)
        ran.append((arn, workflows.steps(arn)["Train"]))
    (first, trained), (_, reused), (_, changed) = ran
    assert reused["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert reused["Metadata"] == trained["Metadata"]
    assert "CacheHitResult" not in changed
