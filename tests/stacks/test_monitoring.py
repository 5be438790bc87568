"""Monitoring is there for monitored workloads only, and its function can change no endpoint."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from launchpad import paths
from tests.stacks.inspection import resources

DEV = {"name": "dev", "region": "eu-west-1", "direct_deploy": True}
MONITORING = "\nmonitoring: {target: medv, schedule: rate(6 hours), on_alarm: retrain}\n"


@pytest.fixture(scope="module")
def workloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workloads")
    shutil.copytree(paths.WORKLOADS / "boston-housing", folder / "boston-housing")
    file = folder / "boston-housing" / "workload.yaml"
    file.write_text(file.read_text("utf-8") + MONITORING, "utf-8")
    return folder


@pytest.fixture(scope="module")
def monitored(templates, workloads) -> Any:
    return templates(workloads, **DEV)


@pytest.fixture(scope="module")
def plain(templates, tmp_path_factory) -> Any:
    folder = tmp_path_factory.mktemp("plain")
    shutil.copytree(paths.WORKLOADS / "boston-housing", folder / "boston-housing")
    return templates(folder, **DEV)


def policies(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The statements of all policies of the roles whose logical ids begin so."""
    properties = [item["Properties"] for item in resources(template, "AWS::IAM::Policy").values()]
    attached = [policy for policy in properties if role in json.dumps(policy["Roles"])]
    return [statement for policy in attached for statement in policy["PolicyDocument"]["Statement"]]


def actions(statements: list[dict[str, Any]]) -> set[str]:
    lists = [[item["Action"]] if isinstance(item["Action"], str) else item["Action"] for item in statements]
    return {action for several in lists for action in several}


def handlers(template: dict[str, Any]) -> set[str]:
    return {item["Properties"]["Handler"] for item in resources(template, "AWS::Lambda::Function").values()}


def test_nothing_of_it_exists_without_a_monitored_workload(plain):
    assert "monitor.handler" not in handlers(plain["observability"])
    assert "Launchpad/Monitoring" not in json.dumps([plain["observability"], plain["access"], plain["pipeline"]])
    assert "TransformJobsRule" not in json.dumps(plain["pipeline"])
    assert "monitoring/settings" not in json.dumps(plain["access"])


def test_each_monitored_workload_has_its_schedule_with_its_time(monitored):
    schedules = resources(monitored["observability"], "AWS::Scheduler::Schedule").values()
    settings = [item["Properties"] for item in schedules]
    targets = {item["ScheduleExpression"]: json.loads(item["Target"]["Input"]) for item in settings}
    assert targets["rate(6 hours)"] == {
        "workload": "boston-housing",
        "by": "schedule",
        "time": "<aws.scheduler.scheduled-time>",
    }
    assert targets["rate(1 hour)"] == {"heartbeat": True}


def test_the_function_is_called_for_its_jobs_and_alarms_only(monitored):
    rules = resources(monitored["observability"], "AWS::Events::Rule")
    patterns = [item["Properties"]["EventPattern"] for name, item in rules.items() if name.startswith("Monitoring")]
    by_type = {pattern["detail-type"][0]: pattern["detail"] for pattern in patterns}
    jobs = by_type["SageMaker Processing Job State Change"]
    assert jobs["ProcessingJobName"] == [{"wildcard": "dev-*-monitor-*"}]
    metric = by_type["CloudWatch Alarm State Change"]["configuration"]["metrics"]["metricStat"]["metric"]
    assert metric == {"namespace": ["Launchpad/Monitoring"], "dimensions": {"Endpoint": [{"prefix": "dev-"}]}}


def test_the_function_can_change_no_endpoint_and_start_no_training(monitored):
    allowed = actions(policies(monitored["observability"], "MonitoringRole"))
    assert {"sagemaker:CreateProcessingJob", "cloudwatch:PutMetricData", "states:StartExecution"} <= allowed
    creating = {action for action in allowed if action.startswith(("sagemaker:Create", "sagemaker:Update"))}
    assert creating == {"sagemaker:CreateProcessingJob"}
    assert not {action for action in allowed if "Delete" in action}


def test_the_function_may_list_what_a_transform_reads_elsewhere(templates, tmp_path):
    shutil.copytree(paths.WORKLOADS / "boston-housing", tmp_path / "boston-housing")
    file = tmp_path / "boston-housing" / "workload.yaml"
    source = "{uri: s3://batches/of/today/, content_type: text/csv}"
    batch = f"\ntransform: {{instance: {{type: ml.m5.large}}, input: {source}}}\n"
    file.write_text(file.read_text("utf-8") + MONITORING + batch, "utf-8")
    stack = templates(tmp_path, **DEV)["observability"]
    assert {
        "Action": "s3:ListBucket",
        "Condition": {"StringLike": {"s3:prefix": "of/today/*"}},
        "Effect": "Allow",
        "Resource": "arn:aws:s3:::batches",
    } in policies(stack, "MonitoringRole")


def test_metrics_are_limited_to_the_namespace_of_monitoring(monitored):
    (metrics,) = [
        statement
        for statement in policies(monitored["observability"], "MonitoringRole")
        if "cloudwatch:PutMetricData" in actions([statement])
    ]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Launchpad/Monitoring"}}


def test_the_pipeline_may_run_the_transform_job_of_a_baseline(monitored):
    (statement,) = [
        statement
        for statement in policies(monitored["pipeline"], "StateMachineRole")
        if "sagemaker:CreateTransformJob" in actions([statement])
    ]
    assert "transform-job/dev-*" in json.dumps(statement["Resource"])
    assert "StepFunctionsGetEventsForSageMakerTransformJobsRule" in json.dumps(monitored["pipeline"])


def test_the_dashboard_has_the_graphs_of_models_with_the_alarms(monitored, plain):
    stacks = [template["observability"] for template in (monitored, plain)]
    bodies = [json.dumps(resources(stack, "AWS::CloudWatch::Dashboard")) for stack in stacks]
    assert ["Models: share of drifted columns" in body for body in bodies] == [True, False]
    alarms = [item["Properties"] for item in resources(monitored["observability"], "AWS::CloudWatch::Alarm").values()]
    assert [alarm for alarm in alarms if "monitor function fails" in alarm["AlarmDescription"]]


def test_monitoring_can_be_removed_from_a_deployed_environment(monitored, plain):
    def exported(template: dict[str, Any]) -> set[str]:
        outputs = template.get("Outputs", {}).values()
        return {output["Export"]["Name"] for output in outputs if "Export" in output}

    for stack in ("access", "pipeline", "jobs", "storage"):
        assert exported(monitored[stack]) <= exported(plain[stack]), stack
