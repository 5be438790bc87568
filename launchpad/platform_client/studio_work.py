"""Deletes the applications and spaces of an environment's Studio domain: SageMaker deletes no domain that has any.

Their users made them, and a space's volume is the only copy of the work in it, so they go only with the other data.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.ownership import physical_ids, unless_gone

LONGEST_DELETION_SECONDS = 600.0
_ENDED = ("Deleted", "Failed")


def delete_studio_work(connection: Connection, stacks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Delete the applications, then the spaces, of the stacks' domains; yield the kind and name of each.

    Raises:
        LaunchpadError: they are not deleted in time.
    """
    sagemaker = connection.client("sagemaker")
    for domain in physical_ids(connection, stacks, "AWS::SageMaker::Domain"):
        for app in _apps(sagemaker, domain):
            owner = {name: app[name] for name in ("UserProfileName", "SpaceName") if app.get(name)}
            kind, name = app["AppType"], app["AppName"]
            unless_gone(sagemaker.delete_app, DomainId=domain, AppType=kind, AppName=name, **owner)
            yield "application", f"{kind} {name}"
        _until_none(connection, partial(_apps, sagemaker, domain))
        for space in _spaces(sagemaker, domain):
            unless_gone(sagemaker.delete_space, DomainId=domain, SpaceName=space)
            yield "space", space
        _until_none(connection, partial(_spaces, sagemaker, domain))


def _apps(sagemaker: Any, domain: str) -> list[Mapping[str, Any]]:
    pages = sagemaker.get_paginator("list_apps").paginate(DomainIdEquals=domain)
    return [app for page in pages for app in page["Apps"] if app["Status"] not in _ENDED]


def _spaces(sagemaker: Any, domain: str) -> list[str]:
    pages = sagemaker.get_paginator("list_spaces").paginate(DomainIdEquals=domain)
    return [space["SpaceName"] for page in pages for space in page["Spaces"]]


def _until_none(connection: Connection, remaining: Callable[[], Sequence[Any]]) -> None:
    deadline = time.monotonic() + LONGEST_DELETION_SECONDS
    while rest := remaining():
        if time.monotonic() > deadline:
            raise LaunchpadError(f"Studio doesn't delete {rest[0]}; look at it, then try again")
        time.sleep(connection.poll_seconds)
