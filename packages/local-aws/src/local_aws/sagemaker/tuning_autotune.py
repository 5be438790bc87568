"""Autotune: ranges for the hyperparameters in AutoParameters, chosen from an example value of each.

By "Define Hyperparameter Ranges" in the developer guide, eligible hyperparameters move to the fitting type of range, as
Describe shows, and early stopping is on by default. Its only example makes 2 to 8 of the hint 4, so a range goes from
half of the hint to its double. What is not eligible is not documented: here it is text, zero, and SageMaker's own
hyperparameters, which keep the hint as their value, because the SDK sends all hyperparameters as AutoParameters.
"""

from __future__ import annotations

import math
from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.numbers import decimal_or_none

Request = dict[str, Any]
OWN_PREFIX = "sagemaker_"
"""Begins the names of the hyperparameters that AWS's training toolkits read."""
DISABLED = "AutoParameters need Autotune with Mode Enabled: add it, or name a range for each hyperparameter."


def autotuned(request: Request) -> Request:
    """The request with ranges in place of AutoParameters. Raises `AwsError` for AutoParameters without Autotune."""
    config = request["HyperParameterTuningJobConfig"]
    result = dict(request)
    if "Autotune" in request and config["Strategy"] != "Hyperband":  # which stops jobs early in its own way
        config = {"TrainingJobEarlyStoppingType": "Auto", **config}
    static: dict[str, str] = {}
    if hints := config.get("ParameterRanges", {}).get("AutoParameters"):
        ranges, static = _chosen(config["ParameterRanges"], hints, request)
        config = {**config, "ParameterRanges": ranges}
    if "TrainingJobDefinition" in request:
        result["TrainingJobDefinition"] = _definition(request["TrainingJobDefinition"], static, request)
    if "TrainingJobDefinitions" in request:
        definitions = request["TrainingJobDefinitions"]
        result["TrainingJobDefinitions"] = [_definition(definition, static, request) for definition in definitions]
    return {**result, "HyperParameterTuningJobConfig": config}


def _definition(definition: Request, static: dict[str, str], request: Request) -> Request:
    """A training job definition, whose separate ranges are chosen too."""
    ranges = definition.get("HyperParameterRanges", {})
    own: dict[str, str] = {}
    if hints := ranges.get("AutoParameters"):
        ranges, own = _chosen(ranges, hints, request)
        definition = {**definition, "HyperParameterRanges": ranges}
    if not static and not own:
        return definition
    return {**definition, "StaticHyperParameters": {**static, **own, **definition.get("StaticHyperParameters", {})}}


def _chosen(ranges: Request, hints: list[Request], request: Request) -> tuple[Request, dict[str, str]]:
    """The ranges with those of the hints, and the values of hyperparameters that are not eligible."""
    if "Autotune" not in request:
        raise validation_error(DISABLED)
    chosen = {name: list(items) for name, items in ranges.items() if name != "AutoParameters"}
    static = {}
    for hint in hints:
        name, text = hint["Name"], hint["ValueHint"]
        number = decimal_or_none(text)
        if not number or name.startswith(OWN_PREFIX):
            static[name] = text
            continue
        whole = number % 1 == 0 and not set(text) & set(".eE")
        low, high = sorted((number / 2, number * 2))
        if whole:
            low, high = math.ceil(low), math.ceil(high)
        ends = {"MinValue": str(low), "MaxValue": str(high)}
        member = "IntegerParameterRanges" if whole else "ContinuousParameterRanges"
        chosen.setdefault(member, []).append({"Name": name, **ends})
    return chosen, static
