"""What is wrong with keys of `serving` together, where each is right by itself; each rule names AWS's reason.

The sources are SageMaker's developer guide, "Serverless endpoints: feature exclusions", "Supported algorithms,
frameworks, and instances for multi-model endpoints" and "Autoscale an asynchronous endpoint", and the API's model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from launchpad.config_files.yaml_reader import Location
from launchpad.requests.release import FEWEST_FOR_STEPS
from launchpad.workload.serving.scaling import Scaling, ScheduledScaling

if TYPE_CHECKING:
    from launchpad.workload.serving.section import Serving

Mistakes = Iterator[tuple[Location, str]]
MULTI_MODEL = (
    *("huggingface", "sklearn", "pytorch", "tensorflow", "xgboost"),
    *("knn", "linear-learner", "mxnet", "randomcutforest"),
)
"""The frameworks and algorithms whose AWS images serve several models; an own image must know how to.

The guide leaves Hugging Face out; its images for CPUs have the label (sagemaker-huggingface-inference-toolkit#59).
"""
GPU = re.compile(r"ml\.(g|p)[0-9]")
MOST_INSTANCES = 100
"""The highest `InstanceCount` of a workload."""
TARGETS = {
    "realtime": ("invocations_per_minute", "concurrency"),
    "serverless": ("utilization",),
    "async": ("backlog",),
}
"""What scaling may aim at, by mode: an endpoint publishes no other of the metrics."""


def mistakes(serving: Serving) -> Mistakes:
    """The key that must be corrected and what to write there, for every mistake."""
    for check in CHECKS:
        yield from check(serving)


def _sections_of_the_mode(serving: Serving) -> Mistakes:
    if serving.mode != "serverless" and serving.instance is None:
        yield ("instance",), "this key is required"
    if serving.mode != "serverless" and serving.serverless:
        yield ("serverless",), "has no effect without `mode: serverless`: write that, or remove this section"
    if serving.mode != "async" and serving.asynchronous:
        yield ("async",), "has no effect without `mode: async`: write that, or remove this section"


def _serverless_excludes(serving: Serving) -> Mistakes:
    if serving.mode != "serverless":
        return
    if serving.instance:
        yield ("instance",), "a serverless endpoint has no instances, and no GPU; remove this section"
    if serving.network_isolation:
        message = "a serverless endpoint can't be isolated: write `network_isolation: false`, or another mode"
        yield ("network_isolation",), message
    if serving.aws_services:
        yield (
            ("aws_services",),
            "a serverless endpoint is outside the network and reaches any service; remove this line",
        )
    if serving.release:
        message = "a serverless endpoint has no instances between which traffic could shift; remove this section"
        yield ("release",), message
    if serving.preprocessors:
        yield ("preprocessors",), "a serverless endpoint has one container; remove this line, or write another mode"
    if serving.shared_endpoint:
        yield ("shared_endpoint",), "a serverless endpoint serves one model; remove this line, or write another mode"
    if serving.scaling and not (serving.serverless and serving.serverless.provisioned_concurrency):
        message = "a serverless endpoint scales itself; only `serverless.provisioned_concurrency` can be scaled"
        yield ("scaling",), f"{message}: write that, or remove this section"


def _async_excludes(serving: Serving) -> Mistakes:
    if serving.mode == "async" and serving.preprocessors:
        yield ("preprocessors",), "an asynchronous endpoint has one container; remove this line, or write another mode"
    if serving.mode == "async" and serving.shared_endpoint:
        message = "an asynchronous request can't choose among models (InvokeEndpointAsync has no TargetModel)"
        yield ("shared_endpoint",), f"{message}; remove this line, or write another mode"


def _scaling_by_what_is_measured(serving: Serving) -> Mistakes:
    if serving.scaling and (target := serving.scaling.target) not in TARGETS[serving.mode]:
        known = " or ".join(TARGETS[serving.mode])
        message = f"an endpoint with `mode: {serving.mode}` publishes no metric for it; write {known}"
        yield ("scaling", target), message


def _scaling_bounds(serving: Serving) -> Mistakes:
    scaling = serving.scaling
    if not scaling:
        return
    most, unit = MOST_INSTANCES, "instances"
    if serving.mode == "serverless":
        most, unit = (serving.serverless.max_concurrency if serving.serverless else 0), "(serverless.max_concurrency)"
    elif serving.instance and "count" in serving.instance.model_fields_set:
        yield ("instance", "count"), "has no effect with scaling, which begins with its minimum: remove it"
    for key, entry in _bounds(scaling):
        if entry.minimum == 0 and serving.mode != "async":
            message = (
                "0 needs `mode: async`: without an instance, requests to any other endpoint fail; write at least 1"
            )
            yield (*key, "minimum"), message
        if (entry.maximum or 0) > most:
            yield (*key, "maximum"), f"must be at most {most} {unit}, not {entry.maximum}"


def _bounds(scaling: Scaling) -> Iterator[tuple[Location, Scaling | ScheduledScaling]]:
    yield ("scaling",), scaling
    for number, entry in enumerate(scaling.schedule):
        yield ("scaling", "schedule", number), entry


def _steps_need_instances(serving: Serving) -> Mistakes:
    if not (serving.release and serving.release.in_steps and serving.instance):
        return
    count = max(1, serving.scaling.minimum) if serving.scaling else serving.instance.count
    if count < FEWEST_FOR_STEPS:
        message = f"needs {FEWEST_FOR_STEPS} instances, because a step is at most half of them and there is {count};"
        yield ("release", "traffic"), f"{message} raise the number, or write all-at-once"


def _preprocessors(serving: Serving) -> Mistakes:
    twice = sorted({name for name in serving.preprocessors if serving.preprocessors.count(name) > 1})
    if twice:
        yield ("preprocessors",), f"{', '.join(twice)} is listed twice; each container works on a request once"


def _shared(serving: Serving) -> Mistakes:
    if not serving.shared_endpoint:
        return
    if serving.preprocessors:
        message = "a shared endpoint has one container for all its models; remove this line, or shared_endpoint"
        yield ("preprocessors",), message
    if accelerated := [name for name in serving.instance_types if GPU.match(name)]:
        message = f"{accelerated[0]} has a GPU, on which only Triton's images serve several models; write a CPU type"
        yield ("shared_endpoint",), message


CHECKS: tuple[Callable[[Serving], Mistakes], ...] = (
    _sections_of_the_mode,
    _serverless_excludes,
    _async_excludes,
    _scaling_by_what_is_measured,
    _scaling_bounds,
    _steps_need_instances,
    _preprocessors,
    _shared,
)
