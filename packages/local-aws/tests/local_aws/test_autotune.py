"""Autotune chooses a range from the example value of a hyperparameter, as the developer guide shows it."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.api.errors import AwsError
from local_aws.sagemaker.tuning_autotune import autotuned

ENABLED = {"Autotune": {"Mode": "Enabled"}}


def tuning(*hints: tuple[str, str], **members: Any) -> dict[str, Any]:
    """A request with hints, and what else it has."""
    parameters = [{"Name": name, "ValueHint": hint} for name, hint in hints]
    config = {"Strategy": "Bayesian", "ParameterRanges": {"AutoParameters": parameters}}
    return {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": {}, **members}


def ranges(*hints: tuple[str, str]) -> dict[str, Any]:
    return dict(autotuned(tuning(*hints, **ENABLED))["HyperParameterTuningJobConfig"]["ParameterRanges"])


@pytest.mark.parametrize(
    ("hint", "member", "low", "high"),
    [
        ("4", "IntegerParameterRanges", "2", "8"),  # AWS's example
        ("1", "IntegerParameterRanges", "1", "2"),
        ("-4", "IntegerParameterRanges", "-8", "-2"),
        ("0.5", "ContinuousParameterRanges", "0.25", "1.0"),
        ("4.0", "ContinuousParameterRanges", "2.0", "8.0"),
    ],
)
def test_a_number_gives_a_range_around_it(hint, member, low, high):
    assert ranges(("x", hint)) == {member: [{"Name": "x", "MinValue": low, "MaxValue": high}]}


@pytest.mark.parametrize(
    "hint", [("kind", "line"), ("zero", "0"), ("sagemaker_container_log_level", "20"), ("n", "nan")]
)
def test_what_is_not_eligible_keeps_its_value(hint):
    request = autotuned(tuning(hint, ("depth", "4"), **ENABLED))
    assert request["TrainingJobDefinition"]["StaticHyperParameters"] == dict([hint])
    assert list(request["HyperParameterTuningJobConfig"]["ParameterRanges"]) == ["IntegerParameterRanges"]


def test_hints_without_autotune_are_refused():
    with pytest.raises(AwsError, match="need Autotune with Mode Enabled"):
        autotuned(tuning(("depth", "4")))


def test_early_stopping_is_on_unless_the_request_says_otherwise():
    request = tuning(("depth", "4"), **ENABLED)
    assert autotuned(request)["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Auto"
    request["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] = "Off"
    assert autotuned(request)["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"


def test_each_of_several_definitions_has_its_own_hints():
    definition = {"HyperParameterRanges": {"AutoParameters": [{"Name": "depth", "ValueHint": "4"}]}}
    request = {
        "HyperParameterTuningJobConfig": {"Strategy": "Random"},
        "TrainingJobDefinitions": [definition],
        **ENABLED,
    }
    (chosen,) = autotuned(request)["TrainingJobDefinitions"]
    assert chosen["HyperParameterRanges"] == {
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "8"}]
    }
