"""The JSON types of a definition: one walk over all of it, before anything in it is looked up.

A member that is null counts as absent. Members that are not here are left to the checks of their kind of step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.workflows.arguments import ARRAY, OBJECT
from local_aws.sagemaker.workflows.expressions import expression_problems, is_expression, is_plain
from local_aws.sagemaker.workflows.step_types import CONDITION, FAIL


@dataclass(frozen=True)
class _Members:
    """An object: the types of its members, those that it must have, and what it is called if it can't have others."""

    types: Mapping[str, _Type]
    required: tuple[str, ...] = ()
    closed: str | None = None


_Type = Callable[[Any], bool] | tuple[Any] | _Members
"""A test of a single value, the type of a list's items, or an object."""


def _text(part: Any) -> bool:
    return isinstance(part, str)


def _text_or_expression(part: Any) -> bool:
    return isinstance(part, str) or is_expression(part)


EXPERIMENT = _Members(
    {"ExperimentName": _text_or_expression, "TrialName": _text_or_expression}, closed="PipelineExperimentConfig"
)
FILE = _Members(
    dict.fromkeys(("PropertyFileName", "OutputName", "FilePath"), _text),
    required=("PropertyFileName", "OutputName", "FilePath"),
    closed="PropertyFile",
)
OUTPUT = _Members({"OutputName": _text, "OutputType": _text}, required=("OutputName",), closed="OutputParameter")
STEP = _Members(
    {
        "Name": _text,
        "Type": _text,
        "DependsOn": (_text,),
        "DisplayName": _text,
        "Description": _text,
        "CacheConfig": _Members({}),
        "RetryPolicies": (_Members({}),),
        "PropertyFiles": (FILE,),
        "OutputParameters": (OUTPUT,),
        "FunctionArn": _text_or_expression,
        "SqsQueueUrl": _text_or_expression,
        "Arguments": _Members({}),
    }
)
ARGUMENTS = {
    CONDITION: _Members({"Conditions": (_Members({}),), "IfSteps": (STEP,), "ElseSteps": (STEP,)}, closed="Argument"),
    FAIL: _Members({"ErrorMessage": lambda part: is_plain(part) or is_expression(part)}, closed="Argument"),
}
DEFINITION = _Members(
    {
        "Parameters": (_Members({"Name": _text, "Type": _text, "EnumValues": (is_plain,)}),),
        "PipelineExperimentConfig": EXPERIMENT,
        "Steps": (STEP,),
    }
)


def type_problem(document: Any) -> str | None:
    """The first value of another type than its member has, or the first malformed expression; None if all is well."""
    return next(_problems(DEFINITION, document, "The definition"), None)


def _problems(expected: _Type, part: Any, name: str) -> Iterator[str]:
    if isinstance(expected, _Members):
        yield from _member_problems(expected, part) if isinstance(part, dict) else (OBJECT,)
    elif not isinstance(expected, tuple):
        if not expected(part):
            yield f"Member '{name}' has a value of the wrong type: {part!r}."
    elif not isinstance(part, list):
        yield ARRAY
    else:
        for entry in part:
            yield from _problems(expected[0], entry, name)


def _member_problems(expected: _Members, members: dict[str, Any]) -> Iterator[str]:
    if expected.closed and (unknown := sorted(members.keys() - expected.types.keys())):
        yield f"Unknown {expected.closed} member '{unknown[0]}'."
    if missing := [name for name in expected.required if members.get(name) is None]:
        yield f"{expected.closed} lacks {', '.join(missing)}."
    for name, own in expected.types.items():
        if members.get(name) is not None:
            yield from _problems(own, members[name], name)
    if expected is STEP:
        if arguments := ARGUMENTS.get(members.get("Type", "")):
            yield from _problems(arguments, members.get("Arguments") or {}, "Arguments")
        yield from expression_problems(members)
    if expected is EXPERIMENT:
        yield from expression_problems(members)
