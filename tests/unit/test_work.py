"""Any piece of work by its name or by its workload, with few calls, and never another workload's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import training_jobs
from launchpad.platform_client.work import lookup, pipeline_runs, sagemaker_jobs, stopping
from launchpad.platform_client.work.children import tuning_of, without_children
from launchpad.platform_client.work.names import is_shortened, prefix_of, workload_in
from launchpad.platform_client.work.piece import KINDS, Work
from launchpad.platform_client.work.stopping import stop
from launchpad.requests.names import LONGEST_TUNING, job_name

TOKEN = "20261128-081853-33ee"
BEGAN = datetime(2026, 11, 28, 8, tzinfo=UTC)
LONG = "direct-marketing-with-many-words"


def work(kind: str, name: str, minute: int = 0, status: str = "Completed", **description: Any) -> Work:
    key = {"TrainingJobName": name}
    return Work(kind, name, "churn", status, BEGAN + timedelta(minutes=minute), None, key, description)


@pytest.mark.parametrize(
    ("name", "workload"),
    [
        (f"dev-churn-{TOKEN}", "churn"),
        (f"dev-churn-xgb-{TOKEN}", "churn-xgb"),
        ("dev-churn-ae383d061626", "churn"),
        ("dev-churn-ae383d061626-004-317c1bd2", "churn"),
        ("dev-churn-mine", None),  # job `mine` of `churn`, or a job of `churn-mine`
        (f"dev-direct-ab12cd-{TOKEN}", None),  # shortened
    ],
)
def test_a_name_with_a_generated_token_says_its_workload(name, workload):
    assert workload_in("dev", name) == workload


@pytest.mark.parametrize("workload", ["churn", LONG])
def test_one_prefix_finds_all_jobs_of_a_workload(workload):
    tuning = job_name("dev", workload, TOKEN, LONGEST_TUNING)
    names = [job_name("dev", workload, TOKEN), tuning, f"{tuning}-003-8ba9801a"]
    assert all(name.startswith(prefix_of("dev", workload)) for name in names)


def test_a_shortened_name_is_known_by_the_digest_of_its_workload():
    tuning = job_name("dev", LONG, TOKEN, LONGEST_TUNING)
    assert is_shortened("dev", tuning, LONG)
    assert not is_shortened("dev", tuning, f"{LONG}-2")


@pytest.fixture
def aws() -> Iterator[tuple[Any, Stubber]]:
    """A connection whose SageMaker answers what the stubber has, in order."""
    client = boto3.client("sagemaker", "eu-west-1", aws_access_key_id="1", aws_secret_access_key="2")
    with Stubber(client) as answers:
        settings = SimpleNamespace(spark=None, spark_serverless=None)
        yield SimpleNamespace(name="dev", client=lambda _service: client, settings=settings), answers
        answers.assert_no_pending_responses()


def summary(name: str, minute: int = 0) -> dict[str, Any]:
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{name}"
    moment = BEGAN + timedelta(minutes=minute)
    return {"TrainingJobName": name, "TrainingJobArn": arn, "CreationTime": moment, "TrainingJobStatus": "Completed"}


def test_jobs_of_a_workload_cost_one_call_and_one_per_uncertain_name(aws):
    connection, answers = aws
    names = [f"dev-churn-{TOKEN}", f"dev-churn-xgb-{TOKEN}", "dev-churn-xgb-mine", "dev-churn-mine"]
    answers.add_response(
        "list_training_jobs",
        {"TrainingJobSummaries": [summary(name) for name in names]},
        {"NameContains": "dev-churn-", "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 10},
    )
    for workload in ("churn-xgb", "churn"):
        tags = [{"Key": "launchpad:workload", "Value": workload}]
        answers.add_response("list_tags", {"Tags": tags}, {"ResourceArn": ANY})
    jobs = sagemaker_jobs.listed(connection, "training", "churn", 10)
    assert [job.name for job in jobs] == [f"dev-churn-{TOKEN}", "dev-churn-mine"]


def test_a_running_job_is_listed_however_old_it_is(aws):
    connection, answers = aws
    new, old = f"dev-churn-{TOKEN}", "dev-churn-20260101-000000-0000"
    answers.add_response("list_training_jobs", {"TrainingJobSummaries": [summary(new)], "NextToken": "more"})
    running = {**summary(old, -90), "TrainingJobStatus": "InProgress"}
    answers.add_response(
        "list_training_jobs",
        {"TrainingJobSummaries": [running]},
        {
            "NameContains": "dev-",
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": 100,
            "StatusEquals": "InProgress",
        },
    )
    assert [job.name for job in sagemaker_jobs.listed(connection, "training", None, 1)] == [new, old]


def test_serve_sees_the_jobs_of_a_tuning_whose_name_is_shortened(aws):
    connection, answers = aws
    name = f"{job_name('dev', LONG, TOKEN, LONGEST_TUNING)}-003-8ba9801a"
    answers.add_response("list_training_jobs", {"TrainingJobSummaries": [summary(name)]})
    assert [job["TrainingJobName"] for job in training_jobs.recent(connection, workload=LONG)] == [name]


def test_a_name_that_sagemaker_does_not_know_is_no_job(aws):
    connection, answers = aws
    answers.add_client_error("describe_training_job", "ValidationException", "Requested resource not found.")
    assert sagemaker_jobs.describe(connection, "training", "dev-x") is None


def test_a_refused_call_is_not_an_absent_job(aws):
    connection, answers = aws
    answers.add_client_error("describe_training_job", "AccessDeniedException", "not authorized")
    with pytest.raises(Exception, match="not authorized"):
        sagemaker_jobs.describe(connection, "training", "dev-x")


def of_kinds(monkeypatch: pytest.MonkeyPatch, *pieces: Work) -> Any:
    """A connection whose environment has these pieces; the checkout has workload `churn`."""
    described = lambda _c, kind, name: next((p for p in pieces if (p.kind, p.name) == (kind, name)), None)  # noqa: E731
    monkeypatch.setattr(lookup, "described", described)
    monkeypatch.setattr(
        lookup, "_listed", lambda _c, kind, workload, _n: [p for p in pieces if p.kind == kind and workload != "none"]
    )
    monkeypatch.setattr(lookup, "workloads", lambda: ["churn", "none"])
    return SimpleNamespace(name="dev")


@pytest.mark.parametrize("kind", KINDS)
def test_work_of_every_kind_is_found_by_its_name(monkeypatch, kind):
    connection = of_kinds(monkeypatch, work(kind, "dev-churn-a"))
    assert lookup.find(connection, "dev-churn-a").kind == kind


def test_a_workload_is_its_newest_work(monkeypatch):
    connection = of_kinds(monkeypatch, work("training", "a", 1), work("processing", "b", 2), work("endpoint", "e", 3))
    assert lookup.find(connection, "churn").name == "b"
    assert lookup.find(connection, "churn", "training").name == "a"
    assert lookup.find(connection, "churn", "endpoint").name == "e"


def test_a_name_of_two_kinds_needs_the_kind(monkeypatch):
    connection = of_kinds(monkeypatch, work("training", "dev-churn-t"), work("transform", "dev-churn-t"))
    with pytest.raises(LaunchpadError, match=r"training job \(--kind training\) and a transform job \(--kind transf"):
        lookup.find(connection, "dev-churn-t")
    assert lookup.find(connection, "dev-churn-t", "transform").kind == "transform"


def test_a_job_called_like_a_workload_does_not_hide_it(monkeypatch):
    connection = of_kinds(monkeypatch, work("training", "churn"), work("processing", "newer", 1))
    assert lookup.find(connection, "churn").name == "newer"


def test_an_unknown_name_names_near_ones_of_all_kinds_and_the_list(monkeypatch):
    connection = of_kinds(monkeypatch, work("pipeline", f"churn-{TOKEN}"), work("endpoint", "dev-churn"))
    with pytest.raises(LaunchpadError) as raised:
        monkeypatch.setattr(lookup, "newest", lambda *_: None)
        lookup.find(connection, "dev-churm")
    assert "did you mean dev-churn" in str(raised.value)
    assert "`launchpad status --env dev` lists what exists" in str(raised.value)


def test_a_workload_without_work_is_answered_with_the_run_command(monkeypatch):
    with pytest.raises(LaunchpadError, match=r"`launchpad run none --env dev` starts a training job"):
        lookup.find(of_kinds(monkeypatch), "none")


def test_a_tuning_comes_before_its_training_jobs():
    tuning = work("tuning", "dev-churn-ae383d061626")
    job, other = work("training", f"{tuning.name}-004-317c1bd2"), work("training", f"dev-churn-{TOKEN}")
    assert tuning_of(job) == tuning.name
    assert without_children("dev", [job, other, tuning]) == [other, tuning]
    assert without_children("dev", [job]) == [job]


@pytest.mark.parametrize("attempt", ["", "-r1"])
def test_a_pipeline_run_comes_before_its_jobs(attempt):
    run = work("pipeline", f"churn-{TOKEN}")
    token = f"{TOKEN}{attempt}"
    suffixes = ("", "-prepare", "-evaluate")
    jobs = [work("processing", job_name("dev", "churn", f"{token}{suffix}")) for suffix in suffixes]
    assert without_children("dev", [*jobs, run]) == [run]


def test_a_run_of_a_schedule_has_the_token_of_its_name():
    run = work("pipeline", "0b5e7a1c-scheduled", input="{}")
    assert without_children("dev", [work("training", job_name("dev", "churn", run.name)), run]) == [run]


PLAN = '{"Payload": {"workload": "churn", "register": true, "prepare": null, "training": {"TrainingJobName": "t-1"}}}'
EVALUATION = '{"Payload": {"ProcessingJobName": "e-1"}}'


def history(*events: tuple[str, str, str]) -> Any:
    """A connection whose execution has these events: type, member of the details, value."""
    entries = [
        {"timestamp": BEGAN, "type": kind, "id": number, f"{member}EventDetails": details}
        for number, (kind, member, value) in enumerate(events)
        for details in [{"name": value} if member == "stateEntered" else {"output": value, "cause": value}]
    ]
    pages = SimpleNamespace(paginate=lambda **_: [{"events": entries}])
    client = SimpleNamespace(get_paginator=lambda _name: pages)
    return SimpleNamespace(client=lambda _service: client)


HISTORY = (
    ("PassStateEntered", "stateEntered", "Begin"),
    ("TaskStateEntered", "stateEntered", "Plan"),
    ("TaskSucceeded", "taskSucceeded", PLAN),
    ("ChoiceStateEntered", "stateEntered", "Train?"),
    ("TaskStateEntered", "stateEntered", "Train"),
    ("TaskSucceeded", "taskSucceeded", EVALUATION),
    ("TaskStateEntered", "stateEntered", "Evaluate"),
    ("TaskStateEntered", "stateEntered", "Endpoint"),
    ("TaskStateEntered", "stateEntered", "Endpoint"),
    ("ExecutionFailed", "executionFailed", "it broke"),
)


def test_a_runs_jobs_are_those_of_its_plan_that_it_came_to():
    steps = pipeline_runs.steps(history(*HISTORY), work("pipeline", "run"))
    assert [(step.state, step.kind, step.name) for step in steps] == [
        ("Train", "training", "t-1"),
        ("Evaluate", "processing", "e-1"),
    ]


def test_a_runs_log_has_each_state_once_with_its_job_and_the_end():
    states = pipeline_runs.states(history(*HISTORY), work("pipeline", "run"))
    assert [state.text for state in states] == ["Plan", "Train  t-1", "Evaluate  e-1", "Endpoint", "failed: it broke"]


@pytest.mark.parametrize(
    ("kind", "operation", "key"),
    [
        ("training", "stop_training_job", "TrainingJobName"),
        ("tuning", "stop_hyper_parameter_tuning_job", "HyperParameterTuningJobName"),
        ("processing", "stop_processing_job", "ProcessingJobName"),
        ("transform", "stop_transform_job", "TransformJobName"),
    ],
)
def test_each_kind_is_stopped_by_its_operation(aws, kind, operation, key):
    connection, answers = aws
    answers.add_response(operation, {}, {key: "dev-x"})
    piece = Work(kind, "dev-x", "x", "InProgress", BEGAN, None, {key: "dev-x"}, {})
    assert stop(connection, piece) == [piece]


def test_an_endpoint_is_deleted_with_what_belongs_to_it(monkeypatch):
    deleted: list[str] = []
    monkeypatch.setattr(stopping, "remove_endpoint", lambda _, name, _show: deleted.append(name))
    piece = Work("endpoint", "dev-x", "x", "InService", BEGAN, None, {"EndpointName": "dev-x"}, {})
    assert stop(SimpleNamespace(), piece) == [piece]  # type: ignore[arg-type]
    assert deleted == ["dev-x"]
