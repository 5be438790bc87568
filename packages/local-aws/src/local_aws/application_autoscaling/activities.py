"""Scaling activities, in the words of DescribeScalingActivities."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from local_aws.application_autoscaling.target_tracking import CONCURRENCY, INSTANCES

Record = dict[str, Any]
TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")
MOST = 500
"""Activities kept per account and region (on AWS those of six weeks)."""
NOUNS = {INSTANCES: "desired instance count", CONCURRENCY: "desired provisioned concurrency"}
NOT_SCALED = "Attempting to scale due to alarm triggered"


def started(target: Mapping[str, Any], capacity: int, cause: str) -> Record:
    """A change of the capacity that the service has accepted."""
    noun = NOUNS[target["ScalableDimension"]]
    waiting = f"Successfully set {noun} to {capacity}. Waiting for change to be fulfilled by sagemaker."
    activity = _activity(target, f"Setting {noun} to {capacity}.", cause, "InProgress", waiting)
    return {**activity, "Capacity": capacity}


def end(activity: Record, *, fulfilled: bool) -> None:
    """Close an activity once the service is done."""
    noun, capacity = NOUNS[activity["ScalableDimension"]], activity["Capacity"]
    set_to = f"Successfully set {noun} to {capacity}."
    words = (
        f"{set_to} Change successfully fulfilled by sagemaker."
        if fulfilled
        else f"{set_to} However, change was not fulfilled by sagemaker."
    )
    status = "Successful" if fulfilled else "Unfulfilled"
    activity.update(StatusCode=status, StatusMessage=words, EndTime=time.time())


def refused(target: Mapping[str, Any], capacity: int, cause: str, reason: str) -> Record:
    """A change that the service refused."""
    noun = NOUNS[target["ScalableDimension"]]
    words = f"Failed to set {noun} to {capacity}. Reason: {reason}"
    return _ended(_activity(target, f"Setting {noun} to {capacity}.", cause, "Failed", words))


def limits_changed(target: Mapping[str, Any], limits: Mapping[str, int], action: str) -> Record:
    """A scheduled action has changed the limits."""
    words = " and ".join(f"{name} capacity to {value}" for name, value in limits.items())
    cause = f"scheduled action name {action} was triggered"
    return _ended(_activity(target, f"Setting {words}", cause, "Successful", f"Successfully set {words}"))


def not_scaled(target: Mapping[str, Any], cause: str, reason: Record) -> Record:
    """An alarm asked for a change that a limit forbids; only IncludeNotScaledActivities shows it."""
    return {**_ended(_activity(target, NOT_SCALED, cause, "Failed", None)), "NotScaledReasons": [reason]}


def _activity(target: Mapping[str, Any], description: str, cause: str, status: str, words: str | None) -> Record:
    names = {name: target[name] for name in TARGET}
    message = {} if words is None else {"StatusMessage": words}
    activity = {"ActivityId": str(uuid.uuid4()), **names, "Description": description, "Cause": cause, **message}
    return {**activity, "StatusCode": status, "StartTime": time.time()}


def _ended(activity: Record) -> Record:
    return {**activity, "EndTime": time.time()}
