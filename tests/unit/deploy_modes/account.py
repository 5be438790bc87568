"""The deploy function and the account whose endpoint it changes, which keeps every call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.functions import CONTEXT

ENDPOINT, CONFIG = "dev-boston-housing", "dev-boston-housing-served"
LINEAR = {"traffic": "linear", "percent": 20, "bake_minutes": 5}


class Account:
    """What the function's clients see and are asked for: every call by its name, with its arguments."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.endpoint: dict[str, Any] | None = None
        self.config: dict[str, Any] = {}
        self.policies: list[dict[str, Any]] = []
        missing = type("ObjectNotFoundException", (Exception,), {})
        self.exceptions = SimpleNamespace(ClientError=ClientError, ObjectNotFoundException=missing)

    def serves(self, *variants: tuple[str, str, float], kind: str = "ml.m5.large") -> None:
        """An endpoint in service with these variants: name, model, weight."""
        self.endpoint = {
            "EndpointName": ENDPOINT,
            "EndpointArn": "arn",
            "EndpointConfigName": CONFIG,
            "EndpointStatus": "InService",
            "ProductionVariants": [{"VariantName": name, "CurrentWeight": weight} for name, _, weight in variants],
        }
        self.config = {
            "ProductionVariants": [
                {"VariantName": name, "ModelName": model, "InitialVariantWeight": 1.0, "InstanceType": kind}
                for name, model, _ in variants
            ]
        }

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append((operation, request))
            return self._answer(operation, request)

        return call

    def _answer(self, operation: str, request: dict[str, Any]) -> Any:
        if operation == "describe_endpoint":
            if self.endpoint is None:
                raise ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find"}}, operation)
            return self.endpoint
        if operation == "describe_endpoint_config":
            if request["EndpointConfigName"] == CONFIG:
                return self.config
            return next(item for item in self.of("create_endpoint_config") if item["EndpointConfigName"] != CONFIG)
        if operation == "describe_training_job":
            name = request["TrainingJobName"]
            workload = name.removeprefix("dev-").rpartition("-")[0]
            artifact = f"s3://model-bucket/{workload}/jobs/{name}/output/model.tar.gz"
            job = {"TrainingJobName": name, "TrainingJobStatus": "Completed"}
            metrics = [{"MetricName": "r2", "Value": 0.75}]
            return {**job, "ModelArtifacts": {"S3ModelArtifacts": artifact}, "FinalMetricDataList": metrics}
        answers = {
            "describe_scaling_policies": {"ScalingPolicies": self.policies},
            "describe_scheduled_actions": {"ScheduledActions": []},
            "put_scaling_policy": {"PolicyARN": "arn:policy"},
        }
        return answers.get(operation, {})


class Function(SimpleNamespace):
    """The function, and the account that it works in."""

    def __call__(self, job: str | None = "dev-boston-housing-2", **event: Any) -> dict[str, Any]:
        own = {"training_job_name": job} if job else {}
        return self.module.handler({"workload": "boston-housing", **own, **event}, CONTEXT)

    def remembers(self, **record: Any) -> None:
        """The newest record is that of the served configuration."""
        section = self.definition["serving"]
        own = {"endpoint": ENDPOINT, "job": "dev-boston-housing-1", "serving": section, "outcome": "asked"}
        self.account.records["boston-housing"] = {**own, "endpoint_config": CONFIG, **record}
