"""Endpoints: deploy one, wait until it is in service, invoke it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.logs import LogLine, endpoint_log
from launchpad.platform_client.platform import Platform

MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack")
"""The values of EndpointStatus that are followed by another one."""
SERVING = "InService"
Endpoint = Mapping[str, Any]
"""The response of DescribeEndpoint."""
_JOB_IN_URL = re.compile(r"s3://[^/]+/[^/]+/(?:jobs|models)/([^/]+)/")
"""An artifact of this platform: WORKLOAD/jobs/JOB/output/ or WORKLOAD/models/JOB/HASH/."""


@dataclass(frozen=True)
class Answer:
    """An endpoint's response (InvokeEndpoint)."""

    body: bytes
    content_type: str
    variant: str
    """The production variant that responded."""


class ModelAnsweredError(LaunchpadError):
    """The model refused the request or failed on it; the endpoint remains in service."""


class NoEndpointError(LaunchpadError):
    """No endpoint of that name exists."""

    def __init__(self, endpoint: str, environment: str) -> None:
        workload = endpoint.removeprefix(f"{environment}-")
        super().__init__(f"there is no endpoint {endpoint}; run `launchpad serve {workload} --env {environment}` first")


def deploy(
    connection: Connection, platform: Platform, workload: str, job: str, code: Mapping[str, Any] | None = None
) -> Mapping[str, str]:
    """Have the deploy function serve the model of `job`; return its response, with `endpoint_name` and `action`.

    `code` is what the event says about the scripts that serve it: `launchpad.launch_code`.

    Raises:
        LaunchpadError: the function refused.
    """
    event = {"workload": workload, "training_job_name": job, **(code or {})}
    return invoke(connection, platform.deploy_function, event)


def restore(
    connection: Connection, platform: Platform, workload: str, record: str, origin: Mapping[str, Any] | None = None
) -> Mapping[str, str]:
    """Have the deploy function serve again what a record of the endpoint's history has; return as `deploy`.

    `origin` says who asks for it; the code is that of the record.

    Raises:
        LaunchpadError: the function refused, such as for a model that is gone.
    """
    caller = {"origin": {**origin, "commit": "", "dirty": False}} if origin else {}
    return invoke(
        connection, platform.deploy_function, {"workload": workload, "record": record, "by": "rollback", **caller}
    )


def follow(connection: Connection, endpoint: str, show: Callable[[str | LogLine], object]) -> Endpoint:
    """Pass each status and the model's log lines to `show`; return the endpoint's description once it has settled."""
    sagemaker = connection.client("sagemaker")
    log = endpoint_log(connection.client("logs"), endpoint)
    status = ""
    while True:
        description: Endpoint = sagemaker.describe_endpoint(EndpointName=endpoint)
        if description["EndpointStatus"] != status:
            status = description["EndpointStatus"]
            show(status)
        for line in log.read():
            show(line)
        if status not in MOVING:
            return description
        time.sleep(connection.poll_seconds)


def predict(connection: Connection, endpoint: str, body: bytes, content_type: str, accept: str | None = None) -> Answer:
    """Invoke the endpoint (InvokeEndpoint).

    Raises:
        ModelAnsweredError: the model responded with an error; carries its status and its message.
        LaunchpadError: the endpoint doesn't exist, or is not in service.
    """
    options = {"Accept": accept} if accept else {}
    try:
        response = connection.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=content_type, **options
        )
    except ClientError as error:
        explained = _explained(error, endpoint, connection.name)
        if isinstance(explained, NoEndpointError):
            raise (_not_serving(connection, endpoint) or explained) from None
        raise explained from None
    return Answer(response["Body"].read(), response["ContentType"], response.get("InvokedProductionVariant", ""))


def _not_serving(connection: Connection, endpoint: str) -> LaunchpadError | None:
    """Why an existing endpoint does not answer; None if it serves, or doesn't exist.

    Note: to InvokeEndpoint an endpoint that is not in service does not exist.
    """
    try:
        description = connection.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    except ClientError:  # absent, or the caller may invoke only
        return None
    status = description["EndpointStatus"]
    if status in (SERVING, "Updating", "SystemUpdating", "RollingBack"):
        return None
    reason = f": {' '.join(description['FailureReason'].split())}" if description.get("FailureReason") else ""
    remedy = f"`launchpad logs {endpoint} --env {connection.name}` shows its log"
    return LaunchpadError(f"endpoint {endpoint} is {status} and does not answer{reason}; {remedy}")


def served_job(connection: Connection, endpoint: str) -> str | None:
    """The training job whose model the endpoint serves, from the artifact's path in S3; None if the path has none.

    Raises:
        NoEndpointError: the endpoint doesn't exist.
    """
    return job_of(served_artifact(connection, endpoint))


def job_of(artifact: str) -> str | None:
    """The training job in the path of an artifact of this platform; None if it has none."""
    match = _JOB_IN_URL.match(artifact)
    return match[1] if match else None


def served_artifact(connection: Connection, endpoint: str) -> str:
    """The S3 URI of the archive that the endpoint serves; empty if its model has none.

    Raises:
        NoEndpointError: the endpoint doesn't exist.
    """
    sagemaker = connection.client("sagemaker")
    try:
        config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    except ClientError as error:
        raise _explained(error, endpoint, connection.name) from None
    return config_artifact(sagemaker, config)[1]


def config_artifact(sagemaker: Any, config: str) -> tuple[str, str]:
    """The model of an endpoint configuration, and its archive's S3 URI, which is empty if the model has none."""
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    return str(variant["ModelName"]), _artifact(sagemaker, model.get("PrimaryContainer", {}))


def _artifact(sagemaker: Any, container: Mapping[str, Any]) -> str:
    """The artifact's URI of a model's container, from its model package if it names one; empty without any."""
    if package := container.get("ModelPackageName"):
        description = sagemaker.describe_model_package(ModelPackageName=package)
        (container, *_) = description.get("InferenceSpecification", {}).get("Containers") or [{}]
    return str(container.get("ModelDataUrl", ""))


def recent(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """The environment's endpoints from ListEndpoints, the newest first."""
    prefix = f"{connection.name}-"
    pages = (
        connection.client("sagemaker")
        .get_paginator("list_endpoints")
        .paginate(NameContains=prefix, SortBy="CreationTime", SortOrder="Descending")
    )
    for page in pages:
        yield from (item for item in page["Endpoints"] if item["EndpointName"].startswith(prefix))


def _explained(error: ClientError, endpoint: str, environment: str) -> LaunchpadError | ClientError:
    response: Any = error.response
    if response["Error"]["Code"] == "ModelError":
        status = response.get("OriginalStatusCode", "an error")
        words = " ".join(str(response.get("OriginalMessage") or response["Error"]["Message"]).split())
        message = words.partition(" Traceback (most recent call last)")[0]  # AWS's toolkit appends it
        return ModelAnsweredError(
            f"the model answered {status}: {message} (its log: `launchpad logs {endpoint} --env {environment}`)"
        )
    if "not found" in str(error) or "Could not find" in str(error):
        return NoEndpointError(endpoint, environment)
    return error
