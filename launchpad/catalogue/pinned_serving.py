"""A workload's `serving` section as a pin has it: what the pin says in place of the workload's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from launchpad.config_files.yaml_reader import Location
from launchpad.config_files.yaml_source import FieldError
from launchpad.settings import EnvironmentSettings, PinnedEndpoint
from launchpad.workload import Serving

OVERRIDES = {"serverless": "serverless", "asynchronous": "async", "scaling": "scaling", "release": "release"}
"""The sections that a pin may replace, by field, and the key of each in a file."""


def pinned_serving(serving: Serving, pin: PinnedEndpoint) -> Serving:
    """The section with the pin's keys in place of the workload's.

    A pin of another mode takes none of the sections that belong to the workload's mode.

    Raises:
        ValidationError: they exclude each other.
    """
    mode = pin.mode or serving.mode
    sections: dict[str, Any] = {"mode": mode, "hours": None, "idle_hours": None}
    for field, key in OVERRIDES.items():
        own = getattr(serving, field) if mode == serving.mode else None
        sections[key] = getattr(pin, field) or own
    sections["scaling"] = pin.brief_scaling or sections["scaling"]
    if pin.model_fields_set & {"traffic", "traffic_percent", "bake_minutes", "variants"}:
        sections["release"] = None  # what the pin says in brief replaces it, and variants have none
    sections["instance"] = _instance(serving, pin, mode, scaled=sections["scaling"] is not None)
    return Serving.model_validate({**_written(serving), **{key: value for key, value in sections.items() if value}})


def _written(serving: Serving) -> dict[str, Any]:
    replaced = {"mode", "hours", "idle_hours", "instance", *OVERRIDES}
    return {
        type(serving).model_fields[name].alias or name: getattr(serving, name)
        for name in serving.model_fields_set - replaced
    }


def _instance(serving: Serving, pin: PinnedEndpoint, mode: str, *, scaled: bool) -> dict[str, Any] | None:
    """The pin's instances or the workload's; with scaling, which begins with its minimum, without a number."""
    instance = pin.instance or (serving.instance if mode != "serverless" else None)
    if instance is None:
        return None
    return instance.model_dump(exclude_unset=True, exclude={"count"} if scaled and not pin.scaling else set())


def places(error: ValidationError, pin: PinnedEndpoint) -> Iterator[tuple[Location, str]]:
    """The key below the pin where each mistake must be corrected, and what to write there."""
    for detail in error.errors(include_url=False):
        cause = detail.get("ctx", {}).get("error")
        for each in getattr(cause, "errors", (cause,)):
            key = each.key if isinstance(each, FieldError) else tuple(detail["loc"])
            yield _place(key, pin), f"{'.'.join(map(str, key))}: {each or detail['msg']}"


def _place(key: Location, pin: PinnedEndpoint) -> Location:
    """The mistake's own key if the pin has it, or what the pin says that doesn't fit the workload."""
    keys = {type(pin).model_fields[name].alias or name for name in pin.model_fields_set}
    if key and key[0] in keys:
        return key
    return ("mode",) if pin.mode else ("workload",)


def excluded(serving: Serving, pin: PinnedEndpoint, settings: EnvironmentSettings) -> Iterator[tuple[Location, str]]:
    """What the endpoint's mode, or this environment, excludes of the pin's keys."""
    key = "mode" if pin.mode else "workload"
    if serving.mode == "serverless" and not settings.allow_serverless:
        message = "a serverless endpoint is outside this environment's network: write `allow_serverless: true`"
        yield (key,), f"{message} on top, or another mode"
    if serving.mode == "serverless" and serving.scaling:
        message = "CloudFormation can't scale provisioned concurrency (developer guide, 'Autoscale Provisioned"
        yield ("scaling" if pin.scaling else key,), f"{message} Concurrency'): leave scaling out"
    for section in ("variants", "shadow"):
        if getattr(pin, section) and serving.mode != "realtime":
            message = f"an endpoint with `mode: {serving.mode}` has one variant: remove this section"
            yield (section,), message
    if pin.shadow and serving.preprocessors:
        message = "SageMaker copies no requests of an endpoint with several containers ('Shadow tests: exclusions')"
        yield ("shadow",), f"{message}: remove this section, or write `variants`"
    if (serving.shared_endpoint is None) != (pin.models is None):
        message = (
            "a shared endpoint serves all archives of a folder: write `models: s3://BUCKET/_shared/"
            f"{serving.shared_endpoint}/` in place of one model"
            if serving.shared_endpoint
            else "needs a workload with `shared_endpoint`: write model_data or model_package"
        )
        yield ("models" if pin.models else "workload",), message
    yield from _preprocessors(serving, pin)


def _preprocessors(serving: Serving, pin: PinnedEndpoint) -> Iterator[tuple[Location, str]]:
    promoted = pin.promoted.preprocessors if pin.promoted else {}
    for name in serving.preprocessors:
        if name not in (*pin.preprocessors, *promoted):
            yield ("workload",), f"write the artifact of its preprocessor: `preprocessors: {{{name}: s3://...}}`"
    keys: list[Location] = [("preprocessors", name) for name in pin.preprocessors]
    for key in (*keys, *(("promoted", "preprocessors", name) for name in promoted)):
        if key[-1] not in serving.preprocessors:
            names = ", ".join(serving.preprocessors) or "none"
            yield key, f"is no preprocessor of {pin.workload!r} (it has {names}): remove the line"
    for name in pin.preprocessors:
        if name in promoted:
            yield ("preprocessors", name), "is promoted with the model: remove the line"
