"""The account that the housekeeping function looks at, and its idle resources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.validate import validate_parameters

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DEV = {"launchpad:environment": "dev"}
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
NOTEBOOK = {
    "NotebookInstanceName": "dev-team",
    "NotebookInstanceArn": f"{ARN}:notebook-instance/dev-team",
    "NotebookInstanceStatus": "InService",
    "InstanceType": "ml.t3.medium",
}
SPACE = {
    "DomainId": "d-1",
    "SpaceName": "old",
    "SpaceSettingsSummary": {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}}},
}


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


class Account:
    """What AWS's services response, by operation; each request is checked against botocore's model."""

    def __init__(self) -> None:
        self.tags = DEV
        self.status = "Complete"
        self.values: dict[str, list[float]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.responses: dict[str, Any] = {
            "ListNotebookInstances": {"NotebookInstances": []},
            "DescribeNotebookInstance": {"VolumeSizeInGB": 200},
            "ListDomains": {"Domains": [{"DomainId": "d-1", "DomainName": "launchpad-dev"}]},
            "ListApps": {"Apps": []},
            "ListSpaces": {"Spaces": []},
            "DescribeSpace": {"SpaceArn": f"{ARN}:space/d-1/old"},
            "ListClusters": {"Clusters": []},
            "ListInstanceGroups": {"InstanceGroups": [GROUP]},
            "GetApplication": {"application": {"state": "STOPPED", "updatedAt": ago(days=9)}},
            "ListJobRuns": {"jobRuns": []},
            "DescribeMlflowTrackingServer": {"IsActive": "Inactive", "LastModifiedTime": ago(days=60)},
            "ListTrainingJobs": {"TrainingJobSummaries": []},
            "ListProcessingJobs": {"ProcessingJobSummaries": []},
            "ListEndpoints": {"Endpoints": []},
            "DescribeNatGateways": {"NatGateways": []},
            "DescribeVpcEndpoints": {"VpcEndpoints": []},
        }

    def call(self, client: Any, operation: str, request: dict[str, Any]) -> Any:
        report = validate_parameters(request, client.meta.service_model.operation_model(operation).input_shape)
        assert report is None
        self.calls.append((operation, request))
        if operation == "ListTags":
            return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}
        if operation == "GetMetricData":
            return {"MetricDataResults": [self._measured(query) for query in request["MetricDataQueries"]]}
        response = self.responses.get(operation, {})
        if isinstance(response, Iterator):
            response = next(response)
        if isinstance(response, Exception):
            raise response
        return response

    def called(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    def _measured(self, query: dict[str, Any]) -> dict[str, Any]:
        values = self.values.get(query["MetricStat"]["Metric"]["MetricName"], [])
        return {
            "Id": query["Id"],
            "StatusCode": self.status,
            "Values": values,
            "Timestamps": [ago(hours=number + 1) for number in range(len(values))],
        }


GROUP = {
    "InstanceType": "m5.xlarge",
    "RunningInstanceCount": 3,
    "EbsBlockDevices": [{"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 128}}],
}


def notebook(account: Account, **members: Any) -> None:
    account.responses["ListNotebookInstances"] = {"NotebookInstances": [{**NOTEBOOK, **members}]}
