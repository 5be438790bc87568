"""Which endpoint answers for a workload, in which mode, and by which model of a shared endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.history import changes
from launchpad.platform_client.platform import find_platform
from launchpad.requests.names import endpoint_name

if TYPE_CHECKING:
    from launchpad.settings import PinnedEndpoint
    from launchpad.workload import Workload


@dataclass(frozen=True)
class ServedModel:
    """What to invoke."""

    endpoint: str
    mode: str
    """`realtime`, `serverless` or `async`."""
    target: str = ""
    """`TargetModel` of requests, where the endpoint is shared."""
    job: str = ""
    """The training job of that model."""


def served_model(connection: Connection, workload: Workload) -> ServedModel:
    """What answers for a workload, as workload.yaml and the environment's config have it.

    Raises:
        LaunchpadError: it is served by a shared endpoint, which has no model of it.
    """
    section = workload.serving
    pin = next((pin for pin in connection.settings.endpoints if pin.workload == workload.name), None)
    mode = (pin.mode if pin else None) or (section.mode if section else "realtime")
    if section is None or not section.shared_endpoint:
        return ServedModel(endpoint_name(connection.name, workload.name), mode)
    endpoint = endpoint_name(connection.name, section.shared_endpoint)
    if pin := pin or _pin_of_neighbour(connection, endpoint):
        return ServedModel(endpoint, mode, _newest_of(connection, str(pin.models), workload.name))
    history = changes(connection, find_platform(connection), workload.name)
    current: Any = next((change for change in history if change.target_model and change.outcome == "current"), None)
    if current is None:
        absent = f"endpoint {endpoint} has no model of {workload.name}"
        if connection.settings.direct_deploy:
            raise LaunchpadError(f"{absent}; run `launchpad serve {workload.name} --env {connection.name}` first")
        config = f"config/{connection.name}.yaml"
        raise LaunchpadError(f"{absent}, and {config} pins none: pin a model there (docs/promotion.md), then deploy")
    return ServedModel(endpoint, mode, current.target_model, current.job)


def endpoint_of(environment: str, workload: str) -> str:
    """The name of the endpoint that serves a workload: its own, or the shared one that its file names.

    A file that is missing or has mistakes names none, so that what runs is found all the same.
    """
    from launchpad.catalogue import load_workload

    try:
        section = load_workload(workload).serving
    except LaunchpadError:
        section = None
    return endpoint_name(environment, (section.shared_endpoint if section else None) or workload)


def _pin_of_neighbour(connection: Connection, endpoint: str) -> PinnedEndpoint | None:
    """The pin of another workload on the same shared endpoint: one pin serves the archives of all."""
    shared = (pin for pin in connection.settings.endpoints if pin.models)
    return next((pin for pin in shared if endpoint_of(connection.name, pin.workload) == endpoint), None)


def _newest_of(connection: Connection, folder: str, workload: str) -> str:
    """The newest archive of a workload in the folder of a shared endpoint, as `TargetModel` names it."""
    address = urlsplit(folder)
    prefix = address.path.strip("/") + "/"
    pages = (
        connection.client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=address.netloc, Prefix=f"{prefix}{workload}/")
    )
    archives = [item for page in pages for item in page.get("Contents", [])]
    if not archives:
        raise LaunchpadError(f"{folder} has no model of {workload}, so the shared endpoint can't answer for it")
    newest = max(archives, key=lambda item: item["LastModified"])
    return str(newest["Key"].removeprefix(prefix))
