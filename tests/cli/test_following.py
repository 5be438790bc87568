"""A training job as a person follows it: news once, in order, the script's own words, and how it ended."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace

import boto3
import pytest

from launchpad.cli.commands import job, logs, pipeline
from launchpad.cli.commands.job import _tell_next
from launchpad.cli.commands.logs import View
from launchpad.cli.failures import Tail, short_reason
from launchpad.cli.following import JobView, follow_endpoint, job_failure
from launchpad.cli.log_folding import Folding
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import SafeConsole
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints, spark
from launchpad.platform_client.logs import LogLine, last_lines
from launchpad.platform_client.training_jobs import (
    Transition,
    exit_code,
    has_checkpoints,
    metrics,
    new_transitions,
)
from launchpad.platform_client.work.log_sources import Entry
from launchpad.platform_client.work.pipeline_runs import Step
from tests.unit.functions import objects_of

BEGAN = datetime(2026, 11, 20, 11, 47, tzinfo=UTC)


def described(*statuses, **more):
    transitions = [
        {"Status": status, "StatusMessage": message, "StartTime": BEGAN.replace(second=number)}
        for number, (status, message) in enumerate(statuses)
    ]
    return {"TrainingJobName": "local-a-1", "SecondaryStatusTransitions": transitions, **more}


def test_each_transition_is_reported_once():
    printed = set()
    first = new_transitions(described(("Starting", "Preparing")), printed)
    again = new_transitions(described(("Starting", "Preparing"), ("Downloading", "Input")), printed)
    assert first == [Transition("Starting", "Preparing", BEGAN)]
    assert again == [Transition("Downloading", "Input", BEGAN.replace(second=1))]
    assert new_transitions(described(("Starting", "Preparing"), ("Downloading", "Input")), printed) == []


def test_a_new_message_within_a_status_is_news():
    printed = set()
    new_transitions(described(("Starting", "Launching requested ML instances")), printed)
    retry = new_transitions(described(("Starting", "Insufficient capacity error from EC2, retrying!")), printed)
    assert [transition.message for transition in retry] == ["Insufficient capacity error from EC2, retrying!"]


def test_a_job_that_tells_nothing_yet_has_no_news():
    assert new_transitions({"TrainingJobName": "a"}, set()) == []


def test_the_toolkits_preamble_is_hidden_and_the_scripts_lines_stay(recording):
    folding = Folding()
    lines = recording("training.log")
    assert [line for line in lines if not folding.hides(line)] == [
        "Mean squared error: 41.82",
        "Coefficient of determination: 0.63",
    ]
    assert folding.hidden == len(lines) - 2


@pytest.mark.parametrize(("lines", "absent"), [(2, False), (0, True)])
def test_a_log_with_lines_of_the_toolkit_alone_is_not_absent(recording, monkeypatch, capsys, lines, absent):
    entries = [Entry("local-a-1", LogLine("algo-1", 0, line)) for line in recording("training.log")[:lines]]
    work = SimpleNamespace(
        name="local-a-1", identifier="local-a-1", kind="training", noun="training job", description={}
    )
    monkeypatch.setattr(logs, "connect", lambda _: None)
    monkeypatch.setattr(logs, "find", lambda *_: work)
    monkeypatch.setattr(logs, "log_of", lambda *_, **__: SimpleNamespace(read=lambda: entries))
    logs.logs("local-a-1", env="local", lines=0, since=None, follow=False, everything=False, kind=None, json=False)
    hints = " ".join(capsys.readouterr().err.split())
    assert ("has no log yet" in hints) is absent
    assert ("2 lines of the training toolkit left out" in hints) is not absent


@pytest.mark.parametrize(("as_json", "number"), [(False, 2), (True, 0)])
def test_the_log_of_a_job_is_its_scripts_lines(recording, as_json, number):
    view = View(as_json=as_json, folded=True)
    entries = [Entry("local-a-1", LogLine("algo-1", 0, line)) for line in recording("training.log")]
    shown = view.unfolded(entries)
    assert len(shown) == (number or len(entries))
    assert view.hidden == len(entries) - len(shown)
    view.folded = False
    assert view.unfolded(entries) == entries


@pytest.mark.parametrize(("status", "hints"), [("Failed", 1), ("Stopped", 1), ("Completed", 0)])
def test_a_failed_pipeline_names_the_command_that_resumes_its_job(monkeypatch, status, hints):
    job = {
        "TrainingJobName": "local-a-1",
        "TrainingJobStatus": status,
        "CheckpointConfig": {"S3Uri": "s3://models/a/checkpoints/local-a-1"},
    }
    sagemaker = SimpleNamespace(describe_training_job=lambda **_: job)
    connection = SimpleNamespace(name="local", client=lambda _service: sagemaker)
    monkeypatch.setattr(pipeline, "find", lambda *_: None)
    monkeypatch.setattr(
        pipeline, "steps", lambda *_: [Step("Prepare", "processing", "p"), Step("Train", "training", "local-a-1")]
    )
    monkeypatch.setattr(pipeline, "has_checkpoints", lambda *_: True)
    lines = list(pipeline._resumptions(connection, "arn"))
    assert lines == ["go on from its checkpoints: `launchpad run a --resume local-a-1`"] * hints


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit ERROR    ExecuteUserScriptError:",
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit WARNING  no space",
        "INFO Training Env:",
        "Traceback (most recent call last):",
    ],
)
def test_warnings_errors_and_a_scripts_own_lines_are_never_hidden(line):
    assert not Folding().hides(line)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ('AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "boom"\nCommand "python", exit code: 1', 1),
        ("AlgorithmError: , exit code: 137", 137),
        ("ClientError: Data download failed: no objects", None),
        ("", None),
    ],
)
def test_the_exit_code_is_read_from_the_reason(reason, code):
    assert exit_code({"FailureReason": reason}) == code


def test_a_failed_jobs_message_says_why_and_does_not_repeat_its_log():
    job = described(TrainingJobStatus="Failed", FailureReason="AlgorithmError: boom, exit code: 3")
    assert job_failure(job, ["reading", "ValueError: boom"], "dev").splitlines() == [
        "training job local-a-1 has failed",
        "reason: AlgorithmError: boom, exit code: 3",
        "its log: `launchpad logs local-a-1 --env dev`",
    ]


def test_the_toolkits_report_does_not_push_out_the_users_frame():
    traceback = ["Traceback (most recent call last):", '  File "train.py", line 20, in <module>', "ValueError: boom"]
    tail = Tail()
    report = [
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit ERROR    Reporting training FAILURE",
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit ERROR    ExecuteUserScriptError:",
        *(f"line {number} of the report" for number in range(20)),
    ]
    printed = [line for line in [*traceback, *report] if tail.add(line)]
    assert printed == tail.lines == traceback


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        (
            (
                'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "raise ValueError("no line")\n'
                ' ValueError: no line"\nCommand "/bin/python -- train.py --mood "x"", exit code: 1'
            ),
            "AlgorithmError: ExecuteUserScriptError: ValueError: no line, exit code: 1",
        ),
        (
            "train: a-1: AlgorithmError: boom (log: /aws/x, streams that begin with a-1/)",
            "train: a-1: AlgorithmError: boom",
        ),
        ("ClientError: no objects", "ClientError: no objects"),
    ],
)
def test_a_reason_says_the_error_once_and_names_no_log_group(reason, short):
    assert short_reason(reason) == short


def test_a_long_status_is_followed_by_a_blank():
    console = SafeConsole(file=io.StringIO(), width=200)
    view = JobView(LiveLine("x", console=console))
    view.show(Transition("MaxRuntimeExceeded", "Training job runtime exceeded", BEGAN))
    assert "MaxRuntimeExceeded Training job" in console.file.getvalue()


def test_a_job_that_ran_too_long_differs_from_one_that_was_stopped():
    stopped = described(TrainingJobStatus="Stopped", SecondaryStatus="Stopped")
    late = described(TrainingJobStatus="Stopped", SecondaryStatus="MaxRuntimeExceeded")
    assert job_failure(stopped, [], "local").startswith("training job local-a-1 was stopped\n")
    assert "longer than its `max_runtime_minutes`" in job_failure(late, [], "local")


def test_a_job_with_checkpoints_names_the_command_that_goes_on():
    checkpoints = {"S3Uri": "s3://models/wine/checkpoints/dev-wine-1"}
    job = described(TrainingJobStatus="Failed", CheckpointConfig=checkpoints)
    message = job_failure(job, [], "dev", resumable=True)
    assert message.endswith("`launchpad run wine --resume local-a-1 --env dev`")
    assert "--resume" not in job_failure(job, [], "dev")


@pytest.mark.parametrize(("key", "resumable"), [("wine/checkpoints/dev-wine-1/1.pt", True), ("wine/other", False)])
def test_a_job_can_be_resumed_once_it_wrote_a_checkpoint(key, resumable):
    s3 = boto3.client("s3", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    objects_of(s3)[f"models/{key}"] = b"1"
    connection = SimpleNamespace(client=lambda _service: s3)
    checkpoints = {"S3Uri": "s3://models/wine/checkpoints/dev-wine-1"}
    assert has_checkpoints(connection, described(CheckpointConfig=checkpoints)) is resumable
    assert not has_checkpoints(connection, described())


def test_metrics_are_kept_by_name():
    values = [{"MetricName": "r2", "Value": 0.63}, {"MetricName": "mse", "Value": 41.82}]
    assert metrics({"FinalMetricDataList": values}) == {"r2": 0.63, "mse": 41.82}
    assert metrics({}) == {}


def test_the_last_lines_are_those_that_say_something():
    lines = [LogLine("s", number, text) for number, text in enumerate(["a", "b", "  ", "c"])]
    assert last_lines(lines, 2) == ["b", "c"]


@pytest.mark.parametrize(
    ("evaluate", "hint"),
    [
        (None, "launchpad serve demo --job dev-demo-t-003"),
        ({}, "launchpad job evaluate demo --from-job dev-demo-t-003"),
    ],
)
def test_the_end_of_a_tuning_names_what_to_do_with_its_best_job(capsys, evaluate, hint):
    workload = SimpleNamespace(name="demo", evaluate=evaluate is not None, serving=True)
    _tell_next(SimpleNamespace(name="dev"), workload, {"BestTrainingJob": {"TrainingJobName": "dev-demo-t-003"}})
    assert f"`{hint} --env dev`" in capsys.readouterr().err


@pytest.mark.parametrize(("status", "config"), [("InService", "new"), ("InService", "old"), ("Failed", "new")])
def test_an_endpoint_that_serves_another_configuration_was_not_updated(monkeypatch, status, config):
    endpoint = {"EndpointName": "dev-demo", "EndpointStatus": status, "EndpointConfigName": config}
    monkeypatch.setattr(endpoints, "follow", lambda *_: {**endpoint, "FailureReason": "ping failed"})
    monkeypatch.setattr(endpoints, "served_job", lambda *_: "dev-demo-1")
    deployment = {"endpoint_name": "dev-demo", "endpoint_config_name": "new"}
    follow = partial(follow_endpoint, SimpleNamespace(name="dev"), deployment, SimpleNamespace())
    if (status, config) == ("InService", "new"):
        assert follow()["EndpointStatus"] == "InService"  # a reason of an earlier failure does not matter
        return
    with pytest.raises(LaunchpadError, match="reason: ping failed") as raised:
        follow()
    expected = "it still serves the model of dev-demo-1 (old)" if config == "old" else "delete it before you deploy"
    assert expected in str(raised.value)


def test_each_step_of_an_update_is_a_line_that_lasts(monkeypatch):
    variant = {"VariantName": "AllTraffic", "DesiredInstanceCount": 3}
    endpoint = {"EndpointName": "dev-demo", "EndpointStatus": "Updating", "EndpointConfigName": "old"}

    def step(active):
        status = [{"Status": "Baking", "StatusMessage": "Baking for 600s"}]
        pending = {"ProductionVariants": [{**variant, "CurrentInstanceCount": active, "VariantStatus": status}]}
        return {**endpoint, "PendingDeploymentSummary": pending}

    ended = {**endpoint, "EndpointStatus": "InService", "EndpointConfigName": "new"}
    states = iter([endpoint, step(1), step(1), step(3), ended])
    sagemaker = SimpleNamespace(describe_endpoint=lambda **_: next(states))
    monkeypatch.setattr(endpoints, "endpoint_log", lambda *_: SimpleNamespace(read=list))
    connection = SimpleNamespace(name="dev", poll_seconds=0, client=lambda _: sagemaker)
    lines = []
    deployment = {"endpoint_name": "dev-demo", "endpoint_config_name": "new"}
    follow_endpoint(connection, deployment, SimpleNamespace(say=lambda text: lines.append(text.strip())))
    assert lines == [
        f"Updating: AllTraffic: {active} of 3 new instances get requests (Baking for 600s)" for active in (1, 3)
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ValueError: boom", "run the script in this terminal"),
        ("bdb.BdbQuit", "a job has no terminal for the debugger"),
    ],
)
def test_a_failed_local_script_is_sent_to_the_debugger(reason, words):
    output = {"S3OutputPath": "s3://bucket/churn/jobs"}
    job = described(TrainingJobStatus="Failed", FailureReason=reason, OutputDataConfig=output)
    last = job_failure({**job, "HyperParameters": {"sagemaker_program": '"train.py"'}}, [], "local").splitlines()[-1]
    assert words in last
    assert "`launchpad debug churn`" in last
    assert "debug" not in job_failure({**job, "HyperParameters": {}}, [], "local")
    assert "debug" not in job_failure({**job, "HyperParameters": {"sagemaker_program": '"train.py"'}}, [], "dev")


SERVERLESS = {"application_id": "app", "job_run_id": "run-1"}
ON_CLUSTER = {"cluster_id": "j-1", "step_id": "s-1"}


@pytest.mark.parametrize(
    ("where", "ended", "name"),
    [
        (SERVERLESS, {"state": "SUCCESS"}, "run-1"),
        (ON_CLUSTER, {"Status": {"State": "COMPLETED"}}, "s-1"),
    ],
)
def test_a_spark_step_is_named_before_it_is_followed(monkeypatch, capsys, where, ended, name):
    monkeypatch.setattr(spark, "launch", lambda *_: where)
    monkeypatch.setattr(spark, "follow", lambda *_: said.append(capsys.readouterr().out) or ended)
    monkeypatch.setattr(job, "ended_cost", lambda *_: None)
    said: list[str] = []
    job._follow_spark(SimpleNamespace(name="local"), None, {"workload": "a"}, json=True)
    assert said == [f"Spark step {name}\n"]
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["name"], document["workload"]) == ("spark", name, "a")
    assert document["status"] in ("SUCCESS", "COMPLETED")
