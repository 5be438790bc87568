"""The folders of the data bucket that a workload's jobs write to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.spark import DATA

Outputs = list[tuple[str, str]]
"""Keys of workload.yaml, each with a folder that its job writes to."""


def pipeline_outputs(definition: Mapping[str, Any]) -> Outputs:
    """What a run of the pipeline writes.

    Note: a Spark step's arguments don't say which folders it writes to. Those that a training channel reads count.
    """
    outputs = [
        (f"{section}.outputs.{name}", output["prefix"])
        for section in ("prepare", "evaluate")
        for name, output in (definition[section] or {}).get("outputs", {}).items()
    ]
    channels = [channel["prefix"] for channel in (definition["training"] or {}).get("channels", {}).values()]
    arguments = (definition["spark"] or {}).get("arguments", ())
    folders = [text.removeprefix(f"{DATA}/").strip("/") for text in arguments if text.startswith(f"{DATA}/")]
    spark = [
        ("spark.arguments", folder)
        for folder in folders
        if folder and any(prefix and overlap(prefix, folder) for prefix in channels)
    ]
    return [*outputs, *spark, ("each job's scripts", f"code/{definition['name']}")]


def job_outputs(definition: Mapping[str, Any]) -> Outputs:
    """What all of a workload's jobs write, in a pipeline or alone."""
    transform = [("transform", f"{definition['name']}/transform")] if definition["transform"] else []
    return [*pipeline_outputs(definition), *transform]


def overlap(one: str, other: str) -> bool:
    """Whether one folder is the other, or within it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
