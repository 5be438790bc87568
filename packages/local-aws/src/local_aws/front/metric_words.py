"""CloudWatch's words about metrics and queries for them, by path of the parameter."""

from __future__ import annotations

from collections.abc import Iterable


def is_invalid(parameter: str, value: object) -> str:
    """Refuse a value that CloudWatch does not take."""
    return f"The value {value} for parameter {parameter} is invalid."


def is_too_long(collection: str, most: int) -> str:
    """Refuse a list with more than ``most`` entries."""
    return f"The collection {collection} must not have a size greater than {most}."


def is_none_of(parameter: str, allowed: Iterable[object], otherwise: str = "") -> str:
    """Refuse a value that is not in a set, nor what is allowed ``otherwise``."""
    return f"The parameter {parameter} must be a value in the set [ {', '.join(map(str, allowed))} ]{otherwise}."


def are_exclusive(path: str, one: str, other: str) -> str:
    """Refuse two members of which there may be one."""
    return f"The parameters {path}.{one} and {path}.{other} are mutually exclusive and you have specified both."
