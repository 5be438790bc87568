"""The baseline of a model: what its training split looks like, and what the model predicts for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from launchpad.platform_client import endpoints, jobs
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.rollback import choose
from launchpad.platform_client.served_model import endpoint_of

if TYPE_CHECKING:
    from launchpad.workload import schema

STEPS = {"baseline": "statistics of the training split", "baseline-predictions": "the model's predictions on it"}
"""The kinds of the two jobs in their order, and what each makes."""
_PREDICTIONS = "predictions/"


def baseline_folder(platform: Platform, workload: str, job: str) -> str:
    """The S3 URI of a training job's baseline."""
    return f"s3://{platform.model_bucket}/{_prefix(workload, job)}"


def has_baseline(connection: Connection, platform: Platform, workload: str, job: str) -> bool:
    """Whether a training job has a whole baseline: its statistics, and the model's predictions."""
    prefix = _prefix(workload, job)
    response = connection.client("s3").list_objects_v2(Bucket=platform.model_bucket, Prefix=prefix)
    names = [item["Key"].removeprefix(prefix) for item in response.get("Contents", [])]
    return "baseline.json" in names and any(name.startswith(_PREDICTIONS) for name in names)


def served_model_job(connection: Connection, platform: Platform, workload: schema.Workload) -> str:
    """The training job whose model the workload's endpoint serves; without an endpoint the one that would be served."""
    try:
        served = endpoints.served_job(connection, endpoint_of(connection.name, workload.name))
    except endpoints.NoEndpointError:
        served = None
    return served or choose(connection, platform, workload).job


def launches(
    connection: Connection, platform: Platform, workload: str, job: str, token: str, code: Mapping[str, Any]
) -> Iterator[tuple[str, jobs.Kind, str]]:
    """Start the two jobs, each when the caller asks for the next one; yield the kind and the name of each."""
    for kind in STEPS:
        event = {"workload": workload, "kind": kind, "token": token, "training_job_name": job, **code}
        yield kind, jobs.KINDS[kind], jobs.launch(connection, platform, event)


def _prefix(workload: str, job: str) -> str:
    return f"{workload}/baselines/{job}/"
