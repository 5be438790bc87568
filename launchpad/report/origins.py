"""Where a training job's data and code came from, for its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.requests.channels import CODE_CHANNEL, MODEL_CHANNEL
from launchpad.runs import columns
from launchpad.runs.run import Run

NOT_DATA = (CODE_CHANNEL, MODEL_CHANNEL)
"""Channels without a version, because the record names the scripts and the earlier model elsewhere."""


@dataclass(frozen=True)
class Channel:
    """Where a channel's data is, and its version."""

    name: str
    uri: str
    version: str


def channels_of(job: Mapping[str, Any], run: Run | None) -> Iterator[Channel]:
    """The channels of a training job, with the versions in its record."""
    recorded = (run.record.get("data") or {}) if run else {}
    for name, uri in columns.uris(job):
        data = recorded.get(name) or {}
        parts = [str(data.get("version") or "")]
        parts += [f"{data['objects']} objects, {data['bytes']:,} bytes"] if data.get("objects") is not None else []
        yield Channel(name, uri, " · ".join(filter(None, parts)) or ("" if name in NOT_DATA else "not recorded"))


def code_of(run: Run | None) -> Iterator[tuple[str, str]]:
    """What the job ran, and what it began from, as labels and texts."""
    if run is None:
        return
    record = run.record
    changes = " with changes that are not committed" if run.dirty else ""
    yield "Commit", f"{run.commit}{changes}" if run.commit else "not recorded"
    for section, digest in sorted((record.get("code") or {}).items()):
        yield f"SHA-256 of {section}", str(digest)
    if record:
        yield "Working copy", "yes, sent with the run" if record.get("working_copy") else "no, as deployed"
    pairs = {
        "Launched by": (record.get("origin") or {}).get("by"),
        "Overrides": "  ".join(f"{key}={value}" for key, value in sorted((record.get("overrides") or {}).items())),
        "Started from": record.get("from_job"),
        "Resumed from": record.get("resumed_from"),
        "Tuning": run.tuning,
        "Pipeline": run.pipeline,
    }
    yield from ((label, str(value)) for label, value in pairs.items() if value)
