"""Removes an endpoint with what would outlive it, and writes the removal into its history.

The model and the endpoint configuration stay, because they cost nothing and `launchpad serve` finds them again.
Scalable targets and alarms are deleted first: DeleteEndpoint leaves both, and the targets would bind the next endpoint
of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import boto3
from botocore.exceptions import ClientError
from endpoint_history import write_record
from endpoint_monitoring import alarm_names
from models import sagemaker
from platform_access import ENVIRONMENT

from launchpad.requests.endpoint_alarms import alarm_name

Description = Mapping[str, Any]
"""DescribeEndpoint's response."""
Record = Mapping[str, Any]
DIMENSIONS = ("sagemaker:variant:DesiredInstanceCount", "sagemaker:variant:DesiredProvisionedConcurrency")
WAKES_UP = "BacklogWithoutCapacity"
TAKE_BACK = ("ServerErrors", "Latency")
"""The alarms that roll an update back."""
ALARMS = (*TAKE_BACK, WAKES_UP)
"""The kinds of `launchpad.requests.endpoint_alarms` and `.scaling`."""
REMOVED = "removed"
"""The `event` of a removal's record."""


def remove_endpoint(
    description: Description,
    served: Mapping[str, Record],
    why: str,
    *,
    by: str,
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Delete an endpoint, its scalable targets and its alarms; record it for each workload in `served`.

    `served` has the newest record of each workload that the endpoint serves: the removal's record repeats it, so that
    the same can be served again.
    """
    remove_scaling(description)
    remove_alarms(description)
    boto3.client("cloudwatch").delete_alarms(AlarmNames=alarm_names(description))
    changes = {"event": REMOVED, "why": why, "by": by, "origin": dict(origin or {}), "run": "", "restores": ""}
    removals = {
        workload: write_record(workload, {**record, **changes}, description) for workload, record in served.items()
    }
    try:
        sagemaker.delete_endpoint(EndpointName=description["EndpointName"])
    except ClientError as error:
        for workload, (name, record) in removals.items():
            write_record(workload, {**record, "outcome": "refused", "reason": str(error)}, description, name)
        raise


def remove_scaling(description: Description) -> None:
    """Deregister the variants' scalable targets, which deletes their policies and scheduled actions."""
    scaling = boto3.client("application-autoscaling")
    for variant in description.get("ProductionVariants", []):
        resource = f"endpoint/{description['EndpointName']}/variant/{variant['VariantName']}"
        for dimension in DIMENSIONS:
            with suppress(scaling.exceptions.ObjectNotFoundException):
                scaling.deregister_scalable_target(
                    ServiceNamespace="sagemaker", ResourceId=resource, ScalableDimension=dimension
                )


def remove_alarms(description: Description, kinds: Sequence[str] = ALARMS) -> None:
    """Delete the alarms that the deploy function made; DeleteAlarms passes over names that don't exist.

    To look for them first, the role would have to see every alarm of the account.
    """
    endpoint = description["EndpointName"]
    names = [
        alarm_name(ENVIRONMENT, endpoint, variant["VariantName"], kind)
        for variant in description.get("ProductionVariants", [])
        for kind in kinds
    ]
    boto3.client("cloudwatch").delete_alarms(AlarmNames=names)
