"""Fills a job's empty folders or refuses to start: on AWS a job with an empty input fails only after minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchpad.cli.preparing import (
    SCRIPT,
    channel_prefixes,
    data_script,
    owner_of,
    prepare,
    prepared_by_a_job,
    section_prefixes,
)
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import note
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import channels
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING:
    from launchpad.workload import Workload


def fill_channels(
    connection: Connection, platform: Platform, workload: Workload, overrides: Mapping[str, Any] | None = None
) -> None:
    """Run the workload's `data.py` if a channel is empty that it may fill.

    Raises:
        LaunchpadError: a channel is still empty; names what fills it.
    """
    prefixes = with_overrides("channels", channel_prefixes(workload), overrides or {})
    empty = _empty(connection, platform, prefixes)
    declared = channel_prefixes(workload)
    own = [name for name in empty if prefixes[name] == declared[name]]
    if own == empty and own and not prepared_by_a_job(workload) and data_script(workload):
        with LiveLine(f"Data of {workload.name}") as line:
            prepared = prepare(connection, platform, workload, line)
        note(f"channel {', '.join(empty)} was empty: {prepared}")
        empty = _empty(connection, platform, prefixes)
    if empty:
        raise LaunchpadError(_refusal("channel", empty[0], prefixes[empty[0]], platform, workload))


def refuse_empty_inputs(
    connection: Connection, platform: Platform, workload: Workload, kind: str, overrides: Mapping[str, Any]
) -> None:
    """Refuse a job of `kind` that would read nothing from one of its folders in the data bucket.

    A Spark step's arguments don't say which folders it reads, so it is refused only if all of them are empty.

    Raises:
        LaunchpadError: names the empty folder, and what fills it.
    """
    key = {"tuning": "channels", "transform": ""}.get(kind, "inputs")
    declared = channel_prefixes(workload) if kind == "tuning" else section_prefixes(workload, kind)
    prefixes = with_overrides(key, declared, overrides)
    empty = _empty(connection, platform, prefixes)
    if empty and (kind != "spark" or len(empty) == len(prefixes)):
        noun = "channel" if kind == "tuning" else "input"
        raise LaunchpadError(_refusal(noun, empty[0], prefixes[empty[0]], platform, workload))


def fill_pipeline(
    connection: Connection, platform: Platform, workload: Workload, overrides: Mapping[str, Any] | None = None
) -> None:
    """Fill, or refuse as empty, what the pipeline's first job reads: the `prepare` job, else training or tuning.

    Raises:
        LaunchpadError: a folder is empty; names what fills it.
    """
    if workload.prepare:
        refuse_empty_inputs(connection, platform, workload, "prepare", {})
    else:
        fill_channels(connection, platform, workload, overrides)


def with_overrides(key: str, prefixes: Mapping[str, str], overrides: Mapping[str, Any]) -> dict[str, str]:
    """The folders, where overrides such as `channels.training.prefix` replace those of workload.yaml."""
    return {
        name: overrides.get(f"{key}.{name}.prefix" if key else "input.prefix", prefix)
        for name, prefix in prefixes.items()
    }


def _empty(connection: Connection, platform: Platform, prefixes: Mapping[str, str]) -> list[str]:
    s3 = connection.client("s3")
    return [name for name, prefix in prefixes.items() if channels.is_empty(s3, platform.data_bucket, prefix)]


def _refusal(noun: str, name: str, prefix: str, platform: Platform, workload: Workload) -> str:
    uri = f"s3://{platform.data_bucket}/{prefix}/"
    command = _filling_command(noun, prefix, workload)
    if command:
        return f"{noun} {name!r} is empty; fill it with `launchpad {command}` ({uri})"
    script = f"workloads/{workload.name}/{SCRIPT}"
    write = f", or write {script}, which `launchpad data {workload.name}` runs" if not data_script(workload) else ""
    return f"{noun} {name!r} is empty: put its files into {uri}{write}"


def _filling_command(noun: str, prefix: str, workload: Workload) -> str | None:
    """The command that writes a folder: a job of the workload, or its own or its owner's `data.py`."""
    outputs = [output.prefix for output in workload.prepare.outputs.values()] if workload.prepare else []
    if any(f"{prefix}/".startswith(f"{output}/") for output in outputs):
        return f"job prepare {workload.name}"
    if owner := owner_of(prefix, workload):
        return f"data {owner}"
    if noun == "channel" and workload.spark:
        return f"job spark {workload.name}"
    declared = {**channel_prefixes(workload), **_every_input(workload)}
    return f"data {workload.name}" if data_script(workload) and prefix in declared.values() else None


def _every_input(workload: Workload) -> dict[str, str]:
    kinds = ("prepare", "evaluate", "transform", "spark")
    return {f"{kind}.{name}": prefix for kind in kinds for name, prefix in section_prefixes(workload, kind).items()}
