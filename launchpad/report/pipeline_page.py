"""The page of a pipeline run: its stages on one time axis, its jobs, the gate's verdict, what it registered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from launchpad.costs.wording import cost_in_words, cost_label
from launchpad.platform_client.work import Work
from launchpad.report.charts import timeline
from launchpad.report.result import Phase
from launchpad.report.tiles import TONES, Tile, cost_tiles, page, short
from launchpad.requests.cost import Cost
from launchpad.runs.run import Gate

SILENT = ("Begin", "Done", "Failed", "Failure")
"""States that do no work."""


@dataclass(frozen=True)
class StageJob:
    """A job that the run started."""

    stage: str
    name: str
    status: str
    took: str
    metrics: str = ""
    cost: Cost | None = None
    """None while it runs, and if it was not created."""

    @property
    def price(self) -> str:
        """Its cost in words."""
        return cost_in_words(self.cost)

    @property
    def tone(self) -> str:
        """The colour of its status."""
        return TONES.get(self.status, "")


@dataclass(frozen=True)
class PipelineInsight:
    """The data of a page."""

    run: Work
    entered: Sequence[tuple[str, datetime]]
    """Each state with the moment in which it was entered."""
    jobs: Sequence[StageJob]
    gate: Gate | None = None
    version: Mapping[str, Any] | None = None
    """The response of DescribeModelPackage, if a version was registered."""


def render_pipeline(insight: PipelineInsight, environment: str) -> str:
    """Render the page."""
    run = insight.run
    stages = list(phases(insight.entered, run.started, run.ended or datetime.now(UTC)))
    cause = run.description.get("cause") or run.description.get("error") or run.status
    return page(
        "pipeline.html.j2",
        name=run.name,
        noun=run.noun,
        lead=f"Of workload {run.workload}, begun {run.started:%d %B %Y, %H:%M} UTC in environment {environment}.",
        tiles=list(_tiles(insight, environment)),
        command=f"report {run.name}",
        failure={"reason": str(cause), "facts": [], "lines": []} if TONES.get(run.status) == "bad" else None,
        timeline=timeline(stages) if stages else None,
        jobs=insight.jobs,
        cost_label=cost_label(environment).capitalize(),
        gate=insight.gate,
        result=list(_pairs(run.description.get("output"), without=("metrics",))),
        asked=list(_pairs(run.description.get("input"))),
    )


def phases(entered: Sequence[tuple[str, datetime]], start: datetime, end: datetime) -> Iterator[Phase]:
    """The states that did work, from their entries to those of the next; one that is entered again adds its time."""
    merged: dict[str, list[float]] = {}
    moments = [*(moment for _, moment in entered[1:]), end]
    for (state, moment), until in zip(entered, moments, strict=True):
        if state in SILENT or state.endswith("?"):
            continue
        first, seconds = (moment - start).total_seconds(), (until - moment).total_seconds()
        phase = merged.setdefault(state, [first, 0.0])
        phase[1] = first + seconds - phase[0]
    for state, (first, seconds) in merged.items():
        yield Phase(state, state, max(0.0, first), max(0.0, seconds))


def _tiles(insight: PipelineInsight, environment: str) -> Iterator[Tile]:
    run = insight.run
    yield Tile("Status", run.status.capitalize(), "", TONES.get(run.status, ""))
    end = run.ended or datetime.now(UTC)
    yield Tile("Took", short((end - run.started).total_seconds()), "" if run.ended else "so far")
    yield Tile("Jobs", str(len(insight.jobs)), "started")
    if costs := [job.cost for job in insight.jobs if job.cost]:
        yield from cost_tiles(Cost.together(costs), environment, _of(len(costs)))
    if insight.gate:
        passed = insight.gate.passed
        yield Tile("Quality gate", "passed" if passed else "missed", insight.gate.words, "good" if passed else "bad")
    if insight.version:
        number = str(insight.version.get("ModelPackageVersion", "?"))
        yield Tile("Registered", f"version {number}", str(insight.version.get("ModelApprovalStatus", "")))


def _of(number: int) -> str:
    return f"of {number} ended {'job' if number == 1 else 'jobs'}"


def _pairs(text: Any, without: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """The members of a run's input or output, as texts."""
    try:
        values = json.loads(text or "{}")
    except ValueError:
        values = {}
    if isinstance(values, dict):
        yield from _members({key: member for key, member in values.items() if key not in without})


def _members(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The members with something in them, each below the names of the objects that it is in."""
    for key, member in values.items():
        label = f"{above}{key.removesuffix('_name').removesuffix('_arn').replace('_', ' ')}"
        if isinstance(member, dict):
            yield from _members(member, f"{label}, ")
        elif member not in (None, "", []):
            yield label, member if isinstance(member, str) else json.dumps(member)
