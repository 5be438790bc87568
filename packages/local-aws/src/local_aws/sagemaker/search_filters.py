"""Search's expressions: filters, nested filters and subexpressions, decided for one record of a shape of the API.

Rules and limits are those of the API reference's Filter, NestedFilters and SearchExpression. Not documented, and so
ours, are the words for an unknown property and for an operator that a property's type does not support.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.numbers import decimal_or_none

Expression = Mapping[str, Any]

MAX_PARTS = 50
"""The most SubExpressions, NestedFilters and Filters together (SearchRequest's SearchExpression)."""
MAX_ELEMENTS = 20
"""The most elements of one SearchExpression."""
NUMBERS = ("integer", "long", "float", "double")
VALUELESS = ("Exists", "NotExists")
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": lambda own_value, other_value: own_value > other_value,
    "GreaterThanOrEqualTo": lambda own_value, other_value: own_value >= other_value,
    "LessThan": lambda own_value, other_value: own_value < other_value,
    "LessThanOrEqualTo": lambda own_value, other_value: own_value <= other_value,
}
MANY_CONTAINS = (
    "DisplayName",
    "ExperimentName",
    "TrialName",
    "TrialComponentName",
    "Tags",
    "InputArtifacts",
    "OutputArtifacts",
)
"""Properties of experiments, trials and components that may have several Contains operators."""
METRICS, HYPERPARAMETERS, TAGS = "Metrics", "HyperParameters", "Tags"


def check_expression(record: StructureShape, expression: Expression) -> None:
    """Raise `AwsError` for an expression that AWS refuses for records of this shape."""
    expressions = list(_all(expression))
    for part in expressions:
        elements = [*part.get("Filters", ()), *part.get("NestedFilters", ()), *part.get("SubExpressions", ())]
        if not elements:
            raise validation_error("You must specify at least one subexpression, filter, or nested filter.")
        if len(elements) > MAX_ELEMENTS:
            raise validation_error(f"A SearchExpression can contain up to {MAX_ELEMENTS} elements.")
    filters = [condition for part in expressions for condition in _filters(part)]
    nested = [group for part in expressions for group in part.get("NestedFilters", ())]
    if len(expressions) - 1 + len(nested) + len(filters) > MAX_PARTS:
        raise validation_error(
            f"The maximum number of recursive SubExpressions, NestedFilters, and Filters is {MAX_PARTS}."
        )
    for group in nested:
        _check_group(record, group)
    for condition in filters:
        _check_filter(record, condition)
    contains = [one["Name"] for one in filters if one.get("Operator") == "Contains"]
    if len([name for name in contains if name.partition(".")[0] not in MANY_CONTAINS]) > 1:
        raise validation_error("'CONTAINS' operator usage limit of 1 exceeded.")


def matches(record: StructureShape, members: Mapping[str, Any], expression: Expression) -> bool:
    """Whether a record with these members satisfies the expression."""
    tests = [
        *(_satisfied(record, members, condition) for condition in expression.get("Filters", ())),
        *(_nested(record, members, group) for group in expression.get("NestedFilters", ())),
        *(matches(record, members, part) for part in expression.get("SubExpressions", ())),
    ]
    return any(tests) if expression.get("Operator") == "Or" else all(tests)


def property_type(record: StructureShape, name: str) -> str:
    """The type of a property, by its path; raises ValidationException for one that the record does not have."""
    first, _, key = name.partition(".")
    if key and first == METRICS and record.name == "TrainingJob":
        return "double"
    if key and record.name == "TrialComponent" and first.capitalize() in (METRICS, "Parameters"):
        raise not_implemented(f"Search by a component's {first}: find components by their trial, and compare them")
    if key and first in (HYPERPARAMETERS, TAGS) and first in record.members:
        return "string" if first == TAGS else "hyperparameter"
    shape: Shape = record
    for part in name.split("."):
        shape = shape.member if isinstance(shape, ListShape) else shape
        if isinstance(shape, MapShape):
            shape = shape.value
        elif isinstance(shape, StructureShape) and part in shape.members:
            shape = shape.members[part]
        else:
            raise validation_error(f"Unknown property name '{name}' for resource {record.name}.")
    return str(shape.member.type_name if isinstance(shape, ListShape) else shape.type_name)


def property_values(members: Mapping[str, Any], name: str) -> list[Any]:
    """The values of a property: none, one, or those of every item of a list on the path."""
    first, _, key = name.partition(".")
    if first == METRICS and "FinalMetricDataList" in members:
        return [metric["Value"] for metric in members["FinalMetricDataList"] if metric["MetricName"] == key]
    if first == TAGS and key:
        return [tag["Value"] for tag in members.get(TAGS, ()) if tag["Key"] == key]
    if first == HYPERPARAMETERS and key:
        return [value for hyperparameter, value in members.get(first, {}).items() if hyperparameter == key]
    return list(_values(members, name.split(".")))


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _all(expression: Expression) -> Iterator[Expression]:
    yield expression
    for part in expression.get("SubExpressions", ()):
        yield from _all(part)


def _filters(expression: Expression) -> Iterator[Mapping[str, Any]]:
    yield from expression.get("Filters", ())
    for group in expression.get("NestedFilters", ()):
        yield from group["Filters"]


def _check_group(record: StructureShape, group: Expression) -> None:
    name = group["NestedPropertyName"]
    property_type(record, name)
    if not isinstance(record.members.get(name), ListShape):
        raise validation_error(f"NestedPropertyName '{name}' is no list of {record.name}.")
    for condition in group["Filters"]:
        if not condition["Name"].startswith(f"{name}."):
            raise validation_error(f"The nested filter on '{condition['Name']}' does not begin with '{name}.'.")


def _check_filter(record: StructureShape, condition: Mapping[str, Any]) -> None:
    name, operator = condition["Name"], condition.get("Operator", "Equals")
    kind = property_type(record, name)
    if operator in VALUELESS:
        return
    if "Value" not in condition:
        raise validation_error(f"Operator {operator} on property '{name}' needs a Value.")
    if operator in ORDERED and kind in ("string", "boolean"):
        raise validation_error(f"Operator {operator} is not supported for text property '{name}'.")
    if operator in ("In", "Contains") and kind in (*NUMBERS, "timestamp", "boolean"):
        raise validation_error(f"Operator {operator} is only supported for text properties, which '{name}' is not.")
    if kind in NUMBERS and decimal_or_none(condition["Value"]) is None:
        raise validation_error(f"Value '{condition['Value']}' of '{name}' must be an integer or a decimal number.")
    if kind == "timestamp" and _time(condition["Value"]) is None:
        raise validation_error(
            f"Value '{condition['Value']}' of '{name}' must be an ISO 8601 date-time string: YYYY-mm-dd'T'HH:MM:SS."
        )


def _nested(record: StructureShape, members: Mapping[str, Any], group: Expression) -> bool:
    """Whether a single item of the list satisfies all filters."""
    name = group["NestedPropertyName"]
    return any(
        all(_satisfied(record, {name: [item]}, condition) for condition in group["Filters"])
        for item in members.get(name, ())
    )


def _satisfied(record: StructureShape, members: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    operator = condition.get("Operator", "Equals")
    values = property_values(members, condition["Name"])
    if operator in VALUELESS:
        return bool(values) is (operator == "Exists")
    kind, filter_value = property_type(record, condition["Name"]), condition["Value"]
    if operator == "NotEquals":
        return not any(_holds("Equals", kind, value, filter_value) for value in values)
    return any(_holds(operator, kind, value, filter_value) for value in values)


def _holds(operator: str, kind: str, value: Any, filter_value: str) -> bool:
    if operator == "In":
        return str(value) in filter_value.split(",")
    if operator == "Contains":
        return filter_value in str(value)
    own_value, other_value = _comparable(kind, value, filter_value)
    if own_value is None or other_value is None:
        return False
    if operator in ORDERED:
        return ORDERED[operator](own_value, other_value)
    return bool(own_value == other_value)


def _comparable(kind: str, value: Any, filter_value: str) -> tuple[Any, Any]:
    """Both sides as the property's type has them."""
    if kind in NUMBERS:
        return float(value), decimal_or_none(filter_value)
    if kind == "timestamp":
        return float(value), _time(filter_value)
    if kind == "boolean":
        return str(value).lower(), filter_value.lower()
    if kind == "hyperparameter":
        own_value, other_value = decimal_or_none(value), decimal_or_none(filter_value)
        if (
            own_value is not None and other_value is not None
        ):  # an integer in the filter makes the hyperparameter one (Filter)
            return (own_value, other_value) if "." in filter_value else (float(int(own_value)), other_value)
    return str(value), filter_value


def _time(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
