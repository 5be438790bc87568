"""Our requests next to those of the SDK, member by member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session

from launchpad.catalogue import load_workload, render
from launchpad.requests import (
    endpoint_config_request,
    endpoint_request,
    model_request,
    processing_request,
    training_request,
    transform_request,
    tuning_request,
)
from launchpad.settings import EnvironmentSettings
from security.requests import ENVIRONMENT, MODEL_URI, RUN

WORKLOADS = Path(__file__).parent / "workloads"
REGION = "us-east-1"
HERE = replace(ENVIRONMENT, name="dev", region=REGION, data_bucket="scripts", model_bucket="scripts")
NAMED = ("Name", "ChannelName", "InputName", "OutputName", "VariantName", "Key")
"""The members by which the items of a list differ."""
KINDS = {
    "training": ("TrainingJob", "CreateTrainingJob"),
    "tuning": ("HyperParameterTuningJob", "CreateHyperParameterTuningJob"),
    "processing": ("ProcessingJob", "CreateProcessingJob"),
    "transform": ("TransformJob", "CreateTransformJob"),
    "model": ("Model", "CreateModel"),
    "endpoint configuration": ("EndpointConfig", "CreateEndpointConfig"),
    "endpoint": ("Endpoint", "CreateEndpoint"),
}
"""What is compared: SageMaker's noun, and the operation that makes it."""
FILLED_IN = [
    ("EnableSageMakerMetricsTimeSeries", False),
    ("InputFilter", "$"),
    ("JoinSource", "None"),
    ("Mode", "SingleModel"),
    ("OutputFilter", "$"),
    ("RecordWrapperType", "None"),
]
"""Members that Describe has by default."""


def ours() -> dict[str, dict[str, Any]]:
    """The request of each kind, from `workloads/sdk`."""
    workload = load_workload("sdk", WORKLOADS)
    definition, _ = render(workload, EnvironmentSettings(name="dev", region=REGION), WORKLOADS / "sdk")
    run = replace(RUN, model_uri=None, model_job=None)
    model = model_request(definition, HERE, MODEL_URI)
    config = endpoint_config_request(definition, HERE, model["ModelName"])
    return {
        "training": training_request(definition, HERE, run),
        "tuning": tuning_request(definition, HERE, run),
        "processing": processing_request(definition, HERE, run, "prepare"),
        "transform": transform_request(definition, HERE, run, model["ModelName"]),
        "model": model,
        "endpoint configuration": config,
        "endpoint": endpoint_request(definition, HERE, config["EndpointConfigName"]),
    }


def given(operation: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """The part of Describe's answer that the Create operation takes, without what SageMaker fills in."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    request: dict[str, Any] = _taken(model.operation_model(operation).input_shape, described)
    return request


def _taken(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _taken(shape.members[name], value[name])
            for name in value
            if name in shape.members and (name, value[name]) not in FILLED_IN
        }
    if shape.type_name == "list":
        return [_taken(shape.member, item) for item in value]
    return value


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each leaf's path, with list items under their names, and its value as text."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            names = [item[key] for key in NAMED if isinstance(item, Mapping) and key in item]
            yield from flat(item, f"{path}[{names[0] if names else number}]")
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    """4 and "4.0" are one number: hyperparameters and their ranges are numbers as text."""
    try:
        return str(float(value)) if not isinstance(value, bool) else str(value)
    except (TypeError, ValueError):
        return str(value)


def differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """The paths at which two requests are not equal."""
    flat_first, flat_second = dict(flat(first)), dict(flat(second))
    return sorted(path for path in {*flat_first, *flat_second} if flat_first.get(path) != flat_second.get(path))
