"""What the models check with code, as JSON Schema: rules about several keys of a section, and known names.

A rule is added to the schema of the model that it is called after. What needs other files, other sections' values or
arithmetic isn't here: an editor can't know it, `launchpad validate` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from launchpad.checks.monitoring_rules import monitoring_rules
from launchpad.checks.schema_parts import (
    Schema,
    if_,
    names_but,
    one_of,
    required,
    section,
    services_are_reached,
    with_value,
)
from launchpad.checks.serving_rules import serving_rules
from launchpad.images import image_lock
from launchpad.requests.capture import FOLDER as CAPTURED
from launchpad.workload.image import FRAMEWORKS
from launchpad.workload.processing import METRICS_OUTPUT
from launchpad.workload.schema import SERVES_WITHOUT_SCRIPT, WITHOUT_TORCH
from launchpad.workload.training import LONGEST_HYPERPARAMETER, RESERVED_CHANNELS, RESERVED_HYPERPARAMETERS


def rules() -> dict[str, list[Schema]]:
    """The rules of each model of the schemas, by the model's name."""
    return {
        "Image": [
            one_of("framework", "container", "algorithm", "uri"),
            {"dependentSchemas": {"version": {"anyOf": [required("framework"), required("algorithm")]}}},
            *_known_versions(),
        ],
        "Training": [
            section("channels", names_but(*RESERVED_CHANNELS)),
            section("hyperparameters", {"propertyNames": {"not": {"pattern": f"^{RESERVED_HYPERPARAMETERS}"}}}),
            section("hyperparameters", {"additionalProperties": {"maxLength": LONGEST_HYPERPARAMETER - len('""')}}),
            if_(required("spot"), {"not": required("keep_alive_minutes")}),
            services_are_reached(),
        ],
        "Processing": [services_are_reached()],
        "TrainingInstance": [one_of("type", "groups")],
        "Channel": [
            one_of("prefix", "uri"),
            if_(required("compression"), with_value("mode", "Pipe")),
            if_(required("attributes"), {"not": with_value("mode", "FastFile")}),
        ],
        "Distribution": [{"oneOf": [with_value("torchrun", True), required("mpi")]}],
        "EarlierModel": [one_of("model_data", "training_job", "model_package")],
        "ProcessingInput": [one_of("prefix", "uri", "model")],
        "Evaluation": [
            services_are_reached(),
            required("inputs"),
            section("inputs", {"minProperties": 1}),
            section("outputs", names_but(METRICS_OUTPUT)),
        ],
        "TransformInput": [one_of("prefix", "uri")],
        "Transform": [
            if_(
                {**section("filters", with_value("join_input", True)), **required("filters")},
                {**required("assemble"), **section("input", required("split"))},
            )
        ],
        **serving_rules(),
        **monitoring_rules(),
        "QualityGate": [one_of("at_least", "at_most")],
        "Range": [
            if_(
                with_value("type", "categorical"),
                {
                    "required": ["values"],
                    "not": {"anyOf": [required("min"), required("max")]},
                    **section("values", {"minItems": 1}),
                },
                {"required": ["min", "max"], "not": required("values")},
            ),
            if_(with_value("type", "integer"), {"properties": {key: {"multipleOf": 1} for key in ("min", "max")}}),
            if_(with_value("scaling", "Logarithmic"), section("min", {"exclusiveMinimum": 0})),
        ],
        "Tuning": [
            if_(
                with_value("strategy", "Grid"),
                section("ranges", {"additionalProperties": with_value("type", "categorical")}),
                required("max_jobs"),
            ),
            if_(
                with_value("strategy", "Hyperband"),
                {**required("hyperband", "early_stopping"), **section("early_stopping", {"const": False})},
                {"not": required("hyperband")},
            ),
        ],
        "Workload": [
            {
                "dependentRequired": {
                    "tuning": ["training"],
                    "transform": ["serving"],
                    "monitoring": ["serving", "training"],
                }
            },
            *(_scripts_for_frameworks(kind) for kind in ("training", "prepare", "evaluate")),
            if_(
                {**required("image"), **section("image", _needing_a_script())},
                section("serving", _unless_own_image(required("entry_point"))),
            ),
            if_(section("image", _without_torch()), section("training", _unless_own_image(_no_torchrun()))),
            section("spark", required("entry_point")),
            section("name", {"not": {"const": CAPTURED}}),
        ],
    }


def _known_versions() -> Iterator[Schema]:
    versions = image_lock.versions_by_name()
    yield section("algorithm", {"enum": [None, *_algorithms(versions)]})
    for key, names in (("framework", FRAMEWORKS), ("algorithm", _algorithms(versions))):
        for name in names:
            yield if_(with_value(key, name), section("version", {"enum": [None, *versions[name]]}))


def _algorithms(names: Iterable[str]) -> list[str]:
    """AWS publishes XGBoost as one image, which is a framework and an algorithm."""
    return sorted(name for name in names if name not in FRAMEWORKS or name == "xgboost")


def _unless_own_image(rule: Schema) -> Schema:
    return if_({"not": required("image")}, rule)


def _scripts_for_frameworks(kind: str) -> Schema:
    return if_(section("image", required("framework")), section(kind, _unless_own_image(required("entry_point"))))


def _needing_a_script() -> Schema:
    names = [name for name in FRAMEWORKS if name not in SERVES_WITHOUT_SCRIPT]
    return {**required("framework"), **section("framework", {"enum": names})}


def _without_torch() -> Schema:
    return {
        "anyOf": [
            required("algorithm"),
            {**section("framework", {"enum": list(WITHOUT_TORCH)}), **required("framework")},
        ]
    }


def _no_torchrun() -> Schema:
    return section("distribution", {"not": with_value("torchrun", True)})
