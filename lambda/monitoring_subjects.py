"""What is monitored of a workload: each model that answers for it, and the last transform job that has ended.

Each is one value of the metrics' dimension `Endpoint`: the endpoint's name for the model with the largest share of the
requests, ENDPOINT/VARIANT for another one. Alarms watch the first.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from string import ascii_lowercase
from typing import Any

import boto3
from last_transforms import last_transform
from monitored_models import Model, ServedModel, model_of, served_models
from monitoring_inputs import Inputs, endpoint_inputs, transform_inputs
from monitoring_windows import Window
from platform_access import ENVIRONMENT

from launchpad.requests import Definition
from launchpad.requests.monitoring_alarms import report_alarm_requests
from launchpad.requests.names import endpoint_name

TRANSFORM, OF_TRANSFORMS = "transform", "t"
"""The source of transform jobs, and the letter in the names of their monitoring jobs."""
LETTERS = ascii_lowercase.replace(OF_TRANSFORMS, "")
EVER = datetime(2017, 11, 29, tzinfo=UTC)
"""A time before anything in SageMaker."""


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
    letter: str = ""
    """The letter in the names of its jobs; none for the endpoint."""


def subjects_of(definition: Definition) -> Iterator[Subject]:
    """Yield what is monitored of a workload now, the endpoint first.

    Raises:
        RequestError: the model that answers is none of the platform's.
    """
    yield from _served(definition)
    job = last_transform(definition) if definition.get("transform") else None
    if job:
        name = transforms_name(definition)
        _put_alarms(definition, name)
        yield Subject(
            name, TRANSFORM, model_of(job["ModelName"]), EVER, partial(_inputs, definition, job), OF_TRANSFORMS
        )


def _served(definition: Definition) -> Iterator[Subject]:
    letters: list[str] = []
    for served in served_models(definition):
        name = f"{served.endpoint}/{served.part}" if served.part else served.endpoint
        letter = _letter(served, letters) if served.part else ""
        letters.append(letter)
        inputs = partial(endpoint_inputs, definition, served)
        yield Subject(name, served.source, served.model, served.since, inputs, letter)


def _letter(served: ServedModel, others: Collection[str]) -> str:
    """The letter of a variant, or the next free one: the same each time, unless a larger variant has it."""
    start = int(hashlib.sha256(served.part.encode()).hexdigest(), 16) % len(LETTERS)
    return next(letter for letter in (LETTERS * 2)[start:] if letter not in others)


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
