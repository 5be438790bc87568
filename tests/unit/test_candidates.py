"""The job that `launchpad serve` takes by default: the newest, the best of a tuning, or the newest evaluated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.candidates import Candidate, candidate

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:{}/{}"
PLATFORM: Any = SimpleNamespace(model_bucket="models")


def client(service: str) -> Any:
    return boto3.client(service, "eu-west-1", aws_access_key_id="1", aws_secret_access_key="2")


def summary(name: str) -> dict[str, Any]:
    arn = ARN.format("training-job", name)
    return {"TrainingJobName": name, "TrainingJobArn": arn, "CreationTime": 0, "TrainingJobStatus": "Completed"}


def described(name: str, **more: str) -> dict[str, Any]:
    return {
        **summary(name),
        "ModelArtifacts": {"S3ModelArtifacts": "s3://models/x"},
        "SecondaryStatus": "Completed",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
        "OutputDataConfig": {"S3OutputPath": "s3://models/demo/jobs"},
        **more,
    }


def chosen(jobs: list[dict[str, Any]], *, best: str = "", evaluated: list[str] | None = None) -> Candidate:
    """The candidate among completed jobs, the newest first; `best` is that of their tuning."""
    sagemaker, s3 = client("sagemaker"), client("s3")
    with Stubber(sagemaker) as answers, Stubber(s3) as objects:
        summaries = [summary(job["TrainingJobName"]) for job in jobs]
        answers.add_response("list_training_jobs", {"TrainingJobSummaries": summaries})
        for job in jobs[: None if evaluated is not None else 1]:
            answers.add_response("describe_training_job", job)
        if evaluated is not None:
            keys = [{"Key": f"demo/evaluations/{name}/metrics.json"} for name in evaluated]
            objects.add_response("list_objects_v2", {"Contents": keys})
        if best:
            answers.add_response("describe_hyper_parameter_tuning_job", tuned(best))
        clients = {"sagemaker": sagemaker, "s3": s3}
        connection: Any = SimpleNamespace(client=clients.__getitem__, name="dev")
        workload: Any = SimpleNamespace(name="demo", evaluate=evaluated is not None)
        return candidate(connection, PLATFORM, workload)


def tuned(best: str) -> dict[str, Any]:
    job = {**summary(best), "TunedHyperParameters": {}}
    return {
        "HyperParameterTuningJobName": "dev-demo-t",
        "HyperParameterTuningJobArn": ARN.format("hyper-parameter-tuning-job", "dev-demo-t"),
        "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 1}},
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": 0,
        "TrainingJobStatusCounters": {},
        "ObjectiveStatusCounters": {},
        "BestTrainingJob": job,
    }


TUNING = {"TuningJobArn": ARN.format("hyper-parameter-tuning-job", "dev-demo-t")}


def test_without_a_tuning_the_newest_job_is_served():
    assert chosen([described("dev-demo-2"), described("dev-demo-1")]) == Candidate("dev-demo-2")


def test_after_a_tuning_its_best_job_is_served_not_its_last():
    last = described("dev-demo-t-004", **TUNING)
    assert chosen([last], best="dev-demo-t-003") == Candidate("dev-demo-t-003", "best of tuning dev-demo-t")


def test_with_an_evaluation_the_newest_evaluated_job_is_served():
    jobs = [described(f"dev-demo-{number}") for number in (3, 2, 1)]
    assert chosen(jobs, evaluated=["dev-demo-1", "dev-demo-2"]).job == "dev-demo-2"
    assert "dev-demo-3 is newer, without an evaluation" in chosen(jobs, evaluated=["dev-demo-2"]).reason


def test_without_an_evaluated_job_the_command_for_the_best_one_is_named():
    last = described("dev-demo-t-004", **TUNING)
    with pytest.raises(LaunchpadError, match=r"`launchpad job evaluate demo --from-job dev-demo-t-003 --env dev`"):
        chosen([last], best="dev-demo-t-003", evaluated=[])


def test_without_a_completed_job_the_run_command_is_named():
    with pytest.raises(LaunchpadError, match="run `launchpad run demo --env dev` first"):
        chosen([])
