"""What is wrong with keys of `monitoring` together, where each is right by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from launchpad.config_files.yaml_reader import Location
from launchpad.requests.schedules import HOUR, pauses
from launchpad.workload.monitoring.drift import P_VALUE_TESTS
from launchpad.workload.monitoring.quality import METRICS, RANGES, SMALLER_IS_BETTER

if TYPE_CHECKING:
    from launchpad.workload.monitoring.section import Monitoring

Mistakes = Iterator[tuple[Location, str]]


def mistakes(monitoring: Monitoring) -> Mistakes:
    """The key that must be corrected and what to write there, for every mistake."""
    for check in CHECKS:
        yield from check(monitoring)


def _hours_apart(monitoring: Monitoring) -> Mistakes:
    shortest, _ = pauses(monitoring.schedule)
    if shortest < HOUR:
        message = (
            f"would run again after {shortest} minutes; a job that often costs more than the endpoint: write at most"
            " one run an hour, such as `rate(1 day)`"
        )
        yield ("schedule",), message


def _columns_have_names(monitoring: Monitoring) -> Mistakes:
    if not monitoring.header and monitoring.columns is None:
        message = "is required with `header: false`: nothing else says what the columns are called"
        yield ("columns",), f"{message}; write their names and types in the files' order"


def _target_is_a_column(monitoring: Monitoring) -> Mistakes:
    if monitoring.target and monitoring.columns and monitoring.target not in monitoring.columns:
        yield ("target",), f"there is no column {monitoring.target!r} ({', '.join(monitoring.columns)}); add it there"


def _named_columns(monitoring: Monitoring) -> Mistakes:
    """Every column that is named must be one of a request."""
    drift = monitoring.drift
    for key, names in (
        (("drift", "columns"), drift.columns),
        (("drift", "ignore"), drift.ignore),
        (("segments",), monitoring.segments),
    ):
        for number, name in enumerate(names):
            key_path = (*key, name if key[-1] == "columns" else number)
            if name == monitoring.target:
                yield key_path, f"{name!r} is the target, which requests don't have; remove it"
            elif monitoring.columns is not None and name not in monitoring.columns:
                yield key_path, f"there is no column {name!r}; write one of {', '.join(monitoring.columns)}"
    for name in drift.columns:
        if name in drift.ignore:
            yield ("drift", "columns", name), f"{name!r} is in drift.ignore, so it has no threshold; remove one of both"


def _something_to_compare(monitoring: Monitoring) -> Mistakes:
    if monitoring.columns and {*monitoring.columns} <= {*monitoring.drift.ignore, monitoring.target}:
        yield ("drift", "ignore"), "leaves no column to compare; ignore fewer"


def _thresholds_of_p_values(monitoring: Monitoring) -> Mistakes:
    if monitoring.drift.tests not in P_VALUE_TESTS:
        return
    for name, threshold in monitoring.drift.columns.items():
        if threshold >= 1:
            message = f"must be below 1, because {monitoring.drift.tests} gives a p-value, not {threshold:g}"
            yield ("drift", "columns", name), message


def _tasks(monitoring: Monitoring) -> Mistakes:
    quality, task = monitoring.quality, monitoring.task
    if quality and task is None:
        tasks = " or ".join(name for name, metrics in METRICS.items() if quality.metric in metrics)
        yield ("task",), f"is required with quality: it says what the model predicts; write {tasks}"
    elif quality and task and quality.metric not in METRICS[task]:
        yield ("quality", "metric"), f"{quality.metric} is no metric of a {task} task; write {_or(METRICS[task])}"
    if monitoring.segments and task is None:
        message = "is required with segments: it says whether selection rates or errors are compared"
        yield ("task",), f"{message}; write {_or(tuple(METRICS))}"


def _bounds_can_be_met(monitoring: Monitoring) -> Mistakes:
    quality = monitoring.quality
    if quality is None:
        return
    right, wrong = ("at_most", "at_least") if quality.metric in SMALLER_IS_BETTER else ("at_least", "at_most")
    if getattr(quality, wrong) is not None:
        better = "less" if right == "at_most" else "more"
        yield (
            ("quality", wrong),
            f"the alarm would be upside down, because {better} {quality.metric} is better: {right}",
        )
        return
    bound, (lowest, highest) = getattr(quality, right), RANGES[quality.metric]
    if not lowest <= bound <= highest:
        limits = f"at least {lowest:g}" if math.isinf(highest) else f"at most {highest:g}"
        limits = f"from {lowest:g} to {highest:g}" if math.isfinite(highest - lowest) else limits
        yield ("quality", right), f"must be {limits}, as {quality.metric} is, not {bound:g}"


def _or(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


CHECKS: tuple[Callable[[Monitoring], Mistakes], ...] = (
    _hours_apart,
    _columns_have_names,
    _target_is_a_column,
    _named_columns,
    _something_to_compare,
    _thresholds_of_p_values,
    _tasks,
    _bounds_can_be_met,
)
