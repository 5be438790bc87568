"""What answers for a monitored workload, which training job made it, and where that job's baseline is.

The job comes from what is deployed, never from what was registered last: the deploy function's record of the endpoint's
configuration, else the model package's or artifact's own URI. A pinned model may be in another environment's bucket,
and its baseline is next to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from models import described, sagemaker
from platform_access import CATALOGUE, ENVIRONMENT, exists
from served_endpoints import records_until

from launchpad.requests import Definition, RequestError
from launchpad.requests.monitoring import BASELINE_FILE, PREDICTIONS, baseline_uri, features_file
from launchpad.requests.shared_endpoints import served_name

ANSWERING = ("InService", "Updating", "SystemUpdating", "RollingBack")
"""The values of EndpointStatus with which an endpoint answers, by the configuration that it names."""
ARTIFACT = re.compile(r"s3://(?P<bucket>[^/]+)/[^/]+/(?:jobs|models|baselines)/(?P<job>[^/]+)/")
"""The URI of a training job's artifact, of its copy with the serving scripts, or of its baseline."""


@dataclass(frozen=True)
class Model:
    """A model that answers."""

    job: str
    """The training job that made it."""
    bucket: str
    """The model bucket with its artifact."""

    def baseline(self, definition: Definition) -> str:
        """The folder of its baseline, without a slash at its end."""
        return baseline_uri(definition, replace(ENVIRONMENT, model_bucket=self.bucket), self.job)


@dataclass(frozen=True)
class ServedModel:
    """A model of a workload that answers."""

    endpoint: str
    part: str
    """The largest variant with this model; empty for the model that has the largest share of all requests."""
    model: Model
    since: datetime
    """When it was first asked to serve this model: not again with other instances, or after it was closed."""
    variants: tuple[str, ...]
    """The production variants with this model, the largest first; a shadow's answers reach no caller."""
    source: str
    """`async`, or `captured`."""
    captured_uri: str
    """Where its requests are captured; empty if they are not."""


def monitored_workloads() -> Iterator[Definition]:
    """Yield the deployed workloads that are monitored and may have an endpoint."""
    return (item for item in CATALOGUE.values() if item.get("monitoring") and item["serving"])


def served_models(definition: Definition) -> Iterator[ServedModel]:
    """Yield what serves a workload, direct or pinned: each model once, the one with the largest share first.

    Nothing if nothing answers, or nothing that can be captured.

    Raises:
        RequestError: a model is none of the platform's; those before it have been yielded.
    """
    name = served_name(definition, ENVIRONMENT)
    endpoint = described(sagemaker.describe_endpoint, EndpointName=name)
    if endpoint is None or endpoint["EndpointStatus"] not in ANSWERING:
        return
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    if any("ServerlessConfig" in item for item in config["ProductionVariants"]):  # AWS captures nothing of it
        return
    source = "async" if config.get("AsyncInferenceConfig") else "captured"
    uri = (config.get("DataCaptureConfig") or {}).get("DestinationS3Uri", "")
    weights = {item["VariantName"]: item.get("CurrentWeight") or 0 for item in endpoint["ProductionVariants"]}
    variants = sorted(weights, key=lambda variant: -weights[variant])
    models, failure = _by_model(definition, endpoint, config, variants)
    for model, (since, own) in models.items():
        part = "" if variants[0] in own else own[0]
        yield ServedModel(name, part, model, since, tuple(own), source, uri)
    if failure:
        raise failure


def _by_model(
    definition: Definition, endpoint: Mapping[str, Any], config: Mapping[str, Any], variants: Sequence[str]
) -> tuple[dict[Model, tuple[datetime, list[str]]], RequestError | None]:
    """Since when each model answers and as which variants, and the reason for a model that is not the platform's."""
    names = {item["VariantName"]: item["ModelName"] for item in config["ProductionVariants"]}
    models: dict[Model, tuple[datetime, list[str]]] = {}
    failure = None
    for variant in variants:
        try:
            model, since = _model(definition, endpoint, config, variant, names.get(variant, ""))
        except RequestError as error:
            failure = failure or error
        else:
            models.setdefault(model, (since, []))[1].append(variant)
    return models, failure


def _model(
    definition: Definition, endpoint: Mapping[str, Any], config: Mapping[str, Any], variant: str, name: str
) -> tuple[Model, datetime]:
    """What made the model of a variant, SageMaker's of this name, and since when it answers."""
    if recorded := _recorded(definition["name"], endpoint["EndpointConfigName"], variant):
        job, since = recorded
        return Model(job, ENVIRONMENT.model_bucket), since
    return model_of(name), config["CreationTime"]


def _recorded(workload: str, endpoint_config: str, variant: str) -> tuple[str, datetime] | None:
    """The job of a variant by the endpoint's history, and since when that job answers; None without a record."""

    def job_of(record: Mapping[str, Any]) -> str:
        jobs = {item["name"]: item["job"] for item in record.get("variants") or []}
        return str(jobs.get(variant) or record["job"])

    records = records_until(workload, endpoint_config)
    if (newest := next(records, None)) is None:
        return None
    asked = (record for record in records if record.get("outcome") != "refused")
    same = takewhile(lambda record: job_of(record) == job_of(newest), asked)
    return job_of(newest), datetime.fromisoformat([newest, *same][-1]["time"])


def model_of(name: str) -> Model:
    """Return which training job made a model of SageMaker; of a serial inference pipeline, its last container.

    Raises:
        RequestError: it was deleted, or its artifact is not where the platform's training jobs write.
    """
    description = described(sagemaker.describe_model, ModelName=name)
    if description is None:
        raise RequestError(f"model {name} was deleted, so the job that made it is not known")
    container = description.get("PrimaryContainer") or description["Containers"][-1]
    artifact = container.get("ModelDataUrl", "")
    if container.get("ModelPackageName"):
        package = sagemaker.describe_model_package(ModelPackageName=container["ModelPackageName"])
        artifact = _statistics(package) or package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    match = ARTIFACT.match(artifact)
    if match is None:
        raise RequestError(f"model {name}: no job of this platform made {artifact or 'it'}, so it has no baseline")
    return Model(match["job"], match["bucket"])


def check_baseline(definition: Definition, model: Model) -> str:
    """Return the folder of a model's baseline.

    Raises:
        RequestError: it is missing or incomplete; says how to make it.
    """
    folder = model.baseline(definition)
    for file in (BASELINE_FILE, f"{PREDICTIONS}/{features_file(definition)}.out"):
        address = urlsplit(f"{folder}/{file}")
        if not _readable(address.netloc, address.path.lstrip("/")):
            raise RequestError(
                f"the model of {model.job} has no baseline ({folder}/{file} is missing), so nothing can be compared;"
                f" make it: launchpad monitor baseline {definition['name']} --job {model.job} --env {ENVIRONMENT.name}"
            )
    return folder


def _statistics(package: Mapping[str, Any]) -> str | None:
    """The URI of the baseline that a model package names."""
    quality = (package.get("ModelMetrics") or {}).get("ModelDataQuality") or {}
    uri: str | None = (quality.get("Statistics") or {}).get("S3Uri")
    return uri


def _readable(bucket: str, key: str) -> bool:
    try:
        return exists(bucket, key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("403", "AccessDenied"):
            raise
        return False  # another environment's bucket
