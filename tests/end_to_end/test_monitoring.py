"""A monitored model: the pipeline makes its baseline, shifted requests raise an alarm, labels say how good it is.

IAM is enforced, so the roles of functions, jobs and endpoint suffice; an alarm's five minutes pass in five seconds, and
the schedule's pauses as fast.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from launchpad.duties import BY_NAME
from tests.end_to_end.conftest import BYTECODE, CACHE, ROOT, WORKLOAD, Platform, linked_checkout, until
from tests.end_to_end.duty_walks import MONITORED, REFUSED_ELSEWHERE, Step, command_of
from tests.end_to_end.enforced_account import SETS, Account, Ending
from tests.end_to_end.monitored_endpoint import (
    ENDPOINT,
    TARGET,
    Row,
    alarm_state,
    ask,
    executions,
    last_result,
    monitoring_jobs,
    raised,
    read,
    scheduled,
)
from tests.local_aws.launcher import FAST_PIPELINES, running_local_aws

SHIFTED = {"crim": 25.0, "rm": 3.0, "tax": 400.0, "ptratio": 8.0, "lstat": 20.0}
"""Columns that are moved, and how far."""
MONITORING = f"""
monitoring:
  capture: {{percent: 100}}
  columns: {{
    crim: numeric, zn: numeric, indus: numeric, chas: categorical, nox: numeric, rm: numeric, age: numeric,
    dis: numeric, rad: numeric, tax: numeric, ptratio: numeric, lstat: numeric, {TARGET}: numeric}}
  target: {TARGET}
  task: regression
  minimum_records: 100
  quality: {{metric: rmse, at_most: 9}}
  on_alarm: retrain
"""
BASELINE, RUN, LABELS, READ = MONITORED
PEOPLE = "people:\n" + "".join(f"  {duty.key}: {{permission_set: {name}}}\n" for duty, name in SETS.items())
REFUSED = "refused@example.com"
"""The name of the sessions of people who try what is another duty's."""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "server"


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Iterator[Platform]:
    """A platform with one workload, whose pipeline has made, registered and deployed a model with its baseline."""
    checkout = linked_checkout(tmp_path_factory.mktemp("checkout"))
    workload = checkout.root / "workloads" / WORKLOAD
    shutil.copytree(ROOT / "workloads" / WORKLOAD, workload, ignore=BYTECODE)
    file = workload / "workload.yaml"
    file.write_text(file.read_text("utf-8") + MONITORING, "utf-8")
    options = ("--cache", CACHE, "--images", ROOT / "containers", "--stop-grace", "2", "--state", state, "--iam")
    with running_local_aws(*map(str, options), environment=FAST_PIPELINES) as aws:
        platform = Platform(checkout, aws)
        with (checkout.root / "config" / "local.yaml").open("a") as config:
            config.write(PEOPLE)
        platform.succeeds("deploy")
        platform.succeeds("data", WORKLOAD)
        platform.succeeds("pipeline", "run", WORKLOAD)
        yield platform


@pytest.fixture(scope="module")
def rows(monitored: Platform) -> list[Row]:
    """A quarter of the training data, from all of it: the file is sorted."""
    body = read(monitored, "DataBucketName", f"{WORKLOAD}/training/housing.csv")
    return list(csv.DictReader(io.StringIO(body)))[::4]


@pytest.fixture(scope="module")
def messages(monitored: Platform) -> Callable[[], list[str]]:
    """Reads what came to the alert topic so far, by a queue that is subscribed to it."""
    sqs, seen = monitored.client("sqs"), list[str]()
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = monitored.output("observability", "AlertTopicArn")
    sender = {"Principal": {"Service": "sns.amazonaws.com"}, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn, **sender}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    monitored.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read_all() -> list[str]:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            seen.append(json.loads(message["Body"])["Message"])
        return seen

    return read_all


@pytest.fixture(scope="module")
def account(monitored: Platform, state: Path) -> Account:
    """The environment as people see it, by the roles of their duties."""
    return Account(monitored.checkout, monitored.aws, state, "local")


def walk(account: Account, step: Step, file: Path | None = None) -> list[Ending]:
    """What each command of a step ended with, by the roles of its duties."""
    lines = {duty: [line.replace("LABELS", str(file)) for line in each] for duty, each in step.items()}
    return [ending for endings in account.all_in_one_process(lines).values() for ending in endings]


@pytest.fixture(scope="module")
def usual(monitored: Platform, account: Account, rows: list[Row], messages: Any) -> dict[str, Any]:
    """The report on requests as the model was trained with, compared with a new baseline of it."""
    ask(monitored, rows, "usual")
    for step in (BASELINE, RUN):
        (ending,) = walk(account, step)
        assert ending.code == 0, ending.output
    return last_result(monitored)


@pytest.fixture(scope="module")
def labels(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels that are far from what was predicted."""
    file = tmp_path_factory.mktemp("labels") / "labels.csv"
    lines = [f"usual-{number},{float(row[TARGET]) + 30}" for number, row in enumerate(rows)]
    file.write_text("\n".join(["inference_id,label", *lines]) + "\n")
    return file


@pytest.fixture(scope="module")
def labelled(monitored: Platform, account: Account, labels: Path, usual: Any) -> dict[str, Any]:
    """The report once labels have come that are far from what was predicted; an alarm has the model trained again."""
    (uploaded,) = walk(account, LABELS, labels)
    assert uploaded.code == 0, uploaded.output
    assert monitored("monitor", "run", WORKLOAD).returncode == 4
    until(lambda: executions(monitored), 300)
    until(lambda: set(executions(monitored).values()) == {"SUCCEEDED"}, 900)
    return last_result(monitored)


@pytest.fixture(scope="module")
def shifted(monitored: Platform, rows: list[Row], labelled: Any) -> dict[str, Any]:
    """The schedule's report on requests some of whose columns are far away, to the model that was trained since."""
    moved = [{name: str(float(value) + SHIFTED.get(name, 0)) for name, value in row.items()} for row in rows]
    ask(monitored, moved, "shifted")
    earlier = monitoring_jobs(monitored)
    with scheduled(monitored, "rate(10 minutes)"):
        until(lambda: monitoring_jobs(monitored) - earlier, 300)
    until(lambda: last_result(monitored)["window"] != labelled["window"], 300)
    return last_result(monitored)


def test_the_pipeline_registers_the_baseline_with_the_model(monitored):
    sagemaker = monitored.client("sagemaker")
    (*_, newest) = sagemaker.list_model_packages(ModelPackageGroupName=ENDPOINT)["ModelPackageSummaryList"]
    package = sagemaker.describe_model_package(ModelPackageName=newest["ModelPackageArn"])
    uri = package["ModelMetrics"]["ModelDataQuality"]["Statistics"]["S3Uri"]
    job = uri.split("/")[-2]
    assert uri.endswith(f"/{WORKLOAD}/baselines/{job}/baseline.json")
    predictions = read(monitored, "ModelBucketName", f"{WORKLOAD}/baselines/{job}/predictions/features.csv.out")
    features = read(monitored, "ModelBucketName", f"{WORKLOAD}/baselines/{job}/features.csv")
    assert len(predictions.split()) >= len(features.split()) > 400


def test_requests_as_in_training_raise_no_alarm(monitored, usual):
    assert (usual["status"], usual["reason"]) == ("no_drift", None)
    assert usual["records"] == 127
    until(lambda: alarm_state(monitored, "Drift") == "OK", 300)


def test_labels_that_come_later_raise_the_quality_alarm(monitored, labelled, messages):
    assert labelled["quality"]["labelled"] == 127
    assert labelled["quality"]["passed"] is False
    until(lambda: raised("Quality", messages()), 300)


def test_an_alarm_starts_the_pipeline_and_says_so(monitored, labelled, messages):
    (name, *_) = executions(monitored)
    until(lambda: any(f"the pipeline of {WORKLOAD} was started: {name}" in message for message in messages()), 300)
    (*_, newest) = monitored.client("sagemaker").list_model_packages(ModelPackageGroupName=ENDPOINT)[
        "ModelPackageSummaryList"
    ]
    assert newest["ModelPackageVersion"] > 1


def test_shifted_requests_name_their_columns_and_raise_the_alarm(monitored, shifted, messages):
    drifted = {column["name"] for column in shifted["columns"] if column["drifted"]}
    assert drifted == set(SHIFTED)
    assert shifted["status"] == "drift"
    until(lambda: alarm_state(monitored, "Drift") == "ALARM", 300)
    until(lambda: raised("Drift", messages()), 300)


def test_the_schedule_started_the_report_on_shifted_requests(monitored, shifted):
    record = json.loads(read(monitored, "ModelBucketName", f"{WORKLOAD}/records/{shifted['job']}.json"))["monitoring"]
    assert record["by"] == "schedule"
    assert shifted["records"] == 127
    assert "drift" in monitored.succeeds("monitor", "status", WORKLOAD)


def test_a_removed_endpoint_leaves_no_alarm_of_monitoring(monitored, shifted):
    sagemaker = monitored.client("sagemaker")  # the run that the second alarm started may be updating the endpoint
    until(lambda: sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService", 300)
    monitored.succeeds("stop", ENDPOINT, "--yes")
    listed = monitored.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"launchpad-local-endpoint-{ENDPOINT}-")
    assert [alarm["AlarmName"] for alarm in listed["MetricAlarms"]] == []


def test_each_duty_reads_what_monitoring_found(account, shifted):
    for ending in walk(account, READ):
        assert ending.code == 0, ending.output


def test_what_is_another_dutys_is_refused_with_the_duty(account, shifted, tmp_path):
    file = tmp_path / "labels.csv"  # others than those that are uploaded already, which nothing would be written for
    file.write_text("inference_id,label\nusual-0,1\n")
    lines = {duty: [line.replace("LABELS", str(file)) for line in each] for duty, each in REFUSED_ELSEWHERE.items()}
    for duty, endings in account.all_in_one_process(lines, session=REFUSED).items():
        for line, ending in zip(lines[duty], endings, strict=True):
            command = BY_NAME[command_of(line)]
            assert ending.code == 1, f"{duty} could: {line}"
            assert f"is missing: `launchpad {command.name}` is for the {command.duties[0]}" in ending.output


def test_no_role_was_refused_a_call_that_it_needs(state, shifted):
    calls = [json.loads(line) for line in (state / "iam-calls.jsonl").read_text("utf-8").splitlines()]
    refused = [call for call in calls if not call["allowed"]]
    assert [call for call in refused if not call["principal"].endswith(f"/{REFUSED}")] == []
