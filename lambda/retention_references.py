"""What is still referred to: the documents in which an old job, model, image or model package may be named.

Something counts as referred to if its name or URI stands anywhere in one of them, as a whole text or between slashes.
So a document's form may change without anything being deleted for it. What can't be read raises botocore's
`ClientError`: the caller then deletes nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from last_transforms import last_transform
from models import described
from platform_access import CATALOGUE, ENVIRONMENT, HERE, objects
from served_endpoints import records, workload_folders

Document = Any
"""What JSON can hold."""
RUNNING = ("InProgress", "Stopping")
JOBS = {
    "training_job": "TrainingJob",
    "processing_job": "ProcessingJob",
    "transform_job": "TransformJob",
    "hyper_parameter_tuning_job": "HyperParameterTuningJob",
}
"""The kinds of jobs, in boto3's and in the API's words."""
_SEPARATORS = re.compile(r"[/\"'\s,;=]+")
_WIDE = re.compile(r"s3://[^/]+(/[^/]+){1,3}/?")
"""A URI that is not longer than that of a job's folder: bucket, workload, `jobs`, job."""
_CHILD = re.compile(r"(?P<tuning>.+)-\d{3}-[0-9a-f]{8}")
"""The name of a tuning's training job, as SageMaker makes it: `<tuning>-001-0a1b2c3d`."""


@cache
def sagemaker() -> Any:
    """Return a client that waits where SageMaker throttles: there may be thousands of descriptions to read."""
    return boto3.client("sagemaker", config=Config(retries={"mode": "adaptive", "max_attempts": 10}))


def names_in(document: Document) -> Iterator[str]:
    """Yield every text in a document, and its parts between slashes, quotes and the like."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from names_in(key)
            yield from names_in(value)
    elif isinstance(document, list | tuple):
        for value in document:
            yield from names_in(value)
    elif isinstance(document, str):
        yield document
        yield from _SEPARATORS.split(document)


class Names:
    """The names that some documents refer to."""

    def __init__(self, *sources: Iterable[Document]) -> None:
        documents = [document for source in sources for document in source]
        self._names = {name for document in documents for name in names_in(document)}
        self._prefixes = tuple({uri for document in documents for uri in _wide_prefixes(document)})

    def __contains__(self, name: str) -> bool:
        """Whether the name is referred to, or the tuning whose training job it is."""
        child = _CHILD.fullmatch(name)
        return name in self._names or (child is not None and child["tuning"] in self._names)

    def holds(self, folder: str) -> bool:
        """Whether something reads all below a prefix of this folder's URI, as a multi-model endpoint's model does."""
        return folder.startswith(self._prefixes)


def _wide_prefixes(document: Document) -> Iterator[str]:
    """The URIs that are not longer than a job's folder. Where jobs write to names the place of all jobs, and no job."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key != "S3OutputPath":
                yield from _wide_prefixes(value)
    elif isinstance(document, list | tuple):
        for value in document:
            yield from _wide_prefixes(value)
    elif isinstance(document, str) and _WIDE.fullmatch(uri := document.strip('"')):
        yield uri


class References:
    """The documents of an account and region by where they come from; each is read when a rule first needs it."""

    def __init__(self, rollback_models: int, since: datetime | None = None) -> None:
        """Read all, or only endpoints that changed and configurations and models that were made after `since`."""
        self._rollback_models = rollback_models
        self._created = {"CreationTimeAfter": since} if since else {}
        self._changed = {"LastModifiedTimeAfter": since} if since else {}
        self._client = sagemaker()
        self.going: set[str] = set()
        """The ARNs of what a rule has found to be old: what only they refer to is old too."""

    @cached_property
    def pins(self) -> list[Document]:
        """What any config of the checkout pins, and what the deployed workloads begin with.

        Raises:
            UnreadablePinsError: a config couldn't be read when this environment was deployed.
        """
        pinned = json.loads((HERE / "retention.json").read_text())
        if pinned["unreadable"]:
            raise UnreadablePinsError(pinned["unreadable"])
        return [pinned["pins"], CATALOGUE, dict(ENVIRONMENT.containers)]

    @cached_property
    def served(self) -> list[Document]:
        """Every endpoint of the region, also one made by hand, and the configurations that it serves or changes to.

        Raises:
            UnknownModelsError: one of these configurations is gone.
        """
        documents: list[Document] = []
        for endpoint in self.listed("list_endpoints", "Endpoints", **self._changed):
            description = described(self._client.describe_endpoint, EndpointName=endpoint["EndpointName"])
            if description is None:  # deleted meanwhile
                continue
            pending = description.get("PendingDeploymentSummary") or {}
            configs = {each["EndpointConfigName"] for each in (description, pending) if "EndpointConfigName" in each}
            documents += [description, *(self._served_config(description, name) for name in sorted(configs))]
        return documents

    def _served_config(self, endpoint: Mapping[str, Any], name: str) -> Document:
        config = self._config(name)
        if config is None and described(self._client.describe_endpoint, EndpointName=endpoint["EndpointName"]):
            raise UnknownModelsError(endpoint["EndpointName"], name)
        return config

    @cached_property
    def records(self) -> list[Document]:
        """What `launchpad rollback` may go back to: of each workload, the newest changes to so many models."""
        documents: list[Document] = []
        for workload in workload_folders():
            jobs: set[str] = set()
            for record in records(workload):
                if record["outcome"] == "refused":
                    continue
                documents.append(record)
                jobs.add(record["job"])
                if len(jobs) >= self._rollback_models:
                    break
        return documents

    @cached_property
    def configs(self) -> list[Document]:
        """Every endpoint configuration of the region that stays."""
        summaries = self.listed("list_endpoint_configs", "EndpointConfigs", **self._created)
        names = [each["EndpointConfigName"] for each in summaries if each["EndpointConfigArn"] not in self.going]
        return [self._config(name) for name in names]

    @cached_property
    def models(self) -> list[Document]:
        """Every model of the region that stays."""
        listed = self.listed("list_models", "Models", **self._created)
        return [self._model(each["ModelName"]) for each in listed if each["ModelArn"] not in self.going]

    @cached_property
    def packages(self) -> list[Document]:
        """Every version of every model package group of the region that stays, and every package without a group."""
        groups = [
            {"ModelPackageGroupName": each["ModelPackageGroupName"]}
            for each in self.listed("list_model_package_groups", "ModelPackageGroupSummaryList")
        ]
        summaries = [
            summary
            for request in [*groups, {"ModelPackageType": "Unversioned"}]
            for summary in self.listed("list_model_packages", "ModelPackageSummaryList", **request)
        ]
        arns = [each["ModelPackageArn"] for each in summaries if each["ModelPackageArn"] not in self.going]
        return [self._package(arn) for arn in arns]

    @cached_property
    def running(self) -> list[Document]:
        """Every job of the region that has not ended, and what the pipeline's running executions were started with."""
        documents: list[Document] = []
        for kind, noun in JOBS.items():
            describe = getattr(self._client, f"describe_{kind}")
            for status in RUNNING:
                summaries = self.listed(f"list_{kind}s", f"{noun}Summaries", StatusEquals=status)
                documents += [describe(**{f"{noun}Name": each[f"{noun}Name"]}) for each in summaries]
        return [*documents, *(json.loads(execution["input"]) for execution in self._executions)]

    @cached_property
    def transforms(self) -> list[Document]:
        """The last transform job of each deployed workload, whose model is monitored until the next one."""
        transforming = (definition for definition in CATALOGUE.values() if definition.get("transform"))
        return [last_transform(definition) for definition in transforming]

    @property
    def everything(self) -> list[list[Document]]:
        """All documents that may name a job, its artifact or its image."""
        return [self.pins, self.served, self.records, self.models, self.packages, self.running]

    @cached_property
    def oldest_execution(self) -> datetime:
        """When the oldest running execution of the pipeline was started: what is newer may be a part of it."""
        return min((execution["startDate"] for execution in self._executions), default=datetime.max.replace(tzinfo=UTC))

    def newest(self, workload: str, jobs: Iterable[str]) -> Iterator[str]:
        """A workload's jobs, the newest first, that `launchpad serve` may take by default.

        That is the newest completed one, or with an evaluation step the newest completed one with an evaluation.
        """
        jobs = list(jobs)
        for job in jobs:
            yield job  # also one that failed since: people look at it
            if self._has_completed(job):
                break
        keys = [item["Key"] for item in objects(ENVIRONMENT.model_bucket, Prefix=f"{workload}/evaluations/")]
        evaluated = {key.split("/")[2] for key in keys if key.endswith("/metrics.json")}
        yield from islice((job for job in jobs if job in evaluated and self._has_completed(job)), 1)

    def _has_completed(self, job: str) -> bool:
        try:
            status = self._client.describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
        except ClientError as error:
            if "not found" not in str(error):
                raise
            return False
        return bool(status == "Completed")

    def listed(self, operation: str, member: str, **request: Any) -> Iterator[dict[str, Any]]:
        """List what SageMaker has, all pages."""
        for page in self._client.get_paginator(operation).paginate(**request):
            yield from page[member]

    @cached_property
    def _executions(self) -> list[dict[str, Any]]:
        states, machine = boto3.client("stepfunctions"), os.environ["STATE_MACHINE"]
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
        arns = [execution["executionArn"] for page in pages for execution in page["executions"]]
        return [states.describe_execution(executionArn=arn) for arn in arns]

    def document_of(self, arn: str) -> Document:
        """Describe a configuration, a model or a version; None for one that is gone, and for anything else."""
        kind, _, name = arn.rpartition(":")[2].partition("/")
        describe = {"endpoint-config": self._config, "model": self._model, "model-package": self._package}.get(kind)
        return describe(arn if kind == "model-package" else name) if describe else None

    def _package(self, arn: str) -> Document:
        try:
            return self._client.describe_model_package(ModelPackageName=arn)
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            return None

    def _model(self, name: str) -> Document:
        return described(self._client.describe_model, ModelName=name)

    def _config(self, name: str) -> Document:
        return described(self._client.describe_endpoint_config, EndpointConfigName=name)


class UnknownModelsError(Exception):
    """The configuration of an endpoint is deleted, and no other description says which models it has."""

    def __init__(self, endpoint: str, config: str) -> None:
        super().__init__(
            f"endpoint {endpoint} serves configuration {config}, which is deleted, so its models aren't known; serve it"
            " again, or delete the endpoint"
        )


class UnreadablePinsError(Exception):
    """A config could not be read when the environment was deployed, so what it pins isn't known."""

    def __init__(self, files: list[str]) -> None:
        super().__init__(f"{', '.join(files)} had mistakes when this environment was deployed; deploy again")
