"""What `launchpad.workload.serving` and the models of pins check with code, as JSON Schema."""

from __future__ import annotations

from launchpad.checks.schema_parts import (
    Schema,
    if_,
    one_of,
    required,
    section,
    services_are_reached,
    with_value,
    without,
)
from launchpad.workload.serving.rules import TARGETS as TARGETS_BY_MODE
from launchpad.workload.serving.scaling import TARGETS

AT_LEAST_ONE = {"minimum": 1}


def serving_rules() -> dict[str, list[Schema]]:
    """The rules of each model of the section, by the model's name."""
    return {
        "Serving": [
            *_modes(),
            {"not": required("preprocessors", "shared_endpoint")},
            if_(required("scaling"), section("instance", without("count"))),
            *_shared(),
            services_are_reached(),
        ],
        "ServingInstance": [one_of("type", "types")],
        "Scaling": [one_of(*TARGETS), if_(without("backlog"), _above_zero())],
        "PinnedEndpoint": [
            one_of("model_data", "model_package", "promoted", "models"),
            {"not": required("release", "traffic")},
            {"not": required("scaling", "minimum_instances")},
        ],
        "PinnedVariant": [one_of("model_data", "model_package", "promoted")],
        "PinnedShadow": [one_of("model_data", "model_package", "promoted")],
        "ScheduledScaling": [{"anyOf": [required("minimum"), required("maximum")]}],
        "Release": [
            if_({"anyOf": [without("traffic"), with_value("traffic", "all-at-once")]}, without("percent")),
            *(if_(with_value("traffic", kind), section("percent", {"minimum": 10})) for kind in ("canary", "linear")),
        ],
    }


def _modes() -> list[Schema]:
    return [
        if_(
            with_value("mode", "serverless"),
            {
                **with_value("network_isolation", False),
                **without("instance", "release", "preprocessors", "shared_endpoint", "async", "aws_services"),
            },
            {**required("instance"), **without("serverless")},
        ),
        if_(
            {**with_value("mode", "serverless"), "required": ["mode", "scaling"]},
            {**required("serverless"), **section("serverless", required("provisioned_concurrency"))},
        ),
        if_(with_value("mode", "async"), without("shared_endpoint", "preprocessors"), without("async")),
        *(if_(_mode(mode), section("scaling", without(*_others(mode)))) for mode in TARGETS_BY_MODE),
    ]


def _mode(mode: str) -> Schema:
    if mode == "realtime":
        return {"anyOf": [without("mode"), with_value("mode", mode)]}
    return with_value("mode", mode)


def _others(mode: str) -> list[str]:
    return [target for target in TARGETS if target not in TARGETS_BY_MODE[mode]]


def _above_zero() -> Schema:
    entries = {"items": section("minimum", AT_LEAST_ONE)}
    return {"properties": {"minimum": AT_LEAST_ONE, "schedule": entries}}


def _shared() -> list[Schema]:
    gpu = {"properties": {"type": {"pattern": r"^ml\.[gp][0-9]"}}, "required": ["type"]}
    return [if_(required("shared_endpoint"), section("instance", {"not": gpu}))]
