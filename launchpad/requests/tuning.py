"""`CreateHyperParameterTuningJob`: the training job with some of its hyperparameters left to SageMaker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, Run, tags
from launchpad.requests.hyperparameters import encoded, hyperparameters
from launchpad.requests.resources import check_limits
from launchpad.requests.training import job_definition, training_section


def tuning_request(definition: Definition, environment: Environment, run: Run) -> Request:
    """The keyword arguments of `create_hyper_parameter_tuning_job`; `run.name` has at most 32 characters.

    Raises:
        RequestError: the workload doesn't tune, or an override can't be applied.
    """
    tuning = definition.get("tuning")
    if not tuning:
        raise RequestError(f"workload {definition['name']!r} has no `tuning` section")
    refuse_tuned(tuning, run.overrides)
    section = training_section(definition, run)
    instance = section["instance"]
    check_limits(instance["groups"] or [instance], environment, tuning["max_parallel_jobs"])
    fixed = {
        key: value for key, value in hyperparameters(section, environment, run).items() if key not in tuning["ranges"]
    }
    return {
        "HyperParameterTuningJobName": run.name,
        "HyperParameterTuningJobConfig": _search(tuning, section),
        "TrainingJobDefinition": {
            "StaticHyperParameters": fixed,
            **job_definition(section, definition, environment, run),
        },
        "Tags": tags(definition, environment),
        **_warm_start(tuning["warm_start"]),
    }


def refuse_tuned(tuning: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
    """Check that no override sets a hyperparameter that the tuning chooses.

    Raises:
        RequestError: one does.
    """
    for name in tuning["ranges"]:
        if f"hyperparameters.{name}" in overrides:
            raise RequestError(
                f"hyperparameters.{name}: the tuning chooses its values from tuning.ranges.{name};"
                " change that range, or set it in a single run (`launchpad run`)"
            )


def _search(tuning: Mapping[str, Any], section: Mapping[str, Any]) -> Request:
    return {
        "Strategy": tuning["strategy"],
        "HyperParameterTuningJobObjective": {
            "Type": tuning["objective"]["goal"],
            "MetricName": tuning["objective"]["metric"],
        },
        "ResourceLimits": _limits(tuning),
        "ParameterRanges": _ranges(tuning["ranges"], section),
        "TrainingJobEarlyStoppingType": "Auto" if tuning["early_stopping"] else "Off",
        **({} if tuning["seed"] is None else {"RandomSeed": tuning["seed"]}),
        **_hyperband(tuning["hyperband"]),
    }


def _limits(tuning: Mapping[str, Any]) -> Request:
    limits = {
        "MaxParallelTrainingJobs": tuning["max_parallel_jobs"],
        "MaxNumberOfTrainingJobs": tuning["max_jobs"],
        "MaxRuntimeInSeconds": tuning["max_runtime_minutes"] and tuning["max_runtime_minutes"] * 60,
    }
    return {key: value for key, value in limits.items() if value is not None}


def _ranges(ranges: Mapping[str, Mapping[str, Any]], section: Mapping[str, Any]) -> Request:
    by_type: dict[str, list[Request]] = {"continuous": [], "integer": [], "categorical": []}
    for name, range_ in sorted(ranges.items()):
        by_type[range_["type"]].append({"Name": name, **_bounds(range_, section)})
    return {f"{kind.capitalize()}ParameterRanges": parameters for kind, parameters in by_type.items() if parameters}


def _bounds(range_: Mapping[str, Any], section: Mapping[str, Any]) -> Request:
    if range_["type"] == "categorical":
        return {"Values": [encoded(section, value) for value in range_["values"]]}
    kind = int if range_["type"] == "integer" else float
    return {
        "MinValue": str(kind(range_["min"])),
        "MaxValue": str(kind(range_["max"])),
        "ScalingType": range_["scaling"],
    }


def _hyperband(settings: Mapping[str, Any] | None) -> Request:
    if not settings:
        return {}
    bounds = {"MinResource": settings["min_resource"], "MaxResource": settings["max_resource"]}
    return {"StrategyConfig": {"HyperbandStrategyConfig": bounds}}


def _warm_start(settings: Mapping[str, Any] | None) -> Request:
    if not settings:
        return {}
    parents = [{"HyperParameterTuningJobName": name} for name in settings["jobs"]]
    return {"WarmStartConfig": {"ParentHyperParameterTuningJobs": parents, "WarmStartType": settings["type"]}}
