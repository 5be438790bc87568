"""The conditions of a Condition step: checked when the pipeline is created, decided when the step runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.sagemaker.workflows.expressions import UnresolvedError, is_expression, is_plain

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda first, second: first == second,
    "GreaterThan": lambda first, second: first > second,
    "GreaterThanOrEqualTo": lambda first, second: first >= second,
    "LessThan": lambda first, second: first < second,
    "LessThanOrEqualTo": lambda first, second: first <= second,
}
MEMBERS = {
    **dict.fromkeys(COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
"""The members that each type of condition has besides Type, all of them required."""


def condition_problem(condition: Any) -> str | None:
    """What is wrong with a condition of a definition, or None."""
    if not isinstance(condition, dict):
        return "Expecting start of Json Object."
    kind = condition.get("Type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        return f"Unknown Condition type '{kind}': the types are {', '.join(MEMBERS)}."
    if missing := [member for member in MEMBERS[kind] if condition.get(member) is None]:
        return f"Condition of type {kind} lacks {', '.join(missing)}."
    if unknown := sorted(condition.keys() - {"Type", *MEMBERS[kind]}):
        return f"Unknown Condition member '{unknown[0]}'."
    if kind == "Not":
        return condition_problem(condition["Condition"])
    for member in {"In": ("Values",), "Or": ("Conditions",)}.get(kind, ()):
        if not isinstance(condition[member], list) or not condition[member]:
            return "Expecting start of Json Array."
    compared = [condition.get(member) for member in ("LeftValue", "RightValue", "QueryValue") if member in condition]
    if any(not is_plain(part) and not is_expression(part) for part in [*compared, *condition.get("Values", ())]):
        return f"Condition of type {kind} compares texts, numbers, booleans and expressions only."
    inner = condition["Conditions"] if kind == "Or" else ()
    return next((problem for part in inner if (problem := condition_problem(part))), None)


def holds(condition: Mapping[str, Any], value_of: Callable[[Any], Any]) -> bool:
    """Whether a condition is true; ``value_of`` resolves expressions. Raises `UnresolvedError`."""
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Condition"], value_of)
    if kind == "Or":
        return any(holds(part, value_of) for part in condition["Conditions"])
    if kind == "In":
        query = value_of(condition["QueryValue"])
        return any(_same(query, value_of(candidate)) for candidate in condition["Values"])
    first, second = value_of(condition["LeftValue"]), value_of(condition["RightValue"])
    if _type(first) != _type(second) or (kind != "Equals" and _type(first) == "Boolean"):
        raise UnresolvedError(f"{kind} can't compare {first!r}, a {_type(first)}, with {second!r}, a {_type(second)}")
    return COMPARISONS[kind](first, second)


def _same(first: Any, second: Any) -> bool:
    return bool(_type(first) == _type(second) and first == second)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return "Number" if isinstance(value, int | float) else "String"
