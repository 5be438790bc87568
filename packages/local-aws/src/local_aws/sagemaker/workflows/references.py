"""Whether what a step refers to exists: parameters, steps, their properties and files, and variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.sagemaker.workflows.expressions import EXECUTION_VARIABLES, path_parts, references
from local_aws.sagemaker.workflows.step_types import CALLBACK, CONDITION, LAMBDA, STEP_TYPES

if TYPE_CHECKING:
    from local_aws.sagemaker.workflows.definition import Step

TRAINING_JOBS = "TrainingJobSummaries"
"""A tuning step has those of ListTrainingJobsForHyperParameterTuningJob too."""


def reference_problem(parameters: Mapping[str, Any], steps: Mapping[str, Step], step: Step) -> str | None:
    """The first reference of a step to what is not there, or None."""
    for name in step.definition.get("DependsOn") or ():
        if name not in steps:
            return f"Step '{step.name}' depends on step '{name}', which does not exist."
    own = {key: part for key, part in step.definition.items() if key != "Arguments"}
    arguments = {key: part for key, part in step.arguments.items() if key not in ("IfSteps", "ElseSteps")}
    problems = (_problem(parameters, steps, path) for path in references([own, arguments]))
    return next((f"Step '{step.name}': {problem}" for problem in problems if problem), None)


def experiment_problem(parameters: Mapping[str, Any], experiment: Mapping[str, Any] | None) -> str | None:
    """The first reference of PipelineExperimentConfig to what has no value before the first step, or None."""
    for path in references(experiment):
        if path_parts(path)[0] not in ("Parameters", "Execution"):
            return f"PipelineExperimentConfig can't refer to '{path}'."
        if problem := _problem(parameters, {}, path):
            return f"PipelineExperimentConfig: {problem}"
    return None


def _problem(parameters: Mapping[str, Any], steps: Mapping[str, Step], path: str) -> str | None:
    try:
        parts = path_parts(path)
    except ValueError as error:
        return f"{error}."
    room, rest = parts[0], [str(part) for part in parts[1:]]
    if room == "Parameters" and len(rest) == 1:
        return None if rest[0] in parameters else f"Parameter '{rest[0]}' is not defined."
    if room == "Execution" and len(rest) == 1:
        return None if rest[0] in EXECUTION_VARIABLES else f"Execution variable '{rest[0]}' is unknown."
    if room == "PipelineExperimentConfig" and rest in (["ExperimentName"], ["TrialName"]):
        return None
    if room != "Steps" or len(parts) < 3:
        return f"Reference '{path}' is invalid."
    target = steps.get(rest[0])
    if target is None:
        return f"Reference '{path}' names step '{rest[0]}', which does not exist."
    return _property_problem(target, parts[2:], path)


def _property_problem(target: Step, parts: list[str | int], path: str) -> str | None:
    if parts[0] == "PropertyFiles":
        return (
            None
            if parts[1:] and parts[1] in target.property_files
            else f"Reference '{path}' names no property file of the step."
        )
    if parts[0] == "OutputParameters" and target.type in (LAMBDA, CALLBACK):
        return (
            None
            if parts[1:] and parts[1] in target.output_names
            else f"Reference '{path}' names no output of the step."
        )
    if target.type == CONDITION and parts == ["Outcome"]:
        return None
    kind = STEP_TYPES.get(target.type)
    is_property = kind is not None and (parts[0] == TRAINING_JOBS or _exists(kind.properties, parts))
    return None if is_property else f"Reference '{path}' is no property of a {target.type} step."


def _exists(shape: Shape, parts: list[str | int]) -> bool:
    for part in parts:
        if isinstance(shape, ListShape):
            shape = shape.member
        elif isinstance(shape, MapShape):
            shape = shape.value
        elif isinstance(shape, StructureShape) and part in shape.members:
            shape = shape.members[str(part)]
        else:
            return False
    return True
