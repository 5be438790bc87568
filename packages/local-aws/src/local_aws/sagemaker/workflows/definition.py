"""A pipeline's definition: read and checked as CreatePipeline does.

AWS's words are confirmed for unknown arguments, for JSON of another type and for values outside of an enumeration, as
users quote them. The others begin as AWS's do, and are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.numbers import decimal, whole
from local_aws.api.wire import read_json
from local_aws.sagemaker.workflows.arguments import check_arguments
from local_aws.sagemaker.workflows.conditions import condition_problem
from local_aws.sagemaker.workflows.definition_types import type_problem
from local_aws.sagemaker.workflows.expressions import referenced_steps
from local_aws.sagemaker.workflows.references import experiment_problem, reference_problem
from local_aws.sagemaker.workflows.step_policies import cache_problem, retry_problem
from local_aws.sagemaker.workflows.step_types import CALLBACK, CONDITION, FAIL, LAMBDA, OTHER_TYPES, STEP_TYPES

VERSION = "2020-12-01"
TOP_MEMBERS = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps"}
STEP_MEMBERS = {"Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description"}
JOB_MEMBERS = {"CacheConfig", "RetryPolicies"}
MORE_MEMBERS = {
    "Processing": {*JOB_MEMBERS, "PropertyFiles"},
    **{kind: JOB_MEMBERS for kind in STEP_TYPES if kind != "Processing"},
    LAMBDA: {"CacheConfig", "FunctionArn", "OutputParameters"},
    CALLBACK: {"CacheConfig", "SqsQueueUrl", "OutputParameters"},
}
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
MAX_STEPS, MAX_PARAMETERS = 50, 200
PARAMETER_TYPES: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
INSTEAD = (
    f"Use a Lambda or Callback step, or a step of one of the types {', '.join(sorted([*STEP_TYPES, CONDITION, FAIL]))}"
)


@dataclass(frozen=True)
class Step:
    """One step, with what it waits for."""

    name: str
    type: str
    definition: Mapping[str, Any]
    branch: tuple[str, bool] | None = None
    """The Condition step that it belongs to, and the outcome for which it runs."""

    @property
    def arguments(self) -> dict[str, Any]:
        """Its arguments, with expressions."""
        return dict(self.definition.get("Arguments") or {})

    @property
    def output_names(self) -> list[str]:
        """The outputs that a Lambda or Callback step declares."""
        return [output["OutputName"] for output in self.definition.get("OutputParameters") or ()]

    @property
    def property_files(self) -> dict[str, Mapping[str, str]]:
        """The property files that a Processing step declares, by their names."""
        return {file["PropertyFileName"]: file for file in self.definition.get("PropertyFiles") or ()}

    @property
    def waits_for(self) -> set[str]:
        """The steps that have to succeed first: named in DependsOn, by an expression, or its Condition step."""
        branch = {self.branch[0]} if self.branch else set()
        own = {key: part for key, part in self.definition.items() if key != "Arguments"}
        arguments = {key: part for key, part in self.arguments.items() if key not in ("IfSteps", "ElseSteps")}
        return {*(self.definition.get("DependsOn") or ()), *referenced_steps([own, arguments]), *branch}


@dataclass(frozen=True)
class Definition:
    """A whole definition."""

    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    experiment: dict[str, Any] | None = None
    steps: dict[str, Step] = field(default_factory=dict)


def parse(text: str) -> Definition:
    """Read a definition; raises `AwsError` for what AWS refuses, and for step types that are not there."""
    try:
        document = read_json(text)
    except ValueError as error:
        raise _refused(f"It is no JSON: {error}.") from error
    if not isinstance(document, dict):
        raise _refused("Expecting start of Json Object.")
    if unknown := sorted(document.keys() - TOP_MEMBERS):
        raise _refused(f"Unknown member '{unknown[0]}'.")
    if problem := type_problem(document):
        raise _refused(problem)
    if document.get("Version") != VERSION:
        raise _refused(f"Version '{document.get('Version')}' is not supported: it must be '{VERSION}'.")
    parameters = _parameters(document.get("Parameters") or [])
    steps = _steps(document.get("Steps"))
    definition = Definition(parameters, document.get("PipelineExperimentConfig"), steps)
    if problem := experiment_problem(parameters, definition.experiment):
        raise _refused(problem)
    for step in steps.values():
        _check_step(definition, step)
    _check_order(steps)
    return definition


def parameter_value(declared: Mapping[str, Any], text: str) -> Any:
    """The value that StartPipelineExecution's text stands for; raises `ValueError`."""
    kind = declared["Type"]
    if kind == "Boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if kind == "String":
        return text
    return whole(text) if kind == "Integer" else decimal(text)


def _refused(problem: str) -> AwsError:
    return validation_error(f"Unable to parse pipeline definition. {problem}")


def _parameters(declared: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    parameters: dict[str, dict[str, Any]] = {}
    for parameter in declared:
        name, kind = parameter.get("Name"), parameter.get("Type")
        if not isinstance(name, str) or name in parameters:
            raise _refused(f"Parameter names must be unique texts, which '{name}' is not.")
        if kind not in PARAMETER_TYPES:
            raise _refused(f"Parameter '{name}' has the unknown type '{kind}'.")
        if unknown := sorted(parameter.keys() - {"Name", "Type", "DefaultValue", "EnumValues"}):
            raise _refused(f"Unknown Parameter member '{unknown[0]}'.")
        default, allowed = parameter.get("DefaultValue"), parameter.get("EnumValues")
        if default is not None and not _fits(kind, default):
            raise _refused(f"The default value of parameter '{name}' is no {kind}.")
        if any(not _fits(kind, choice) for choice in allowed or ()):
            raise _refused(f"An enum value of parameter '{name}' is no {kind}.")
        if allowed is not None and default is not None and default not in allowed:
            raise _refused(f"The default value of parameter '{name}' is not in its enum values.")
        parameters[name] = parameter
    if len(parameters) > MAX_PARAMETERS:
        raise _refused(f"It has {len(parameters)} parameters, and {MAX_PARAMETERS} at most are allowed.")
    return parameters


def _fits(kind: str, value: Any) -> bool:
    return isinstance(value, PARAMETER_TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))


def _steps(listed: Any) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for step in _listed(listed, None):
        if step.name in steps:
            raise _refused(f"Step names must be unique, and there are several steps with the name '{step.name}'.")
        steps[step.name] = step
    if not steps:
        raise _refused("A pipeline needs at least one step.")
    if len(steps) > MAX_STEPS:
        raise _refused(f"It has {len(steps)} steps, and {MAX_STEPS} at most are allowed.")
    return steps


def _listed(listed: Any, branch: tuple[str, bool] | None) -> Iterator[Step]:
    if not isinstance(listed, list):
        raise _refused("Expecting start of Json Array.")
    for definition in listed:
        name, kind = definition.get("Name"), definition.get("Type")
        if not isinstance(name, str) or not STEP_NAME.fullmatch(name):
            raise _refused(f"Step name '{name}' must match {STEP_NAME.pattern}.")
        if kind not in STEP_TYPES and kind not in OTHER_TYPES:
            raise not_implemented(f"pipeline steps of type {kind} (step {name}). {INSTEAD}")
        if kind == CONDITION and branch:
            raise _refused(f"Condition step '{name}' is nested in Condition step '{branch[0]}'.")
        yield Step(name, str(kind), definition, branch)
        if kind == CONDITION and isinstance(arguments := definition.get("Arguments"), dict):
            yield from _listed(arguments.get("IfSteps") or [], (name, True))
            yield from _listed(arguments.get("ElseSteps") or [], (name, False))


def _check_step(definition: Definition, step: Step) -> None:
    if unknown := sorted(step.definition.keys() - STEP_MEMBERS - MORE_MEMBERS.get(step.type, set())):
        raise _refused(f"Unknown member '{unknown[0]}' of step '{step.name}'.")
    if not isinstance(step.definition.get("Arguments", {}), dict):
        raise _refused("Expecting start of Json Object.")
    if problem := _own_problem(step) or reference_problem(definition.parameters, definition.steps, step):
        raise _refused(problem)


def _own_problem(step: Step) -> str | None:
    """What is wrong with a step by itself, or None."""
    if step.type == CONDITION:
        conditions = step.arguments.get("Conditions")
        if not isinstance(conditions, list) or not conditions:
            return "Expecting start of Json Array."
        return next((problem for part in conditions if (problem := condition_problem(part))), None)
    if step.type == FAIL:
        unknown = sorted(step.arguments.keys() - {"ErrorMessage"})
        return f"Unknown Argument member '{unknown[0]}'." if unknown else None
    target_member = {LAMBDA: "FunctionArn", CALLBACK: "SqsQueueUrl"}.get(step.type)
    if target_member and not step.definition.get(target_member):
        return f"Step '{step.name}' of type {step.type} lacks {target_member}."
    if step.type in STEP_TYPES and (problem := check_arguments(STEP_TYPES[step.type], step.arguments)):
        return problem
    if problem := _file_problem(step):
        return problem
    return cache_problem(step.type, step.definition.get("CacheConfig")) or retry_problem(step.definition)


def _file_problem(step: Step) -> str | None:
    """Property files have different names, and are in outputs of the job."""
    files = step.definition.get("PropertyFiles") or ()
    if len(step.property_files) < len(files):
        return f"Step '{step.name}' has several property files with the same name."
    outputs = (step.arguments.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    names = [output["OutputName"] for output in outputs]
    for file in files:
        if file["OutputName"] not in names and all(isinstance(name, str) for name in names):
            return f"Property file '{file['PropertyFileName']}' names no output of step '{step.name}'."
    return None


def _check_order(steps: Mapping[str, Step]) -> None:
    """Raise for a step that waits for itself, at whatever distance."""
    waiting = {name: step.waits_for & steps.keys() for name, step in steps.items()}
    while ready := [name for name, others in waiting.items() if not others & waiting.keys()]:
        for name in ready:
            del waiting[name]
    if waiting:
        raise _refused(f"The steps {', '.join(sorted(waiting))} wait for each other in a cycle.")
