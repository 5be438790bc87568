"""The pipeline: one state machine, started by hand, by a schedule, or by new data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.catalogue.sizes import new_data_pattern_size, problems_of_size
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import EnvironmentSettings
from stacks.constructs.pipeline_definition import pipeline_definition

DEV = {"name": "dev", "region": "eu-west-1"}


def properties_of(template: dict, kind: str) -> list[dict]:
    return [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == kind]


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    shutil.copytree(paths.WORKLOADS / "boston-housing", tmp_path / "boston-housing")
    return tmp_path


def with_pipeline(workloads: Path, text: str, name: str = "boston-housing") -> Path:
    target = workloads / name
    if not target.exists():
        shutil.copytree(paths.WORKLOADS / "boston-housing", target)
    file = target / "workload.yaml"
    file.write_text(file.read_text().replace("name: boston-housing", f"name: {name}", 1) + f"\npipeline: {text}\n")
    return workloads


def test_the_key_lets_the_machines_logs_be_delivered(dev):
    (key,) = properties_of(dev["storage"], "AWS::KMS::Key")
    (statement,) = [
        item
        for item in key["KeyPolicy"]["Statement"]
        if item["Principal"].get("Service") == "delivery.logs.amazonaws.com"
    ]
    assert statement["Action"] == "kms:Decrypt"
    (pattern,) = statement["Condition"]["StringLike"].values()
    assert json.dumps(pattern).count(":logs:") == 1


@pytest.mark.parametrize(("region", "suffix"), [("eu-west-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn")])
def test_the_key_serves_logs_by_the_name_of_their_partition(templates, region, suffix):
    storage = templates(name="dev", region=region)["storage"]
    assert f'"logs.{region}.{suffix}"' in json.dumps(properties_of(storage, "AWS::KMS::Key"))


def test_one_state_machine_serves_all_workloads(dev):
    (machine,) = properties_of(dev["pipeline"], "AWS::StepFunctions::StateMachine")
    assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["TracingConfiguration"]["Enabled"] is True


def test_nothing_starts_it_by_itself_unless_a_workload_asks(dev):
    assert properties_of(dev["pipeline"], "AWS::Scheduler::Schedule") == []
    assert properties_of(dev["pipeline"], "AWS::Events::Rule") == []


def test_a_workloads_schedule_starts_its_pipeline(templates, workloads):
    scheduled = with_pipeline(workloads, '{schedule: "rate(7 days)"}')
    (schedule,) = properties_of(templates(scheduled, **DEV)["pipeline"], "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(7 days)"
    assert json.loads(schedule["Target"]["Input"]) == {"workload": "boston-housing"}


def test_new_data_starts_pipelines_through_one_rule_for_all(templates, workloads):
    with_pipeline(workloads, "{on_new_data: one/ready}")
    with_pipeline(workloads, "{on_new_data: two/ready}", "second")
    template = templates(workloads, **DEV)["pipeline"]
    (rule,) = properties_of(template, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": "one/ready/"}, {"prefix": "two/ready/"}]
    (permission,) = properties_of(template, "AWS::Lambda::Permission")
    assert permission["SourceArn"]["Fn::GetAtt"][0].startswith("NewDataArrived")


def test_new_data_that_starts_no_pipeline_raises_an_alarm(templates, workloads):
    with_pipeline(workloads, "{on_new_data: incoming}")
    (alarm,) = (
        item
        for item in properties_of(templates(workloads, **DEV)["observability"], "AWS::CloudWatch::Alarm")
        if "New data" in item["AlarmDescription"]
    )
    assert alarm["MetricName"] == "ExecutionsFailed"
    assert "Gates" in str(alarm["Dimensions"])


def test_workloads_may_wait_for_the_same_data(templates, workloads):
    with_pipeline(workloads, "{on_new_data: incoming}")
    with_pipeline(workloads, "{on_new_data: incoming}", "second")
    (rule,) = properties_of(templates(workloads, **DEV)["pipeline"], "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": "incoming/"}]


def test_the_size_of_the_rules_pattern_is_estimated_from_above(templates, workloads):
    with_pipeline(workloads, "{on_new_data: one/ready}")
    with_pipeline(workloads, "{on_new_data: two/ready}", "second")
    (rule,) = properties_of(templates(workloads, **DEV)["pipeline"], "AWS::Events::Rule")
    rule["EventPattern"]["detail"]["bucket"]["name"] = ["x" * 63]
    size = len(json.dumps(rule["EventPattern"], separators=(",", ":")))
    assert size <= new_data_pattern_size(["one/ready", "two/ready"]) <= size * 1.1


def test_more_folders_than_a_rule_takes_are_refused(workloads):
    for number in range(3):
        with_pipeline(workloads, f"{{on_new_data: {'x' * (700 + number)}{number}}}", f"w{number}")
    settings = EnvironmentSettings(**DEV)
    catalogue = load_catalogue(settings, workloads)
    (problem,) = problems_of_size(settings, catalogue.workloads, (), workloads)
    assert "w2/workload.yaml" in str(problem)
    assert "characters with the folders of all workloads, and EventBridge allows 2048" in problem.message


PREPARE = "{entry_point: train.py, instance: {type: ml.m5.large}, outputs: {o: {prefix: %s}}}"


@pytest.mark.parametrize("written", ["raw", "raw/clean", "all/raw", "all"])
def test_a_pipeline_that_its_own_jobs_would_start_is_refused(workloads, written):
    trigger = "raw" if written.startswith("raw") else "all/raw"
    with_pipeline(workloads, f"{{on_new_data: {trigger}}}\nprepare: {PREPARE % written}")
    with pytest.raises(InvalidFileError, match=r"on_new_data: prepare\.outputs\.o writes to '.*': its own jobs would"):
        load_catalogue(EnvironmentSettings(**DEV), workloads)


def test_pipelines_that_would_start_each_other_for_ever_are_refused(workloads):
    with_pipeline(workloads, f"{{on_new_data: b/done}}\nprepare: {PREPARE % 'a/done'}")
    with_pipeline(workloads, f"{{on_new_data: a/done}}\nprepare: {PREPARE % 'b/done'}", "second")
    with pytest.raises(InvalidFileError, match="the pipelines of boston-housing and second write what starts the next"):
        load_catalogue(EnvironmentSettings(**DEV), workloads)


def test_a_pipeline_may_start_another_one(workloads):
    with_pipeline(workloads, f"{{on_new_data: raw}}\nprepare: {PREPARE % 'a/done'}")
    with_pipeline(workloads, "{on_new_data: a/done}", "second")
    assert set(load_catalogue(EnvironmentSettings(**DEV), workloads).workloads) == {"boston-housing", "second"}


def test_the_function_starts_only_the_pipeline_and_its_gates(templates, workloads):
    with_pipeline(workloads, "{on_new_data: incoming}")
    policies = properties_of(templates(workloads, **DEV)["pipeline"], "AWS::IAM::Policy")
    (starting,) = [
        statement
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if "states:StartExecution" in statement["Action"]
    ]
    names = sorted(arn["Fn::GetAtt"][0] if "Fn::GetAtt" in arn else arn["Ref"] for arn in starting["Resource"])
    assert [name.rstrip("0123456789ABCDEF") for name in names] == ["NewDataGates", "StateMachine"]


def test_the_state_machine_hands_over_no_role_but_those_of_jobs(dev):
    policies = properties_of(dev["pipeline"], "AWS::IAM::Policy")
    passing = [
        statement
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:PassRole"
    ]
    assert len(passing) == 1
    roles = json.dumps(passing[0]["Resource"])
    assert "TrainingRole" in roles
    assert "ProcessingRole" in roles
    assert "ServingRole" not in roles
    assert passing[0]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


MACHINE = pipeline_definition("arn:aws:lambda:eu-west-1:1:function:own", "arn:aws:lambda:eu-west-1:1:function:deploy")
STATES = MACHINE["States"]


def following(state: dict) -> list[str]:
    names = [state[key] for key in ("Next", "Default") if key in state]
    return names + [branch["Next"] for key in ("Choices", "Catch") for branch in state.get(key, [])]


def test_every_state_is_there_and_is_reached():
    reached = {MACHINE["StartAt"], *(name for state in STATES.values() for name in following(state))}
    assert reached == set(STATES)


def test_every_step_uses_the_code_of_the_first_one():
    steps = {name: state["Arguments"]["Payload"] for name, state in STATES.items() if "lambda:invoke" in str(state)}
    requests = {"Evaluation request", "Baseline request", "Predictions request"}
    assert set(steps) == {"Plan", "Record", *requests, "Register", "Deploy", "Failure"}
    for payload in (payload for name, payload in steps.items() if name != "Failure"):
        assert (payload["working_copy"], payload["origin"]) == ("{% $working_copy %}", "{% $origin %}")
    assigned = {key for name, state in STATES.items() if name != "Begin" for key in state.get("Assign", {})}
    assert not assigned & {"working_copy", "origin"}


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if state["Type"] == "Task"])
def test_every_task_retries_what_passes_and_tells_of_what_does_not(name):
    state = STATES[name]
    assert any("Throttling" in error or "TooManyRequests" in error for error in state["Retry"][0]["ErrorEquals"])
    if name != "Failure":
        assert state["Catch"][0]["Next"] == "Failure"


@pytest.mark.parametrize(
    ("name", "throttled"),
    [("Train", "SageMaker.AmazonSageMakerException"), ("Endpoint", "SageMaker.SageMakerException")],
)
def test_a_throttled_call_is_retried_by_the_name_that_it_has(name, throttled):
    named = [retrier for retrier in STATES[name]["Retry"] if throttled in retrier["ErrorEquals"]]
    assert "SageMaker.ThrottlingException" not in json.dumps(STATES[name]["Retry"])
    # A wrong request has that name too, and should not wait for long.
    assert [retrier["IntervalSeconds"] * 2 ** retrier["MaxAttempts"] <= 30 for retrier in named] == [True]


def test_the_deployment_waits_for_a_busy_endpoint():
    (busy,) = [retrier for retrier in STATES["Deploy"]["Retry"] if "BusyEndpointError" in retrier["ErrorEquals"]]
    assert busy["IntervalSeconds"] * busy["MaxAttempts"] == 30 * 60
    assert busy["BackoffRate"] == 1


def test_a_model_is_never_deployed_before_it_was_judged():
    assert [name for name, state in STATES.items() if "Deploy?" in following(state)] == ["Register"]
    assert [name for name, state in STATES.items() if "Deploy" in following(state)] == ["Deploy?"]
