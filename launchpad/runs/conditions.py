"""`--where` and `--sort`: which runs are shown, in which order."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.messages.plain_text import one_line
from launchpad.runs.run import FACTS, Run, Value, hyperparameter_names, metric_names, number

_COMPARISON = re.compile(r"\s*(?P<key>[^<>=!]+?)\s*(?P<sign><=|>=|!=|==|=|<|>)\s*(?P<value>.*?)\s*")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_HELP = "write KEY, one of = != < <= > >=, and a value, such as 'auc>0.8' or hyperparameters.lr=0.1"


def where(runs: Sequence[Run], conditions: Iterable[str]) -> list[Run]:
    """The runs for which all conditions hold; a run without a value never fits a condition on it.

    Raises:
        LaunchpadError: a condition is no comparison, or names what no run has.
    """
    fitting = list(runs)
    for condition in conditions:
        fits = _compiled(condition, runs)
        fitting = [run for run in fitting if fits(run)]
    return fitting


def sort(runs: Sequence[Run], key: str) -> list[Run]:
    """The runs by a value, the highest first after a minus; those without it come last.

    Raises:
        LaunchpadError: no run has such a value.
    """
    name = resolved(key.removeprefix("-"), runs, "--sort")
    valued = [run for run in runs if name in run.facts]
    ordered = sorted(valued, key=lambda run: _rank(run.facts[name]), reverse=key.startswith("-"))
    return [*ordered, *(run for run in runs if name not in run.facts)]


def resolved(key: str, runs: Sequence[Run], option: str) -> str:
    """The full name of a value: a fact, a metric or a hyperparameter, whose prefix may be left out.

    Raises:
        LaunchpadError: no run has it; names the nearest that exists.
    """
    metrics, hyperparameters = metric_names(runs), hyperparameter_names(runs)
    full = [*FACTS, *(f"metrics.{name}" for name in metrics), *(f"hyperparameters.{name}" for name in hyperparameters)]
    for candidate in (key, f"metrics.{key}", f"hyperparameters.{key}"):
        if candidate in full or not runs:
            return candidate
    names = [*FACTS, *metrics, *hyperparameters]
    raise LaunchpadError(f"{option} {one_line(key, 100)!r}: no run has it; {suggest(key, names, 'names')}")


def _compiled(condition: str, runs: Sequence[Run]) -> Callable[[Run], bool]:
    match = _COMPARISON.fullmatch(condition)
    if not match or not match["value"]:
        raise LaunchpadError(f"--where {one_line(condition, 100)!r} is no comparison; {_HELP}")
    key, sign = resolved(match["key"], runs, "--where"), match["sign"]
    bound = _bound(condition, key, sign, match["value"], runs)

    def fits(run: Run) -> bool:
        value = run.facts.get(key)
        return value is not None and _holds(sign, value, bound)

    return fits


def _bound(condition: str, key: str, sign: str, text: str, runs: Iterable[Run]) -> Value:
    """The value to compare with, of the kind that the runs have: a moment, a number or a text."""
    value = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    if key == "started":
        return _moment(condition, value)
    if "<" not in sign and ">" not in sign:
        return value
    values = [run.facts[key] for run in runs if key in run.facts]
    if number(value) is None or (values and all(number(each) is None for each in values)):
        raise LaunchpadError(f"--where {one_line(condition, 100)!r}: {sign} compares numbers; use = or != for texts")
    return value


def _moment(condition: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LaunchpadError(
            f"--where {one_line(condition, 100)!r}: write a time such as 2026-11-28 or 2026-11-28T09:30 (UTC)"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _holds(sign: str, value: Value, bound: Value) -> bool:
    if isinstance(bound, datetime):
        return _SIGNS[sign](value, bound)
    numbers = number(value), number(bound)
    if None not in numbers:
        return _SIGNS[sign](*numbers)
    if "<" in sign or ">" in sign:
        return False
    return _SIGNS[sign](str(value).lower(), str(bound).lower())


def _rank(value: Value) -> tuple[int, Any]:
    """A value to sort by: numbers before texts, because both may occur in one hyperparameter."""
    if isinstance(value, datetime):
        return (0, value.timestamp())
    as_number = number(value)
    return (1, str(value)) if as_number is None else (0, as_number)
