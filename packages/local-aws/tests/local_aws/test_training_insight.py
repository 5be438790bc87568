"""Looking into a training job: what its hosts used, TensorBoard, rules; and what is kept or tried again around it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

BUSY = """
    import pathlib, time
    hoard, end = bytearray(200_000_000), time.time() + 3
    pathlib.Path("model/weights").write_bytes(b"0" * 50_000_000)
    while time.time() < end:
        sum(range(10_000))
"""
RULE = {
    "RuleConfigurationName": "LossNotDecreasing",
    "RuleEvaluatorImage": "503895931360.dkr.ecr.us-east-1.amazonaws.com/r:1",
}


def statistics(jobs, name, metric):
    now = datetime.now(UTC)
    points = jobs.aws.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName=metric,
        Dimensions=[{"Name": "Host", "Value": f"{name}/algo-1"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        Statistics=["Maximum", "SampleCount"],
    )["Datapoints"]
    return max((point["Maximum"] for point in points), default=None)


def test_cloudwatch_tells_what_a_host_used(jobs):
    name = jobs.run(BUSY)["TrainingJobName"]
    assert statistics(jobs, name, "CPUUtilization") > 20, "it computed all the time, though others may have too"
    assert 0.1 < statistics(jobs, name, "MemoryUtilization") < 100
    assert 0 <= statistics(jobs, name, "DiskUtilization") < 10


def test_the_profiler_writes_a_line_per_measurement_to_s3(jobs):
    config = {"S3OutputPath": f"s3://{jobs.bucket}/profile", "ProfilingIntervalInMilliseconds": 200}
    job = jobs.run(BUSY, ProfilerConfig=config)
    assert job["ProfilingStatus"] == "Enabled"
    s3, prefix = jobs.aws.client("s3"), f"profile/{job['TrainingJobName']}/profiler-output/system/incremental/"
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=jobs.bucket, Prefix=prefix)["Contents"]]
    assert all(key.endswith(".algo-1.json") for key in keys)
    body = s3.get_object(Bucket=jobs.bucket, Key=keys[0])["Body"].read().decode()
    lines = [json.loads(line) for line in body.splitlines()]
    used = [line["Value"] for line in lines if line["Dimension"] == "CPUUtilization"]
    assert len(used) >= 5
    assert max(used) > 20
    assert {line["Type"] for line in lines} == {"cpu", "memory", "disk", "network"}
    assert {line["NodeId"] for line in lines} == {"algo-1"}
    assert all(abs(line["Timestamp"] - time.time()) < 3600 for line in lines), "seconds since 1970, not milliseconds"


def test_tensorboards_files_reach_s3(jobs):
    script = """
        import pathlib
        pathlib.Path("output/tensorboard/run").mkdir(parents=True)
        pathlib.Path("output/tensorboard/run/events").write_text("scalars")
    """
    job = jobs.run(script, TensorBoardOutputConfig={"S3OutputPath": f"s3://{jobs.bucket}/boards"})
    key = f"boards/{job['TrainingJobName']}/tensorboard-output/run/events"
    assert jobs.aws.client("s3").get_object(Bucket=jobs.bucket, Key=key)["Body"].read() == b"scalars"


@pytest.mark.parametrize("member", ["DebugRuleConfigurations", "ProfilerRuleConfigurations"])
def test_rules_are_refused_as_closed_to_new_accounts(jobs, member):
    with pytest.raises(ClientError, match=f"{member}: Amazon SageMaker Debugger is no longer open to new customers"):
        jobs.run("pass", **{member: [RULE]})


def test_what_the_sdk_sends_with_every_job_is_taken(jobs):
    output = {"S3OutputPath": f"s3://{jobs.bucket}/debug"}
    job = jobs.run("pass", DebugHookConfig={**output, "CollectionConfigurations": []}, ProfilerConfig=output)
    assert (job["TrainingJobStatus"], job["DebugHookConfig"]["S3OutputPath"]) == ("Completed", output["S3OutputPath"])
    assert "DebugRuleEvaluationStatuses" not in job


def test_an_internal_error_is_tried_again_as_often_as_asked(jobs):
    flaky = {"TrainingImage": "example.com/flaky:1", "TrainingInputMode": "File"}
    job = jobs.run("pass", AlgorithmSpecification=flaky, RetryStrategy={"MaximumRetryAttempts": 1})
    assert job["TrainingJobStatus"] == "Completed"
    assert "Restarting" in [item["Status"] for item in job["SecondaryStatusTransitions"]]
    job = jobs.run("pass", AlgorithmSpecification=flaky)
    assert job["FailureReason"] == "InternalServerError: the machine has a bad day"


def test_a_script_that_fails_is_not_tried_again(jobs):
    job = jobs.run("raise SystemExit(3)", RetryStrategy={"MaximumRetryAttempts": 3})
    assert job["TrainingJobStatus"] == "Failed"
    assert "Restarting" not in [item["Status"] for item in job["SecondaryStatusTransitions"]]


def pool(job):
    return job["WarmPoolStatus"]["Status"]


def test_a_matching_job_reuses_a_warm_pool_and_another_does_not(jobs):
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 7}
    role = f"arn:aws:iam::123456789012:role/{jobs.bucket}"
    keeping = {"RoleArn": role, "ResourceConfig": {**resources, "KeepAlivePeriodInSeconds": 600}}
    first = jobs.run("pass", **keeping)["TrainingJobName"]
    assert pool(jobs.describe(first)) == "Available"
    response = jobs.aws.client("sagemaker").list_training_jobs(WarmPoolStatusEquals="Available", NameContains=first)
    assert [item["TrainingJobName"] for item in response["TrainingJobSummaries"]] == [first]
    larger = {**keeping["ResourceConfig"], "VolumeSizeInGB": 70}
    jobs.run("pass", RoleArn=role, ResourceConfig=larger)
    assert pool(jobs.describe(first)) == "Available"
    second = jobs.run("pass", **keeping)["TrainingJobName"]
    status = jobs.describe(first)["WarmPoolStatus"]
    assert (status["Status"], status["ReusedByJob"]) == ("Reused", second)
    assert pool(jobs.describe(second)) == "Available"
    jobs.aws.client("sagemaker").update_training_job(
        TrainingJobName=second, ResourceConfig={"KeepAlivePeriodInSeconds": 0}
    )
    assert pool(jobs.describe(second)) == "Terminated"


def test_a_warm_pool_ends_with_its_period(jobs):
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1, "KeepAlivePeriodInSeconds": 1}
    job = jobs.run("pass", ResourceConfig=resources)
    time.sleep(1.2)
    status = jobs.describe(job["TrainingJobName"])["WarmPoolStatus"]
    assert status == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 1}
