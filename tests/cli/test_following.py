"""A job, a Spark step or an endpoint as a person follows it: news once, in order, with the next command at the end."""

from __future__ import annotations

import io
import json
from functools import partial
from types import SimpleNamespace

import pytest

from launchpad.cli.commands import job
from launchpad.cli.commands.job import _tell_next
from launchpad.cli.following import JobView, follow_endpoint
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import SafeConsole
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints, spark
from launchpad.platform_client.training_jobs import Transition, metrics, new_transitions
from tests.cli.training_jobs import BEGAN, described


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


def test_a_long_status_is_followed_by_a_blank():
    console = SafeConsole(file=io.StringIO(), width=200)
    view = JobView(LiveLine("x", console=console))
    view.show(Transition("MaxRuntimeExceeded", "Training job runtime exceeded", BEGAN))
    assert "MaxRuntimeExceeded Training job" in console.file.getvalue()


def test_metrics_are_kept_by_name():
    values = [{"MetricName": "r2", "Value": 0.63}, {"MetricName": "mse", "Value": 41.82}]
    assert metrics({"FinalMetricDataList": values}) == {"r2": 0.63, "mse": 41.82}
    assert metrics({}) == {}


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
