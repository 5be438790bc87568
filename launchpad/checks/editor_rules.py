"""What the models check with code, as JSON Schema: rules about several keys of a section, and known names.

A rule is added to the schema of the model that it is called after. What needs other files, other sections' values or
arithmetic isn't here: an editor can't know it, `launchpad validate` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from launchpad.images import image_lock
from launchpad.workload.image import FRAMEWORKS
from launchpad.workload.processing import METRICS_OUTPUT
from launchpad.workload.schema import SERVES_WITHOUT_SCRIPT, WITHOUT_TORCH
from launchpad.workload.training import LONGEST_HYPERPARAMETER, RESERVED_CHANNELS, RESERVED_HYPERPARAMETERS

Schema = dict[str, Any]


def _required(*keys: str) -> Schema:
    return {"required": list(keys)}


def _one_of(*keys: str) -> Schema:
    return {"oneOf": [_required(key) for key in keys]}


def _with(key: str, value: Any) -> Schema:
    """The key is there and has this value."""
    return {"properties": {key: {"const": value}}, "required": [key]}


def _if(condition: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    return {"if": condition, "then": then, **({"else": otherwise} if otherwise else {})}


def _not_both(first: str, second: str) -> Schema:
    return {"not": _required(first, second)}


def _names_but(*names: str) -> Schema:
    return {"propertyNames": {"not": {"enum": list(names)}}}


def _section(name: str, rule: Schema) -> Schema:
    return {"properties": {name: rule}}


def rules() -> dict[str, list[Schema]]:
    """The rules of each model of the workload's schema, by the model's name."""
    return {
        "Image": [
            _one_of("framework", "container", "algorithm", "uri"),
            {"dependentSchemas": {"version": {"anyOf": [_required("framework"), _required("algorithm")]}}},
            *_known_versions(),
        ],
        "Training": [
            _section("channels", _names_but(*RESERVED_CHANNELS)),
            _section("hyperparameters", {"propertyNames": {"not": {"pattern": f"^{RESERVED_HYPERPARAMETERS}"}}}),
            _section("hyperparameters", {"additionalProperties": {"maxLength": LONGEST_HYPERPARAMETER - len('""')}}),
            _if(_required("spot"), {"not": _required("keep_alive_minutes")}),
        ],
        "TrainingInstance": [_one_of("type", "groups")],
        "Channel": [
            _one_of("prefix", "uri"),
            _if(_required("compression"), _with("mode", "Pipe")),
            _if(_required("attributes"), {"not": _with("mode", "FastFile")}),
        ],
        "Distribution": [{"oneOf": [_with("torchrun", True), _required("mpi")]}],
        "EarlierModel": [_one_of("model_data", "training_job", "model_package")],
        "ProcessingInput": [_one_of("prefix", "uri", "model")],
        "Evaluation": [
            _required("inputs"),
            _section("inputs", {"minProperties": 1}),
            _section("outputs", _names_but(METRICS_OUTPUT)),
        ],
        "TransformInput": [_one_of("prefix", "uri")],
        "Transform": [
            _if(
                {**_section("filters", _with("join_input", True)), **_required("filters")},
                {**_required("assemble"), **_section("input", _required("split"))},
            )
        ],
        "QualityGate": [_one_of("at_least", "at_most")],
        "Range": [
            _if(
                _with("type", "categorical"),
                {
                    "required": ["values"],
                    "not": {"anyOf": [_required("min"), _required("max")]},
                    **_section("values", {"minItems": 1}),
                },
                {"required": ["min", "max"], "not": _required("values")},
            ),
            _if(_with("type", "integer"), {"properties": {key: {"multipleOf": 1} for key in ("min", "max")}}),
            _if(_with("scaling", "Logarithmic"), _section("min", {"exclusiveMinimum": 0})),
        ],
        "Tuning": [
            _if(
                _with("strategy", "Grid"),
                _section("ranges", {"additionalProperties": _with("type", "categorical")}),
                _required("max_jobs"),
            ),
            _if(
                _with("strategy", "Hyperband"),
                {**_required("hyperband", "early_stopping"), **_section("early_stopping", {"const": False})},
                {"not": _required("hyperband")},
            ),
        ],
        "Workload": [
            {"dependentRequired": {"tuning": ["training"], "transform": ["serving"]}},
            *(_scripts_for_frameworks(section) for section in ("training", "prepare", "evaluate")),
            _if(
                {**_required("image"), **_section("image", _needing_a_script())},
                _section("serving", _unless_own_image(_required("entry_point"))),
            ),
            _if(_section("image", _without_torch()), _section("training", _unless_own_image(_no_torchrun()))),
            _section("spark", _required("entry_point")),
        ],
    }


def _known_versions() -> Iterator[Schema]:
    versions = image_lock.versions_by_name()
    yield _section("algorithm", {"enum": [None, *_algorithms(versions)]})
    for key, names in (("framework", FRAMEWORKS), ("algorithm", _algorithms(versions))):
        for name in names:
            yield _if(_with(key, name), _section("version", {"enum": [None, *versions[name]]}))


def _algorithms(names: Iterable[str]) -> list[str]:
    """AWS publishes XGBoost as one image, which is a framework and an algorithm."""
    return sorted(name for name in names if name not in FRAMEWORKS or name == "xgboost")


def _unless_own_image(rule: Schema) -> Schema:
    return _if({"not": _required("image")}, rule)


def _scripts_for_frameworks(section: str) -> Schema:
    return _if(
        _section("image", _required("framework")), _section(section, _unless_own_image(_required("entry_point")))
    )


def _needing_a_script() -> Schema:
    names = [name for name in FRAMEWORKS if name not in SERVES_WITHOUT_SCRIPT]
    return {**_required("framework"), **_section("framework", {"enum": names})}


def _without_torch() -> Schema:
    return {
        "anyOf": [
            _required("algorithm"),
            {**_section("framework", {"enum": list(WITHOUT_TORCH)}), **_required("framework")},
        ]
    }


def _no_torchrun() -> Schema:
    return _section("distribution", {"not": _with("torchrun", True)})
