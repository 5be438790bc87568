"""Metric math: expressions over series, as far as alarms use them.

A series maps a period's start to its value. An operation on two series has a value where both have one, as on AWS.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Series = dict[float, float]
Value = Series | float
UNSUPPORTED = "the local AWS evaluates no metric math such as"
_OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda first, second: bool(first) and bool(second),
    ast.Or: lambda first, second: bool(first) or bool(second),
}
_MAPPED: Mapping[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_REDUCED: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: sum(values) / len(values),
}


class MathError(ValueError):
    """The expression can't be evaluated; the message says why."""


class Expression:
    """One parsed expression."""

    def __init__(self, text: str) -> None:
        python = text.replace("^", "**").replace("&&", " and ").replace("||", " or ")
        for word, sign in ((" AND ", " and "), (" OR ", " or ")):
            python = python.replace(word, sign)
        try:
            self._tree = ast.parse(python.strip(), mode="eval").body
        except SyntaxError as error:
            raise MathError(f"Syntax error in expression {text!r}") from error
        self._text = text
        self.names = {
            node.id
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Name) and node.id not in (*_MAPPED, *_REDUCED, "IF", "FILL", "PERIOD", "REPEAT")
        }

    def evaluate(self, series: Mapping[str, Value], times: Sequence[float], period: float) -> Value:
        """The expression's value; ``times`` are the starts of all periods, for FILL."""
        return self._value(self._tree, series, sorted(times), period)

    def _value(self, node: ast.expr, series: Mapping[str, Value], times: list[float], period: float) -> Value:
        def value(part: ast.expr) -> Value:
            return self._value(part, series, times, period)

        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in series:
                return series[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _combined(operator.sub, 0.0, value(operand))
            case ast.BinOp(left=first, op=ast.Div(), right=second):
                return _combined(_divided, value(first), value(second))
            case ast.BinOp(left=first, op=sign, right=second) if type(sign) in _OPERATORS:
                return _combined(_OPERATORS[type(sign)], value(first), value(second))
            case ast.Compare(left=first, ops=[sign], comparators=[second]) if type(sign) in _OPERATORS:
                return _combined(_OPERATORS[type(sign)], value(first), value(second))
            case ast.BoolOp(op=sign, values=[head, *others]):
                result = value(head)
                for other in others:
                    result = _combined(_OPERATORS[type(sign)], result, value(other))
                return result
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._called(name, arguments, value, times, period)
        raise MathError(f"{UNSUPPORTED} {self._text!r}")

    def _called(
        self,
        name: str,
        arguments: list[ast.expr],
        value: Callable[[ast.expr], Value],
        times: list[float],
        period: float,
    ) -> Value:
        if name in _MAPPED and len(arguments) == 1:
            return _combined(lambda number, _: _MAPPED[name](number), value(arguments[0]), 0.0)
        if name in _REDUCED:
            return _reduced(_REDUCED[name], [value(part) for part in _items(arguments)])
        if name == "PERIOD":
            return period
        if name == "IF" and len(arguments) in (2, 3):
            chosen = [value(part) for part in arguments]
            return _chosen(chosen[0], chosen[1], chosen[2] if len(chosen) == 3 else None)
        if name == "FILL" and len(arguments) == 2:
            repeat = isinstance(arguments[1], ast.Name) and arguments[1].id == "REPEAT"
            return _filled(value(arguments[0]), None if repeat else value(arguments[1]), times)
        raise MathError(f"{UNSUPPORTED} {name}() in {self._text!r}")


def _items(arguments: list[ast.expr]) -> list[ast.expr]:
    return [part for item in arguments for part in (item.elts if isinstance(item, ast.List) else [item])]


def _combined(function: Callable[[float, float], float | None], first: Value, second: Value) -> Value:
    if not isinstance(first, dict) and not isinstance(second, dict):
        return float(function(first, second) or 0.0)
    times = [set(side) for side in (first, second) if isinstance(side, dict)]
    pairs = {at: function(_at(first, at) or 0.0, _at(second, at) or 0.0) for at in set.intersection(*times)}
    return {at: float(number) for at, number in pairs.items() if number is not None}


def _divided(first: float, second: float) -> float | None:
    return first / second if second else None


def _reduced(function: Callable[[Sequence[float]], float], values: list[Value]) -> Value:
    """One argument: a number over time; several: a series across them."""
    if len(values) == 1:
        numbers = list(values[0].values()) if isinstance(values[0], dict) else [values[0]]
        return float(function(numbers)) if numbers else {}
    times = {at for value in values if isinstance(value, dict) for at in value}
    present = {at: [number for value in values if (number := _at(value, at)) is not None] for at in times}
    return {at: float(function(numbers)) for at, numbers in present.items()}


def _chosen(condition: Value, yes: Value, no: Value | None) -> Value:
    times = {at for value in (condition, yes, no) if isinstance(value, dict) for at in value}
    result = {}
    for at in times:
        holds = _at(condition, at)
        number = None if holds is None else _at(yes, at) if holds else (None if no is None else _at(no, at))
        if number is not None:
            result[at] = number
    return result


def _filled(value: Value, filler: Value | None, times: list[float]) -> Value:
    result: Series = {}
    last: float | None = None
    for at in times:
        number = _at(value, at)
        if number is None:
            number = last if filler is None else _at(filler, at)
        if number is not None:
            result[at] = last = number
    return result


def _at(value: Value, at: float) -> float | None:
    return value.get(at) if isinstance(value, dict) else value


def check(metrics: Sequence[Mapping[str, Any]]) -> None:
    """Check the Metrics of an alarm; raises `MathError` for what can't be evaluated."""
    names = {item["Id"] for item in metrics}
    for item in metrics:
        if text := item.get("Expression"):
            unknown = Expression(text).names - names
            if unknown:
                raise MathError(f"{UNSUPPORTED} {text!r}: {', '.join(sorted(unknown))} is no Id of the alarm's metrics")
