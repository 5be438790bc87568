"""Uses everything of a platform whose local AWS enforces IAM: each role needs what it may do, nothing is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from security.enforced_run import ENVIRONMENT, RAW, WORKLOAD, EnforcedRun, until

TUNED, LATER = "enforced-tuning", "enforced-later"


def everything(run: EnforcedRun) -> None:
    """Deploy, have data start the pipeline, launch each kind of job, serve, roll back, predict, and have a job fail.

    Raises:
        AssertionError: a step did not end as expected.
    """
    run.command("deploy")
    too_early = run.launch("training", "too-early")  # but it publishes the scripts for the pipeline
    assert "No S3 objects found" in too_early.get("errorMessage", ""), too_early  # noqa: S101
    run.put_raw("first")
    (pipeline,) = until(run.executions)
    _well(run.execution(pipeline), "status", "SUCCEEDED")
    _well(run.endpoint(), "EndpointStatus", "InService")
    job = run.launch("training", "one")["training_job_name"]
    _well(run.ended("TrainingJob", job), "TrainingJobStatus", "Completed")
    _launch(run, "prepare", "ProcessingJob")
    _launch(run, "evaluate", "ProcessingJob", training_job_name=job)
    deployment = run.deploy(job)
    assert deployment.get("action") == "updated", deployment  # noqa: S101 -- the run is a test, also from the command line
    _well(run.endpoint(), "EndpointStatus", "InService")
    _launch(run, "transform", "TransformJob", training_job_name=job)
    run.command("rollback", WORKLOAD)  # to what the pipeline has served
    body = run.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=f"{ENVIRONMENT}-{WORKLOAD}", Body=RAW, ContentType="text/csv"
    )["Body"]
    assert body.read().split() == [b"3.0"] * 3  # noqa: S101
    _report_idle(run)
    _remove_idle(run)
    run.put_raw("second")
    for pipeline in until(lambda: len(run.executions()) > 1 and run.executions()):
        _well(run.execution(pipeline), "status", "SUCCEEDED")
    _close_and_open(run)
    _tune(run)
    _answer_later(run)
    _use_working_copies(run)
    failing = run.launch("training", "failing", overrides={"hyperparameters.fail": True})["training_job_name"]
    _well(run.ended("TrainingJob", failing), "TrainingJobStatus", "Failed")
    resumed = run.launch("training", "resumed", resumed_from=failing)
    assert "training_job_name" in resumed, resumed  # noqa: S101
    _well(run.ended("TrainingJob", resumed["training_job_name"]), "TrainingJobStatus", "Completed")
    _delete_old_things(run)


def _delete_old_things(run: EnforcedRun) -> None:
    """Have all that nothing refers to deleted, as after years, and a model and a configuration that were never used."""
    sagemaker, name = run.client("sagemaker"), f"{ENVIRONMENT}-{WORKLOAD}-unused"
    tags = [{"Key": "launchpad:environment", "Value": ENVIRONMENT}]
    served = sagemaker.list_models(NameContains=f"{ENVIRONMENT}-")["Models"][0]["ModelName"]
    model = sagemaker.describe_model(ModelName=served)
    copied = {
        key: model[key] for key in ("PrimaryContainer", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")
    }
    sagemaker.create_model(ModelName=name, Tags=tags, **copied)
    variant = {"VariantName": "a", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tags)
    now = datetime.now(UTC) + timedelta(days=4000)
    event = {"now": now.isoformat(), "only": "retention"}
    report = run.invoke("HousekeepingFunctionName", {**event, "dry_run": True})
    assert not [kind for kind in report["kinds"] if kind["unreadable"]], report  # noqa: S101
    outcome = run.invoke("HousekeepingFunctionName", event)
    assert (outcome.get("failures"), outcome.get("left")) == ([], 0), outcome  # noqa: S101
    assert {"model", "endpoint configuration", "artifact", "job log"} <= set(outcome["removed"]), outcome  # noqa: S101


def _report_idle(run: EnforcedRun) -> None:
    """Have the endpoint reported as unused, as in a week to come."""
    now = datetime.now(UTC) + timedelta(days=9)
    answer = run.invoke("HousekeepingFunctionName", {"now": now.isoformat(), "report": True, "only": "idle"})
    assert answer.get("failures") == [], answer  # noqa: S101
    assert "endpoint" in {row["kind"] for row in answer["rows"]}, answer  # noqa: S101


def _remove_idle(run: EnforcedRun) -> None:
    """Have the endpoint reported and removed, as on a Wednesday to come."""
    _tidy(run, "report", weekday=2, hour=12)
    _tidy(run, "remove", weekday=2, hour=13)
    until(lambda: not run.client("sagemaker").list_endpoints()["Endpoints"])


def _close_and_open(run: EnforcedRun) -> None:
    """Have the endpoint removed as on a Saturday, and brought back as on the Monday after it."""
    _tidy(run, "remove", weekday=5, hour=12)
    until(lambda: not run.client("sagemaker").list_endpoints()["Endpoints"])
    _tidy(run, "restore", weekday=7, hour=12)
    _well(run.endpoint(), "EndpointStatus", "InService")


def _tidy(run: EnforcedRun, action: str, *, weekday: int, hour: int) -> None:
    """Call the function for idle endpoints, as on a day of the week after the next Monday but one."""
    today = datetime.now(UTC).replace(hour=hour, minute=0)
    now = today + timedelta(days=14 - today.weekday() + weekday)
    answer = run.invoke("IdleFunctionName", {"now": now.isoformat()})
    assert [row["action"] for row in answer.get("endpoints", ())] == [action], answer  # noqa: S101


def _answer_later(run: EnforcedRun) -> None:
    """Serve from a queue, scaled to zero and back; serve another model under alarms, no longer scaled; end it."""
    endpoint = f"{ENVIRONMENT}-{LATER}"
    run.command("run", LATER, "--token", "first")
    run.command("serve", LATER)
    policies = run.client("application-autoscaling").describe_scaling_policies
    until(lambda: len(policies(ServiceNamespace="sagemaker", ResourceId=_variant(endpoint))["ScalingPolicies"]) == 2)
    rows = run.checkout / "rows.csv"
    rows.write_bytes(RAW)
    answer = run.command("predict", LATER, "--data", str(rows), "--accept", "text/csv")
    assert answer.split() == ["3.0"] * 3, answer  # noqa: S101
    file = run.checkout / "workloads" / LATER / "workload.yaml"
    text = file.read_text("utf-8")
    scaling = text.index("  scaling:")
    file.write_text(f"{text[:scaling]}  scaling: {{maximum: 2, backlog: 9}}\n", "utf-8")
    run.command("run", LATER, "--token", "second")
    run.command("serve", LATER)  # waits while the endpoint is being scaled
    until(lambda: len(policies(ServiceNamespace="sagemaker", ResourceId=_variant(endpoint))["ScalingPolicies"]) == 1)
    run.command("stop", endpoint, "--yes")
    file.write_text(text, "utf-8")


def _variant(endpoint: str) -> str:
    return f"endpoint/{endpoint}/variant/AllTraffic"


def _use_working_copies(run: EnforcedRun) -> None:
    """Edit every script and use them without a deploy: in the pipeline, and in a job of the launch function."""
    scripts = sorted((run.checkout / "workloads" / WORKLOAD / "src").glob("*.py"))
    texts = {script: script.read_text("utf-8") for script in scripts}
    for script, text in texts.items():
        script.write_text(f"{text}\nprint('edited')\n", "utf-8")
    run.command("pipeline", "run", WORKLOAD, "--token", "edited")
    output = run.command("run", WORKLOAD, "--token", "edited-alone")
    assert "│ edited" in output, output  # noqa: S101
    for script, text in texts.items():
        script.write_text(text, "utf-8")


def _tune(run: EnforcedRun) -> None:
    """Run a tuning job from the launch function, one from the pipeline, and one whose execution is stopped."""
    _launch(run, "tuning", "HyperParameterTuningJob", workload=TUNED)
    _well(run.execution(run.start_pipeline("tuned", TUNED)), "status", "SUCCEEDED")
    slow = run.start_pipeline("tuned-slowly", TUNED, overrides={"hyperparameters.seconds": 600})
    jobs = run.client("sagemaker").list_hyper_parameter_tuning_jobs
    running: dict[str, Any] = until(lambda: jobs(StatusEquals="InProgress").get("HyperParameterTuningJobSummaries"))[0]
    run.client("stepfunctions").stop_execution(executionArn=slow)
    name = running["HyperParameterTuningJobName"]
    _well(run.ended("HyperParameterTuningJob", name), "HyperParameterTuningJobStatus", "Stopped")


def _launch(run: EnforcedRun, kind: str, noun: str, **more: str) -> None:
    """Launch twice with the same token: the second time, the function returns the existing job."""
    launch = run.launch(kind, "one", **more)
    name = next((launch[key] for key in launch if key.endswith("job_name")), None)
    assert name, launch  # noqa: S101
    _well(run.ended(noun, name), f"{noun}Status", "Completed")
    assert run.launch(kind, "one", **more).get("created") is False  # noqa: S101


def _well(thing: Mapping[str, Any], member: str, expected: str) -> None:
    assert thing[member] == expected, thing  # noqa: S101
