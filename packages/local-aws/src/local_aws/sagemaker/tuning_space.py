"""Hyperparameter ranges as Optuna searches them, and values as training jobs get them: as text, like the request's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.api.errors import validation_error
from local_aws.api.numbers import decimal_or_none

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

WIDE = 100
"""ScalingType Auto uses a logarithmic scale for a positive range whose ends have at least this ratio."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyperparameter to search."""

    name: str
    kind: str
    """Continuous, Integer or Categorical."""
    scaling: str = "Linear"
    low: float = 0.0
    high: float = 0.0
    values: tuple[str, ...] = ()

    def distribution(self) -> BaseDistribution:
        """The range as a distribution of Optuna's."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.kind == "Categorical":
            return CategoricalDistribution(self.values)
        logarithmic = self.scaling == "Logarithmic"
        if self.kind == "Integer":
            return IntDistribution(int(self.low), int(self.high), log=logarithmic)
        if self.scaling == "ReverseLogarithmic":  # the search is over the distance from 1
            return FloatDistribution(1 - self.high, 1 - self.low, log=True)
        return FloatDistribution(self.low, self.high, log=logarithmic)

    def text(self, value: Any) -> str:
        """Convert a value that Optuna chose to the training job's text."""
        if self.kind == "Continuous":
            chosen = 1 - value if self.scaling == "ReverseLogarithmic" else value
            return repr(min(max(float(chosen), self.low), self.high))
        return str(value)

    def value(self, text: str) -> Any:
        """The inverse of `text`; None if the text is not a value in this range (of a parent with other ranges, say)."""
        if self.kind == "Categorical":
            return text if text in self.values else None
        number = decimal_or_none(text)
        if number is None or not self.low <= number <= self.high:
            return None
        return int(number) if self.kind == "Integer" else 1 - number if self.scaling == "ReverseLogarithmic" else number


def parameters(ranges: Mapping[str, Any]) -> list[Parameter]:
    """The parameters of a request's ParameterRanges. Raises `AwsError` for an invalid range."""
    result = [
        make(kind, item)
        for member, kind, make in (
            ("ContinuousParameterRanges", "Continuous", _numeric),
            ("IntegerParameterRanges", "Integer", _numeric),
            ("CategoricalParameterRanges", "Categorical", _categorical),
        )
        for item in ranges.get(member, ())
    ]
    names = [parameter.name for parameter in result]
    for name in names:
        if names.count(name) > 1:
            raise validation_error(f"Hyperparameter {name} has more than one range in ParameterRanges.")
    return result


def _categorical(kind: str, item: Mapping[str, Any]) -> Parameter:
    return Parameter(item["Name"], kind, values=tuple(item["Values"]))


def _numeric(kind: str, item: Mapping[str, Any]) -> Parameter:
    name, ends = item["Name"], []
    for member in ("MinValue", "MaxValue"):
        end = decimal_or_none(item[member])
        if end is None or (kind == "Integer" and end % 1):
            noun = "a whole number" if kind == "Integer" else "a number"
            raise validation_error(f"{member} of hyperparameter {name} is {item[member]!r}: write {noun}.")
        ends.append(end)
    low, high = ends
    if low > high:
        raise validation_error(f"MinValue of hyperparameter {name} is larger than its MaxValue ({low:g} > {high:g}).")
    scaling = item.get("ScalingType", "Auto")
    problem = _SCALES[scaling](low, high)
    if problem:
        raise validation_error(f"ScalingType {scaling} of hyperparameter {name} works only for {problem}.")
    if scaling == "ReverseLogarithmic" and kind == "Integer":
        raise validation_error(f"ScalingType {scaling} of hyperparameter {name} works only for continuous ranges.")
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= WIDE else "Linear"
    return Parameter(name, kind, scaling, low, high)


_SCALES: dict[str, Callable[[float, float], str | None]] = {
    "Auto": lambda _low, _high: None,
    "Linear": lambda _low, _high: None,
    "Logarithmic": lambda low, _high: None if low > 0 else "ranges whose values are all greater than 0",
    "ReverseLogarithmic": lambda low, high: None if low >= 0 and high < 1 else "ranges within 0 <= x < 1",
}
"""A scale's condition that a range does not meet, by the API's documentation; None if it meets it."""
