"""What goes with a model to the next environment: preprocessors, monitoring baseline, the facts of its training.

Each object is read whole here for its SHA-256, as the model's artifact is, so that a deploy can prove its copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import SERVING
from launchpad.platform_client.ownership import unless_gone
from launchpad.promotions.artifacts import Progress, read_digest
from launchpad.requests.names import endpoint_name
from launchpad.runs.provenance import commit_words, data_version

if TYPE_CHECKING:
    from launchpad.workload import Workload


@dataclass(frozen=True)
class Companions:
    """What is pinned with a model; empty where there is nothing, or nothing is known."""

    preprocessors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """`artifact` and `sha256` of each, by its workload."""
    baseline: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each file, by its name in the baseline's folder."""

    @property
    def pin(self) -> dict[str, Mapping[str, Any]]:
        """What a config says of it below `promoted`."""
        parts = {"preprocessors": self.preprocessors, "baseline": self.baseline}
        return {name: part for name, part in parts.items() if part}


def companions(connection: Connection, workload: Workload, artifact: str, progress: Progress) -> Companions:
    """What goes with the artifact, which is in the model bucket of this environment.

    Raises:
        LaunchpadError: the workload has preprocessors, and no endpoint serves the artifact behind them.
    """
    serving = workload.serving
    names = serving.preprocessors if serving else ()
    served = _preprocessors(connection, workload, artifact) if names else []
    s3 = connection.client("s3")
    return Companions(
        preprocessors={
            name: {"artifact": uri, "sha256": _digest(s3, uri, progress)}
            for name, uri in zip(names, served, strict=True)
        },
        baseline=dict(_baseline(s3, artifact, progress)) if workload.monitoring else {},
    )


def training_facts(record: Mapping[str, Any]) -> dict[str, str]:
    """The facts of a job's record that are known: commit, data and who started it."""
    origin = record.get("origin") or {}
    facts = {"commit": commit_words(origin), "data": data_version(record), "by": str(origin.get("by") or "")}
    return {name: text for name, text in facts.items() if text}


def _preprocessors(connection: Connection, workload: Workload, artifact: str) -> list[str]:
    """The artifacts that the workload's endpoint serves before this one, in the order of the request's way."""
    sagemaker, name = connection.client("sagemaker"), endpoint_name(connection.name, workload.name)
    endpoint = unless_gone(sagemaker.describe_endpoint, EndpointName=name)
    containers: list[Mapping[str, Any]] = []
    if endpoint and endpoint["EndpointStatus"] == SERVING:
        config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        containers = model.get("Containers") or []
    *before, served = [str(container.get("ModelDataUrl", "")) for container in containers] or [""]
    serve = f"serve it first (`launchpad serve {workload.name} --job JOB --env {connection.name}`), and try it"
    if served != artifact:
        raise LaunchpadError(
            f"{workload.name} has preprocessors, and endpoint {name} serves {served or 'nothing behind any'}, not"
            f" {artifact}: which preprocessors go with that is not known; {serve}"
        )
    names = workload.serving.preprocessors if workload.serving else ()
    if [uri.removeprefix("s3://").split("/")[1:2] for uri in before] != [[each] for each in names]:
        raise LaunchpadError(
            f"{workload.name} has the preprocessors {', '.join(names)}, and endpoint {name} serves it behind"
            f" {', '.join(before) or 'none'}: {serve}"
        )
    return before


def _baseline(s3: Any, artifact: str, progress: Progress) -> Iterator[tuple[str, str]]:
    """The files of the baseline of the training job that made the artifact; none if it has no baseline."""
    bucket, workload, _, job, *_ = artifact.removeprefix("s3://").split("/")
    folder = f"{workload}/baselines/{job}/"
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
        for stored in page.get("Contents", ()):
            yield stored["Key"].removeprefix(folder), read_digest(s3, bucket, stored["Key"], progress)


def _digest(s3: Any, uri: str, progress: Progress) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return read_digest(s3, bucket, key, progress)
