"""An account with one served workload and much that is old, as far as the clients of the retention rules see it."""

# ruff: noqa: N803 -- the arguments are named as in boto3

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.retention.resources import NOW, Resources, days_ago

EARLIER, LATER = NOW - timedelta(days=9000), NOW + timedelta(days=9000)
"""The latter is after any present time, at which the tests run."""
GONE = {"model": "Could not find model", "endpoint_config": "Could not find endpoint configuration"}


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "operation")


class Account(Resources):
    """What the functions call, of all these resources; what is deleted is gone."""

    objects_in_memory: Mapping[str, bytes] = {}
    """`imported` would otherwise register handlers for objects."""

    def __init__(self) -> None:
        super().__init__()
        missing = type("ResourceNotFoundException", (Exception,), {})
        self.exceptions = SimpleNamespace(ClientError=ClientError, ResourceNotFoundException=missing)

    def get_paginator(self, operation: str) -> Any:
        def paginate(**request: Any) -> Iterator[dict[str, Any]]:
            self._check(operation)
            kind = operation.removeprefix("list_").removesuffix("s")
            if kind in ("training_job", "processing_job", "transform_job", "hyper_parameter_tuning_job"):
                yield self._jobs(kind, request["StatusEquals"])
            else:
                yield getattr(self, f"_{operation}")(**request)

        return SimpleNamespace(paginate=paginate)

    def _check(self, operation: str) -> None:
        if operation in self.denied:
            raise refusal("AccessDeniedException", f"not authorized to perform {operation}")

    def _jobs(self, kind: str, status: str) -> dict[str, Any]:
        noun = "".join(word.capitalize() for word in kind.split("_"))
        jobs = [*self.other_jobs.get(kind, ()), *(self.jobs.values() if kind == "training_job" else ())]
        return {f"{noun}Summaries": [job for job in jobs if job[f"{noun}Status"] == status]}

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("describe_") or not name.endswith("_job"):
            raise AttributeError(name)

        def describe(**request: str) -> dict[str, Any]:
            jobs = self.other_jobs.get(name.removeprefix("describe_"), ())
            return next(job for job in jobs if set(request.items()) <= set(_texts(job)))

        return describe

    def describe_training_job(self, *, TrainingJobName: str) -> dict[str, Any]:
        if TrainingJobName not in self.jobs:
            raise refusal("ValidationException", "Requested resource not found.")
        return self.jobs[TrainingJobName]

    def _list_endpoints(self, LastModifiedTimeAfter: datetime | None = None) -> dict[str, Any]:
        listed = [
            each
            for each in self.endpoints.values()
            if LastModifiedTimeAfter is None or each.get("LastModifiedTime", days_ago(1)) > LastModifiedTimeAfter
        ]
        return {"Endpoints": listed}

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:
        self._check("describe_endpoint")
        return self.endpoints[EndpointName]

    def _list_endpoint_configs(self, **request: Any) -> dict[str, Any]:
        return {"EndpointConfigs": _listed(self.endpoint_configs, "EndpointConfigName", **request)}

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:
        return _one(self.endpoint_configs, EndpointConfigName, "endpoint_config")

    def delete_endpoint_config(self, *, EndpointConfigName: str) -> None:
        _one(self.endpoint_configs, EndpointConfigName, "endpoint_config")
        del self.endpoint_configs[EndpointConfigName]

    def _list_models(self, **request: Any) -> dict[str, Any]:
        return {"Models": _listed(self.models, "ModelName", **request)}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:
        return _one(self.models, ModelName, "model")

    def delete_model(self, *, ModelName: str) -> None:
        _one(self.models, ModelName, "model")
        del self.models[ModelName]

    def _list_model_package_groups(self, NameContains: str = "") -> dict[str, Any]:
        names = sorted({package["ModelPackageGroupName"] for package in self.packages.values()})
        arn = "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/"
        groups = [{"ModelPackageGroupName": name, "ModelPackageGroupArn": f"{arn}{name}"} for name in names]
        return {"ModelPackageGroupSummaryList": [each for each in groups if NameContains in str(each)]}

    def _list_model_packages(self, ModelPackageGroupName: str = "", **_: str) -> dict[str, Any]:
        packages = [each for each in self.packages.values() if each["ModelPackageGroupName"] == ModelPackageGroupName]
        return {"ModelPackageSummaryList": packages}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:
        if ModelPackageName not in self.packages:
            raise refusal("ValidationException", f"ModelPackage {ModelPackageName} does not exist.")
        return self.packages[ModelPackageName]

    def delete_model_package(self, *, ModelPackageName: str) -> None:
        del self.packages[ModelPackageName]

    def _list_tags(self, *, ResourceArn: str) -> dict[str, Any]:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags[ResourceArn].items()]}

    def _list_executions(self, **_: str) -> dict[str, Any]:
        return {"executions": [{"executionArn": name} for name in self.executions]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        return self.executions[executionArn]

    def _list_objects_v2(self, *, Prefix: str = "", Delimiter: str = "", **_: Any) -> dict[str, Any]:
        if Delimiter:
            return {"CommonPrefixes": [{"Prefix": f"{name}/"} for name in sorted(self._folders())]}
        listed = [(key, *entry) for key, entry in sorted(self.objects.items()) if key.startswith(Prefix)]
        return {"Contents": [{"Key": key, "Size": len(body), "LastModified": time} for key, body, time in listed]}

    def _folders(self) -> set[str]:
        return {key.partition("/")[0] for key in self.objects}

    def get_object(self, *, Key: str, **_: Any) -> dict[str, Any]:
        self._check("get_object")
        return {"Body": io.BytesIO(self.objects[Key][0])}

    def delete_objects(self, *, Delete: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        keys = [each["Key"] for each in Delete["Objects"]]
        for key in keys:
            if key not in self.kept_by_s3:
                self.objects.pop(key, None)
        refused = [{"Key": key, "Code": "AccessDenied", "Message": "no"} for key in keys if key in self.kept_by_s3]
        return {"Errors": refused} if refused else {}

    def _describe_log_streams(self, *, logGroupName: str, logStreamNamePrefix: str) -> dict[str, Any]:
        if logGroupName not in self.streams:
            raise self.exceptions.ResourceNotFoundException
        return {
            "logStreams": [
                {"logStreamName": name, "creationTime": 0, "lastIngestionTime": int(time.timestamp() * 1000)}
                for name, time in sorted(self.streams[logGroupName].items())
                if name.startswith(logStreamNamePrefix)
            ]
        }

    def delete_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:
        del self.streams[logGroupName][logStreamName]

    def _describe_images(self, *, repositoryName: str) -> dict[str, Any]:
        return {"imageDetails": [image for image in self.images if image["repositoryName"] == repositoryName]}

    def batch_delete_image(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:
        digests = {each["imageDigest"] for each in imageIds}
        if "sha256:listed" in digests:
            return {"failures": [{"failureCode": "ImageReferencedByManifestList", "failureReason": "a list has it"}]}
        self.images = [
            image
            for image in self.images
            if (image["repositoryName"], image["imageDigest"]) not in {(repositoryName, digest) for digest in digests}
        ]
        return {"failures": []}


def _listed(
    resources: Mapping[str, dict[str, Any]],
    member: str,
    NameContains: str = "",
    CreationTimeBefore: datetime = LATER,
    CreationTimeAfter: datetime = EARLIER,
) -> list[dict[str, Any]]:
    return [
        resource
        for resource in resources.values()
        if NameContains in resource[member] and CreationTimeAfter < resource["CreationTime"] < CreationTimeBefore
    ]


def _one(resources: Mapping[str, dict[str, Any]], name: str, kind: str) -> dict[str, Any]:
    if name not in resources:
        raise refusal("ValidationException", GONE[kind])
    return resources[name]


def _texts(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in job.items() if isinstance(value, str))
