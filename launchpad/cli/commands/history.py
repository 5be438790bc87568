"""`launchpad history`: what a workload's endpoint served, when, and with which metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from launchpad.cli.following import of
from launchpad.cli.options import Environment, Workload
from launchpad.cli.terminal import note, say, show, table
from launchpad.cli.terminal import status as coloured
from launchpad.platform_client.change_outcomes import Change
from launchpad.platform_client.connection import connect
from launchpad.platform_client.history import changes
from launchpad.platform_client.platform import find_platform


def history(
    workload: Workload,
    env: Environment = "local",
    limit: Annotated[int, typer.Option("--limit", "-n", help="The most changes to show.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with all that is recorded.")] = False,
) -> None:
    """Show what the workload's endpoint served: which job's model, when, with which metrics, and what asked for it.

    The newest change comes first. Failed and refused ones are marked, with the reason below the table. `launchpad
    rollback` goes back to an earlier one.

    Example: launchpad history boston-housing --env dev
    """
    from launchpad.catalogue import load_workload
    from launchpad.promotions.facts import served_words

    load_workload(workload)
    connection = connect(env)
    listed = changes(connection, find_platform(connection), workload, limit)
    if as_json:
        say(json.dumps([_fields(change) for change in listed], indent=2))
        return
    if not listed:
        say(f"{workload} was never served in {env}; {_first(env, workload, direct=connection.settings.direct_deploy)}")
        return
    show(table(f"Endpoint of {workload}", ["when (UTC)", "job", "metrics", "by", "outcome"], map(_row, listed)))
    for change in listed:
        if change.reason:
            note(f"{change.time:%Y-%m-%d %H:%M:%S} {change.job}: {' '.join(change.reason.split())}")
    if not connection.settings.direct_deploy:
        for pin in connection.settings.endpoints:
            if pin.workload == workload:
                words = served_words(pin.model_dump(mode="json", by_alias=True, exclude_none=True))
                note(f"config/{env}.yaml pins {words}")
        note(f"a config pins what is served: `git log -p config/{env}.yaml` has what it pinned before")


def _first(environment: str, workload: str, *, direct: bool) -> str:
    """What serves a workload for the first time."""
    if direct:
        return f"`launchpad serve {workload}{of(environment)}` does (a data scientist's command)"
    return f"what config/{environment}.yaml pins is served by the next `launchpad deploy{of(environment)}`"


def _row(change: Change) -> list[Any]:
    metrics = "  ".join(f"{name} {value:.6g}" for name, value in sorted(change.metrics.items()))
    person = f"({change.origin['by']})" if change.origin.get("by") else ""
    by = " ".join(filter(None, (change.by, change.run, person)))
    job = change.job or change.endpoint_config
    served = ", ".join(filter(None, (job, _mode(change))))
    return [f"{change.time:%Y-%m-%d %H:%M:%S}", served, metrics, by, coloured(change.outcome)]


def _mode(change: Change) -> str:
    """How it was served, unless alone and at once: its mode, the other variants, the preprocessors."""
    mode = change.mode if change.mode not in ("", "realtime") else ""
    total = sum(variant["weight"] for variant in change.variants if not variant["shadow"]) or 1
    shares = [
        f"{variant['name']} {'shadow' if variant['shadow'] else format(variant['weight'] / total, '.0%')}"
        for variant in change.variants
    ]
    after = [f"after {name}" for name in change.preprocessors]
    return ", ".join(filter(None, (mode, *shares, *after, "shared" if change.target_model else "")))


def _fields(change: Change) -> Mapping[str, Any]:
    return {**asdict(change), "time": change.time.isoformat()}
