"""An account with one served workload and much that is old, as far as the clients of the retention rules see it."""

# ruff: noqa: N803 -- the arguments are named as in boto3

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=9000), NOW + timedelta(days=9000)
"""The latter is after any present time, at which the tests run."""
BUCKET, WORKLOAD = "model-bucket", "demo"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
OWN = {"launchpad:environment": "dev"}
GONE = {"model": "Could not find model", "endpoint_config": "Could not find endpoint configuration"}


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "operation")


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class Account:
    """Everything by its name; what is deleted is gone."""

    objects_in_memory: Mapping[str, bytes] = {}
    """`imported` would otherwise register handlers for objects."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.endpoint_configs: dict[str, dict[str, Any]] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.other_jobs: dict[str, list[dict[str, Any]]] = {}
        self.streams: dict[str, dict[str, datetime]] = {}
        self.images: list[dict[str, Any]] = []
        self.executions: dict[str, dict[str, Any]] = {}
        self.denied: set[str] = set()
        self.kept_by_s3: set[str] = set()
        missing = type("ResourceNotFoundException", (Exception,), {})
        self.exceptions = SimpleNamespace(ClientError=ClientError, ResourceNotFoundException=missing)

    def put(self, key: str, days: float, content: Any = b"12345") -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.objects[key] = (body, days_ago(days))

    def train(self, job: str, days: float, workload: str = WORKLOAD, status: str = "Completed") -> str:
        """A training job with its artifact and its checkpoints, so many days ago."""
        self.put(f"{workload}/jobs/{job}/output/model.tar.gz", days)
        self.put(f"{workload}/checkpoints/{job}/1.pt", days)
        self.jobs[job] = {"TrainingJobName": job, "TrainingJobStatus": status}
        return job

    def create_model(self, name: str, days: float, tags: Mapping[str, str] = OWN, **container: Any) -> str:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model/{name}"
        self.models[name] = {
            "ModelName": name,
            "ModelArn": arn,
            "CreationTime": days_ago(days),
            "PrimaryContainer": container,
        }
        self.tags[arn] = dict(tags)
        return name

    def create_config(self, name: str, days: float, *models: str, tags: Mapping[str, str] = OWN, **more: Any) -> str:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint-config/{name}"
        self.endpoint_configs[name] = {
            "EndpointConfigName": name,
            "EndpointConfigArn": arn,
            "CreationTime": days_ago(days),
            "ProductionVariants": [{"VariantName": model, "ModelName": model} for model in models],
            **more,
        }
        self.tags[arn] = dict(tags)
        return name

    def create_endpoint(self, name: str, config: str, **more: Any) -> None:
        self.endpoints[name] = {"EndpointName": name, "EndpointConfigName": config, **more}

    def register(self, version: int, days: float, status: str, artifact: str = "", group: str = "dev-demo") -> str:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/{group}/{version}"
        group_arn = arn.replace("model-package", "model-package-group").rpartition("/")[0]
        self.tags.setdefault(group_arn, dict(OWN))
        self.packages[arn] = {
            "ModelPackageArn": arn,
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelApprovalStatus": status,
            "CreationTime": days_ago(days),
            "InferenceSpecification": {"Containers": [{"Image": "i", "ModelDataUrl": artifact}]},
        }
        return arn

    def record(self, job: str, days: float, workload: str = WORKLOAD, **more: Any) -> None:
        """A change of the endpoint to the model of a job."""
        name = f"{days_ago(days):%Y%m%dT%H%M%S%fZ}-{more.get('endpoint_config', 'c')}.json"
        record = {"job": job, "endpoint": f"dev-{workload}", "outcome": "asked", "variants": [], **more}
        self.put(f"{workload}/history/{name}", days, record)

    def push(self, tag: str, days: float, repository: str = "launchpad/dev/box") -> None:
        image = {"imageDigest": f"sha256:{tag}", "imageTags": [tag], "imagePushedAt": days_ago(days)}
        self.images.append({**image, "imageSizeInBytes": 2**30, "repositoryName": repository})

    def log(self, group: str, stream: str, days: float) -> None:
        self.streams.setdefault(f"/aws/sagemaker/{group}", {})[stream] = days_ago(days)

    # What the functions call

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


KINDS = {"model", "endpoint configuration", "model package", "artifact", "checkpoints", "job log", "image"}


def fill(account: Account) -> None:
    """Something old of every kind."""
    account.create_model("dev-demo-1", 4000)
    account.create_config("dev-demo-1", 4000, "dev-demo-1")
    account.register(1, 4000, "Rejected")
    account.register(2, 1, "Rejected")
    account.train("dev-demo-1", 4000)
    account.train("dev-demo-2", 1)
    account.log("TrainingJobs", "dev-demo-1/algo-1-7", 4000)
    account.push("old", 4000)
