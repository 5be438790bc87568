"""The page that compares runs: curves, each metric by hyperparameter, what differs, and the best run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from launchpad.platform_client.utilisation import Series
from launchpad.report.lines import COLOURS, legend, lines
from launchpad.report.scatter import Dot, by_hyperparameter, trials
from launchpad.report.tiles import TONES, Drawing, Tile, cost_tiles, page, short
from launchpad.requests.cost import Cost
from launchpad.runs import columns
from launchpad.runs.columns import Column
from launchpad.runs.goal import Goal
from launchpad.runs.run import Run, differing, metric_names

MOST_CHARTS = 16
"""The most charts of metrics by hyperparameters; the objective's come first."""
MOST_LINES = 40
"""The most runs of which a curve is drawn, from the best."""
Curves = Mapping[str, Mapping[str, Series]]
"""Each run's metrics with their values over time."""


@dataclass(frozen=True)
class Comparison:
    """The data of a page."""

    name: str
    workload: str
    environment: str
    runs: Sequence[Run]
    curves: Curves
    goal: Goal | None
    command: str
    tuning: Mapping[str, Any] | None = None
    """The response of DescribeHyperParameterTuningJob."""


@dataclass(frozen=True)
class Curve:
    """A metric of all runs, by step and over time."""

    title: str
    svg: Markup
    over_time: Markup


@dataclass(frozen=True)
class Row:
    """One run of the table."""

    cells: Sequence[tuple[Column, str]]
    best: bool


def render_comparison(data: Comparison) -> str:
    """Render the page; `data.runs` must not be empty."""
    ranked = data.goal.ranked(data.runs) if data.goal else list(data.runs)
    best = data.goal.best(data.runs) if data.goal else None
    table = columns.columns(ranked)
    differences = [column for column in table if _differs(column, len(ranked))]
    curves = list(_curves(ranked, data.curves))
    return page(
        "compare.html.j2",
        name=data.name,
        noun="tuning job" if data.tuning else "comparison of runs",
        lead=_lead(data),
        tiles=list(_tiles(data, best)),
        command=data.command,
        goal=data.goal,
        trials=_trials(data, best),
        scatters=list(_scatters(data, best)),
        curves=curves,
        shown_lines=COLOURS if len(ranked) > COLOURS else 0,
        key=legend([run.job for run in ranked[:MOST_LINES]]) if curves else "",
        ordering=_ordering(data.goal),
        differences=differences,
        rows=[
            Row([(column, column.cells[order]) for column in differences], run is best)
            for order, run in enumerate(ranked)
        ],
        same=[(column.title, column.cells[0]) for column in table if column not in differences],
    )


def _lead(data: Comparison) -> str:
    first, last = min(run.started for run in data.runs), max(run.started for run in data.runs)
    end = f"{last:%H:%M}" if last.date() == first.date() else f"{last:%d %B %Y, %H:%M}"
    days = f"{first:%d %B %Y, %H:%M}" + (f" to {end}" if last != first else "")
    words = f"of workload {data.workload}" if data.workload else "of several workloads"
    return f"{len(data.runs)} runs {words} in environment {data.environment}, begun {days} UTC."


def _tiles(data: Comparison, best: Run | None) -> Iterator[Tile]:
    if data.tuning:
        status = data.tuning["HyperParameterTuningJobStatus"]
        strategy = data.tuning["HyperParameterTuningJobConfig"].get("Strategy", "")
        yield Tile("Status", status, strategy, TONES.get(status, ""))
    if best and data.goal:
        words = "highest" if data.goal.highest else "lowest"
        yield Tile(f"Best {data.goal.metric}", f"{best.metrics[data.goal.metric]:.5g}", f"{words}: {best.job}", "good")
    completed = sum(run.status == "Completed" for run in data.runs)
    yield Tile("Runs", str(len(data.runs)), f"{completed} completed")
    varied = len(differing(data.runs))
    yield Tile("Varied", str(varied), "hyperparameter" if varied == 1 else "hyperparameters")
    passed = [run.gate.passed for run in data.runs if run.gate]
    if passed:
        yield Tile("Quality gate", f"{sum(passed)} of {len(passed)}", "passed")
    yield Tile("Time", short(sum(run.seconds or 0 for run in data.runs)), "of all jobs together")
    costs = [run.cost for run in data.runs if run.cost]
    if costs:
        yield from cost_tiles(Cost.together(costs), data.environment, f"of {len(costs)} runs")


def _ordering(goal: Goal | None) -> str:
    if goal is None:
        return "No run reported a metric, so none is the best."
    direction = "highest" if goal.highest else "lowest"
    return f"The run with the {direction} {goal.metric} comes first: {goal.source}."


def _differs(column: Column, number_of_runs: int) -> bool:
    """Whether it tells the runs apart. A single run shows its metrics."""
    return len(set(column.cells)) > 1 or column.title == "job" or (number_of_runs == 1 and column.is_number)


def _trials(data: Comparison, best: Run | None) -> Markup | None:
    if not data.tuning or not data.goal:
        return None
    in_order = sorted(data.runs, key=lambda run: run.started)
    values = [(run.job, value) for run in in_order if (value := _finite(run, data.goal.metric)) is not None]
    if not values:
        return None
    return trials(data.goal.metric, values, highest=data.goal.highest, best=best.job if best else "")


def _finite(run: Run, metric: str) -> float | None:
    """The run's value, unless it has none that can be drawn."""
    value = run.metrics.get(metric, math.nan)
    return value if math.isfinite(value) else None


def _scatters(data: Comparison, best: Run | None) -> Iterator[Drawing]:
    names = metric_names(data.runs)
    if data.goal and data.goal.metric in names:
        names = [data.goal.metric, *(name for name in names if name != data.goal.metric)]
    varied = differing(data.runs)
    pairs = [(metric, name) for metric in names for name in varied]
    for metric, name in pairs[:MOST_CHARTS]:
        dots = [
            Dot(run.job, run.hyperparameters.get(name, ""), value, run is best)
            for run in data.runs
            if (value := _finite(run, metric)) is not None
        ]
        if len(dots) > 1:
            yield Drawing(f"{metric} by {name}", by_hyperparameter(name, metric, dots))


def _curves(ranked: Sequence[Run], curves: Curves) -> Iterator[Curve]:
    for metric in dict.fromkeys(name for run in ranked for name in curves.get(run.job, {})):
        series = {run: samples for run in map(_job, ranked) if (samples := curves.get(run, {}).get(metric))}
        if not any(len(samples) > 1 for samples in series.values()):
            continue
        chosen = {job: series.get(job, []) for job in map(_job, ranked[:MOST_LINES])}
        if not any(chosen.values()):
            continue
        steps = {job: [(float(step), value) for step, (_, value) in enumerate(s, 1)] for job, s in chosen.items()}
        starts = {run.job: run.started.timestamp() for run in ranked}
        times = {job: [(at - starts[job], value) for at, value in samples] for job, samples in chosen.items()}
        over_time = lines(f"{metric} over time", times, "seconds after the job's creation")
        yield Curve(metric, lines(metric, steps, "step"), over_time)


def _job(run: Run) -> str:
    return run.job
