"""What is monitored of a workload: the endpoint that answers for it, and the last transform job that has ended.

Each is one value of the metrics' dimension `Endpoint`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from last_transforms import last_transform
from monitored_models import Model, model_of, served_model
from monitoring_inputs import Inputs, endpoint_inputs, transform_inputs
from monitoring_windows import Window
from platform_access import ENVIRONMENT

from launchpad.requests import Definition
from launchpad.requests.monitoring_alarms import report_alarm_requests
from launchpad.requests.names import endpoint_name

TRANSFORM = "transform"
EVER = datetime(2017, 11, 29, tzinfo=UTC)
"""Before anything in SageMaker."""


@dataclass(frozen=True)
class Subject:
    """An endpoint or a transform job whose requests are compared with a model's baseline."""

    name: str
    source: str
    """`captured`, `async` or `transform`."""
    model: Model
    since: datetime
    """When the model began to answer."""
    inputs: Callable[[Window], Inputs]
    """Writes the manifests of what was asked in a window; empty if nothing was."""


def subjects_of(definition: Definition) -> Iterator[Subject]:
    """Yield what is monitored of a workload now, the endpoint first.

    Raises:
        RequestError: the model that answers is none of the platform's.
    """
    if served := served_model(definition):
        inputs = partial(endpoint_inputs, definition, served)
        yield Subject(served.endpoint, served.source, served.model, served.since, inputs)
    job = last_transform(definition) if definition.get("transform") else None
    if job:
        name = transforms_name(definition)
        _put_alarms(definition, name)
        yield Subject(name, TRANSFORM, model_of(job["ModelName"]), EVER, partial(_inputs, definition, job))


def transforms_name(definition: Definition) -> str:
    """Return what stands for an endpoint's name in the metrics of a workload's transform jobs."""
    return f"{endpoint_name(ENVIRONMENT.name, definition['name'])}-{TRANSFORM}"


def _inputs(definition: Definition, job: Mapping[str, Any], window: Window) -> Inputs:
    ended = job["TransformEndTime"]
    return transform_inputs(definition, job, window) if window.start <= ended < window.end else {}


def _put_alarms(definition: Definition, name: str) -> None:
    """Create the alarms on transform jobs, or change them: no endpoint has them made. Silence is no alarm."""
    cloudwatch = boto3.client("cloudwatch")
    environment = replace(ENVIRONMENT, alert_topic_arn=os.environ["ALERT_TOPIC"])
    for request in report_alarm_requests(definition, environment, name).values():
        cloudwatch.put_metric_alarm(**request)
