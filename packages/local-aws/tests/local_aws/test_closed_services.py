"""Services that AWS closed to new customers: nothing can be created, and nothing of theirs exists."""

from __future__ import annotations

import pytest

from local_aws.api.errors import AwsError
from local_aws.api.service import JsonService, Scope, service_model
from local_aws.sagemaker.closed_services import ModelMonitor, check_explainer
from tests.local_aws.plain_jobs import ROLE

SCOPE = Scope("123456789012", "us-east-1")
SERVICE = JsonService(service_model("sagemaker"), ModelMonitor().operations())
DEFINITIONS = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
SCHEDULE = {
    "MonitoringScheduleName": "hourly",
    "MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "any", "MonitoringType": "DataQuality"},
}


def test_a_schedule_is_refused_with_the_reason_and_what_to_use() -> None:
    with pytest.raises(AwsError, match="Model Monitor is no longer open to new customers") as refused:
        SERVICE.call(SCOPE, "CreateMonitoringSchedule", SCHEDULE)
    assert refused.value.code == "ValidationException"
    assert "DataCaptureConfig" in refused.value.message


def test_a_request_that_the_model_refuses_is_refused_for_that_first() -> None:
    with pytest.raises(AwsError, match="monitoringScheduleConfig"):
        SERVICE.call(SCOPE, "CreateMonitoringSchedule", {"MonitoringScheduleName": "hourly"})


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_each_job_definition_is_refused(kind: str) -> None:
    name = f"Create{kind}JobDefinition"
    with pytest.raises(AwsError, match=f"{name}: Amazon SageMaker Model Monitor is no longer open"):
        SERVICE.operations[name](SCOPE, {})


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_there_are_no_job_definitions(kind: str) -> None:
    assert SERVICE.call(SCOPE, f"List{kind}JobDefinitions", {}) == {"JobDefinitionSummaries": []}
    with pytest.raises(AwsError, match="Could not find job definition any") as refused:
        SERVICE.call(SCOPE, f"Describe{kind}JobDefinition", {"JobDefinitionName": "any"})
    assert refused.value.code == "ResourceNotFound"


def test_there_are_no_schedules_executions_and_alerts() -> None:
    assert SERVICE.call(SCOPE, "ListMonitoringSchedules", {}) == {"MonitoringScheduleSummaries": []}
    assert SERVICE.call(SCOPE, "ListMonitoringExecutions", {}) == {"MonitoringExecutionSummaries": []}
    assert SERVICE.call(SCOPE, "ListMonitoringAlertHistory", {}) == {"MonitoringAlertHistory": []}
    for operation in ("ListMonitoringAlerts", "DescribeMonitoringSchedule", "StopMonitoringSchedule"):
        with pytest.raises(AwsError, match="Could not find monitoring schedule hourly"):
            SERVICE.call(SCOPE, operation, {"MonitoringScheduleName": "hourly"})


def test_every_operation_of_model_monitor_is_answered() -> None:
    names = service_model("sagemaker").operation_names
    expected = [name for name in names if "Monitoring" in name or "JobDefinition" in name]
    assert sorted(SERVICE.operations) == sorted(expected)


def test_an_explainer_is_refused() -> None:
    check_explainer({})
    with pytest.raises(AwsError, match="ExplainerConfig: Amazon SageMaker Clarify is no longer open"):
        check_explainer({"ExplainerConfig": {"ClarifyExplainerConfig": {}}})


def test_the_server_refuses_both(plain_aws, endpoints) -> None:
    sagemaker = plain_aws.client("sagemaker")
    assert sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    shap = {"ShapBaselineConfig": {"ShapBaseline": "1,2"}}
    with pytest.raises(sagemaker.exceptions.ClientError, match="Clarify is no longer open"):
        endpoints.config(
            endpoints.variant(endpoints.model()),
            ExplainerConfig={"ClarifyExplainerConfig": {"ShapConfig": shap}},
            ExecutionRoleArn=ROLE,
        )
