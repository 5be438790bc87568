"""Studio's applications that run long, and spaces that are stopped and keep a volume.

Note: `LastUserActivityTimestamp` proves no use. SageMaker also sets it at its health checks (API reference,
DescribeApp), so it equals `LastHealthCheckTimestamp` then. Only an earlier one is a user's. The domain shuts idle
JupyterLab and Code Editor applications down; one that runs for days is used all the time, or of another type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from housekeeping_rows import Row
from housekeeping_settings import SETTINGS
from idle_prices import SAGEMAKER, cost, instance
from models import sagemaker
from platform_access import ENVIRONMENT

APPLICATION, SPACE = "Studio application", "Studio space"
FREE = "system"
"""The instance type of applications that Studio itself needs, which cost nothing."""
VOLUME = f"{SAGEMAKER}/Studio:VolumeUsage.gp3"


def find(now: datetime) -> Iterator[Row]:
    """Yield applications that run longer than `running_hours`, and volumes of spaces stopped for `stopped_days`."""
    for domain in _domains():
        running = list(_applications(domain))
        for application in running:
            if row := _application(application, now):
                yield row
        in_use = {application.get("SpaceName") for application in running}
        for space in _listed("list_spaces", "Spaces", DomainIdEquals=domain):
            if space["SpaceName"] not in in_use and (row := _space(space, now)):
                yield row


def stop(row: Row) -> None:
    """Delete an application, unless it has ended; its space, and the work on the space's volume, stay."""
    domain, _, _ = row.name.partition("/")
    for application in _applications(domain):
        if _name(application) == row.name:
            sagemaker.delete_app(**_key(application))


def _domains() -> Iterator[str]:
    for domain in _listed("list_domains", "Domains"):
        if domain["DomainName"] == f"launchpad-{ENVIRONMENT.name}":
            yield domain["DomainId"]


def _applications(domain: str) -> Iterator[Mapping[str, Any]]:
    for application in _listed("list_apps", "Apps", DomainIdEquals=domain):
        if application["Status"] == "InService":
            yield application


def _application(application: Mapping[str, Any], now: datetime) -> Row | None:
    instance_type = application.get("ResourceSpec", {}).get("InstanceType", FREE)
    if instance_type == FREE:
        return None
    description = sagemaker.describe_app(**_key(application))
    since, is_activity = _since(description)
    if now - since < timedelta(hours=SETTINGS.running_hours):
        return None
    return Row(
        APPLICATION,
        _name(application),
        description["AppArn"],
        since,
        **cost([instance("Studio", instance_type)]),
        action="stop",
        reason=_reason((now - since) / timedelta(hours=1), is_activity=is_activity),
    )


def _reason(hours: float, *, is_activity: bool) -> str:
    if is_activity:
        return f"no activity of its user for {hours:.0f} h"
    return f"has run for {hours:.0f} h; AWS doesn't say whether it is used"


def _since(description: Mapping[str, Any]) -> tuple[datetime, bool]:
    """Return the last activity of its user, if that is known, or its start; and whether it is an activity."""
    activity = description.get("LastUserActivityTimestamp")
    checked = description.get("LastHealthCheckTimestamp")
    if activity and checked and activity < checked:
        return activity, True
    return description["CreationTime"], False


def _space(space: Mapping[str, Any], now: datetime) -> Row | None:
    since = space["LastModifiedTime"]
    storage = space.get("SpaceSettingsSummary", {}).get("SpaceStorageSettings", {}).get("EbsStorageSettings", {})
    size = storage.get("EbsVolumeSizeInGb")
    if size is None or now - since < timedelta(days=SETTINGS.stopped_days):
        return None
    description = sagemaker.describe_space(DomainId=space["DomainId"], SpaceName=space["SpaceName"])
    days = (now - since).days
    return Row(
        SPACE,
        f"{space['DomainId']}/{space['SpaceName']}",
        description["SpaceArn"],
        since,
        **cost([(VOLUME, size)]),
        reason=f"no application, unchanged for {days} days, its volume of {size} GB is kept",
    )


def _key(application: Mapping[str, Any]) -> dict[str, str]:
    """What names an application: it is of a space, or of a user profile."""
    members = ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName")
    return {name: application[name] for name in members if application.get(name)}


def _name(application: Mapping[str, Any]) -> str:
    key = _key(application)
    owner = key.get("SpaceName") or key["UserProfileName"]
    return f"{key['DomainId']}/{owner}/{key['AppType']}/{key['AppName']}"


def _listed(operation: str, member: str, **request: str) -> Iterator[Mapping[str, Any]]:
    for page in sagemaker.get_paginator(operation).paginate(**request):
        yield from page[member]
