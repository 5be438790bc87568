"""Endpoints: deploy one, wait until it is in service, and see which model it serves."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.busy_endpoints import MOVING, invoke_once_settled
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import LogLine, endpoint_log
from launchpad.platform_client.platform import Platform, has_stack, stack_name
from launchpad.platform_client.traffic import shift

SERVING = "InService"
Endpoint = Mapping[str, Any]
"""The response of DescribeEndpoint."""
_JOB_IN_URL = re.compile(r"s3://[^/]+/[^/]+/(?:jobs|models)/([^/]+)/")
"""An artifact of this platform: WORKLOAD/jobs/JOB/output/ or WORKLOAD/models/JOB/HASH/."""


class NoEndpointError(LaunchpadError):
    """No endpoint of that name exists."""

    def __init__(self, connection: Connection, endpoint: str) -> None:
        super().__init__(f"there is no endpoint {endpoint}{_how_it_comes_back(connection, endpoint)}")


def _how_it_comes_back(connection: Connection, endpoint: str) -> str:
    """What makes an endpoint that doesn't exist; where a config pins what is served, only a deploy does."""
    from launchpad.catalogue import workload_names
    from launchpad.platform_client.served_model import endpoint_of

    environment, settings = connection.name, connection.settings
    names = workload_names() if settings.direct_deploy else [pin.workload for pin in settings.endpoints]
    workload = next((name for name in names if endpoint_of(environment, name) == endpoint), "")
    if settings.direct_deploy:
        workload = workload or endpoint.removeprefix(f"{environment}-")
        return f"; run `launchpad serve {workload} --env {environment}` first"
    config, deploy = f"config/{environment}.yaml", f"`launchpad deploy --env {environment}`"
    if not workload:
        return f", and {config} pins none of that name: pin a model (docs/promotion.md), then run {deploy}"
    part = f"endpoint-{workload}"
    if not has_stack(connection, part):
        return f" yet; {config} pins it: run {deploy}"
    stack = stack_name(environment, part)
    return (
        f", which {config} pins: it was deleted, but its stack still exists. Delete the stack (`aws cloudformation"
        f" delete-stack --stack-name {stack}`), then run {deploy}, which makes both again (docs/backup.md)"
    )


def deploy(
    connection: Connection,
    platform: Platform,
    workload: str,
    job: str | None,
    code: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    show: Callable[[str], object] = lambda _: None,
) -> Mapping[str, str]:
    """Have the deploy function serve the model of `job`; return its response, with `endpoint_name` and `action`.

    An endpoint that is just being scaled or updated takes no change: waits until it does, and `show` gets its status.

    `code` is what the event says about the scripts that serve it: `launchpad.launch_code`. `keys` say how it is served:
    `launchpad.platform_client.serving_keys`; with `promote` there is no job.

    Raises:
        LaunchpadError: the function refused, or the endpoint is being changed for too long.
    """
    chosen = {"training_job_name": job} if job else {}
    event = {"workload": workload, **chosen, **(code or {}), **(keys or {})}
    return invoke_once_settled(connection, platform.deploy_function, event, show)


def restore(
    connection: Connection,
    platform: Platform,
    workload: str,
    record: str,
    origin: Mapping[str, Any] | None = None,
    by: str = "rollback",
    show: Callable[[str], object] = lambda _: None,
) -> Mapping[str, str]:
    """Have the deploy function serve again what a record of the endpoint's history has; return as `deploy`.

    `origin` says who asks for it, and `by` with which command; the code is that of the record. Waits as `deploy`.

    Raises:
        LaunchpadError: the function refused, such as for a model that is gone.
    """
    caller = {"origin": {**origin, "commit": "", "dirty": False}} if origin else {}
    event = {"workload": workload, "record": record, "by": by, **caller}
    return invoke_once_settled(connection, platform.deploy_function, event, show)


def follow(connection: Connection, endpoint: str, show: Callable[[str | LogLine], object]) -> Endpoint:
    """Pass each status and the model's log lines to `show`; return the endpoint's description once it has settled.

    The status of an update says which of the new instances get requests: `launchpad.platform_client.traffic`.
    """
    sagemaker = connection.client("sagemaker")
    log = endpoint_log(connection.client("logs"), endpoint)
    shown = ""
    while True:
        description: Endpoint = sagemaker.describe_endpoint(EndpointName=endpoint)
        if (state := shift(description)) != shown:
            shown = state
            show(state)
        for line in log.read():
            show(line)
        if description["EndpointStatus"] not in MOVING:
            return description
        time.sleep(connection.poll_seconds)


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
        raise missing(error, connection, endpoint) or error from None
    return config_artifact(sagemaker, config)[1]


def config_artifact(sagemaker: Any, config: str) -> tuple[str, str]:
    """The model of an endpoint configuration, and its archive's S3 URI, which is empty if the model has none.

    Of several variants it is the first one's; of several containers the last one's, because the others work before it.
    """
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[-1]
    return str(variant["ModelName"]), _artifact(sagemaker, container)


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


def missing(error: ClientError, connection: Connection, endpoint: str) -> NoEndpointError | None:
    """The error as a missing endpoint; None if it is another one."""
    words = str(error)
    return NoEndpointError(connection, endpoint) if "not found" in words or "Could not find" in words else None
