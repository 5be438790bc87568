"""CreateHyperParameterTuningJob's definitions, each with its objective, ranges and training request."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.numbers import is_digits
from local_aws.sagemaker.builtin_metrics import (
    TUNING_METRIC,
    check_objective,
    with_metric_definitions,
    without_metric_definitions,
)
from local_aws.sagemaker.tuning_space import Parameter, parameters

Request = dict[str, Any]
EPOCH_NAMES = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Static hyperparameters from which Hyperband infers its MaxResource, as the API documents."""
COPIED = (
    *("RoleArn", "InputDataConfig", "VpcConfig", "OutputDataConfig", "StoppingCondition"),
    *("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"),
    *("RetryStrategy", "Environment"),
)
"""Members that a definition's training jobs have unchanged."""
DEFAULT_JOBS = 100
"""Training jobs if the request's ResourceLimits have no number: a laptop should not be busy for days."""


@dataclass(frozen=True)
class Definition:
    """One kind of training job in a tuning job."""

    name: str | None
    given: Request
    objective: str
    maximize: bool
    space: tuple[Parameter, ...]

    def training_request(self, job: str, tuned: dict[str, str], tags: list[Request]) -> Request:
        """The CreateTrainingJob request of one job."""
        static = self.given.get("StaticHyperParameters", {})
        checkpoints = dict(self.given.get("CheckpointConfig", {}))
        if checkpoints:  # otherwise the jobs of a tuning job would continue from each other's
            checkpoints["S3Uri"] = f"{checkpoints['S3Uri'].rstrip('/')}/{job}"
        return {
            **{name: self.given[name] for name in COPIED if name in self.given},
            "AlgorithmSpecification": without_metric_definitions(self.given["AlgorithmSpecification"]),
            "TrainingJobName": job,
            "HyperParameters": {**static, **tuned, TUNING_METRIC: self.objective},
            "ResourceConfig": _resources(self.given),
            "Tags": tags,
            **({"CheckpointConfig": checkpoints} if checkpoints else {}),
        }

    @property
    def label(self) -> Request:
        """TrainingJobDefinitionName, if the definition has one."""
        return {"TrainingJobDefinitionName": self.name} if self.name else {}


def definitions(request: Request) -> list[Definition]:
    """The definitions of a request. Raises `AwsError` if one can't be tuned."""
    config = request["HyperParameterTuningJobConfig"]
    requests = request.get("TrainingJobDefinitions") or [request.get("TrainingJobDefinition")]
    if None in requests:
        raise validation_error("A tuning job needs a TrainingJobDefinition, or TrainingJobDefinitions.")
    if config.get("TuningJobCompletionCriteria", {}).get("ConvergenceDetected"):
        raise not_implemented("TuningJobCompletionCriteria.ConvergenceDetected: name BestObjectiveNotImproving")
    result = [_definition(config, item) for item in requests]
    names = [item.name for item in result]
    if len(result) > 1 and (None in names or len(names) != len(set(names))):
        raise validation_error("Each of several TrainingJobDefinitions needs a DefinitionName of its own.")
    return result


def check_request(request: Request, check_training: Callable[[Request], None]) -> None:
    """Raise `AwsError` if the job can't be run as requested; ``check_training`` checks a training request."""
    config = request["HyperParameterTuningJobConfig"]
    all_definitions = definitions(request)
    for definition in all_definitions:
        check_training(definition.training_request("sample-001-00000000", {}, []))
    if config["Strategy"] == "Grid":
        _check_grid(all_definitions, config["ResourceLimits"])
    if config["Strategy"] == "Hyperband":
        if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
            raise validation_error("TrainingJobEarlyStoppingType must be Off with the Hyperband strategy.")
        for definition in all_definitions:
            hyperband(config, definition)


def hyperband(config: Request, definition: Definition) -> Request | None:
    """MinResource and MaxResource of the Hyperband strategy. Raises `AwsError` if MaxResource can't be inferred."""
    if config["Strategy"] != "Hyperband":
        return None
    settings = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    static = definition.given.get("StaticHyperParameters", {})
    inferred = (static[name].strip('"') for name in EPOCH_NAMES if name in static)
    longest = settings.get("MaxResource") or next((int(text) for text in inferred if is_digits(text)), None)
    if longest is None:
        names = ", ".join(EPOCH_NAMES)
        raise validation_error(f"Hyperband needs MaxResource in HyperbandStrategyConfig, or a static {names}.")
    return {"MinResource": settings.get("MinResource", 1), "MaxResource": longest}


def job_limit(config: Request, all_definitions: list[Definition]) -> int:
    """How many training jobs the tuning job may run."""
    if config["Strategy"] == "Grid":
        return _grid_size(all_definitions)
    return int(config["ResourceLimits"].get("MaxNumberOfTrainingJobs", DEFAULT_JOBS))


def with_objectives(request: Request, details: Request) -> Request:
    """Describe's response, whose definitions have the objective's name among their static hyperparameters."""
    described = []
    for definition in definitions(request):
        static = {**definition.given.get("StaticHyperParameters", {}), TUNING_METRIC: definition.objective}
        algorithm = with_metric_definitions(definition.given["AlgorithmSpecification"], static)
        described.append({**definition.given, "AlgorithmSpecification": algorithm, "StaticHyperParameters": static})
    if "TrainingJobDefinitions" in details:
        return {**details, "TrainingJobDefinitions": described}
    return {**details, "TrainingJobDefinition": described[0]}


def _definition(config: Request, request: Request) -> Definition:
    objective = request.get("TuningObjective") or config.get("HyperParameterTuningJobObjective")
    if objective is None:
        raise validation_error(
            "A tuning job needs HyperParameterTuningJobObjective, or TuningObjective per definition."
        )
    ranges = request.get("HyperParameterRanges") or config.get("ParameterRanges", {})
    space = parameters(ranges)
    if not space:
        raise validation_error("A tuning job needs at least one range in ParameterRanges.")
    static = request.get("StaticHyperParameters", {})
    twice = sorted(item.name for item in space if item.name in static)
    if twice:
        raise validation_error(f"Hyperparameters must not be static and have a range: {', '.join(twice)}.")
    check_objective(request["AlgorithmSpecification"], objective)
    return Definition(
        request.get("DefinitionName"), request, objective["MetricName"], objective["Type"] == "Maximize", tuple(space)
    )


def _check_grid(all_definitions: list[Definition], limits: Request) -> None:
    if any(parameter.kind != "Categorical" for definition in all_definitions for parameter in definition.space):
        raise validation_error("The Grid strategy takes CategoricalParameterRanges only.")
    size, limit = _grid_size(all_definitions), limits.get("MaxNumberOfTrainingJobs")
    if limit is not None and limit != size:
        requirement = f"{size} with these ranges and the Grid strategy, or be left out"
        raise validation_error(f"MaxNumberOfTrainingJobs must be {requirement}: got {limit}.")


def _grid_size(all_definitions: list[Definition]) -> int:
    return sum(math.prod(len(parameter.values) for parameter in definition.space) for definition in all_definitions)


def _resources(request: Request) -> Request:
    if "ResourceConfig" in request:
        return dict(request["ResourceConfig"])
    config = dict(request.get("HyperParameterTuningResourceConfig", {}))
    chosen = (config.get("InstanceConfigs") or [config])[0]
    names = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
    key = {"VolumeKmsKeyId": config["VolumeKmsKeyId"]} if "VolumeKmsKeyId" in config else {}
    return {**{name: chosen[name] for name in names if name in chosen}, **key}
