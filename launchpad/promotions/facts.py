"""What a pull request says of a promoted model. What could not be read is named, and never left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchpad.promotions.candidate import Candidate
from launchpad.promotions.pin_text import Pin
from launchpad.runs.provenance import commit_words, data_version
from launchpad.runs.verdicts import verdict

if TYPE_CHECKING:
    from launchpad.workload import Workload

UNKNOWN = "not known"


def facts(candidate: Candidate, workload: Workload, before: Pin) -> list[tuple[str, str]]:
    """Labels and values; `before` is the pin that it replaces."""
    return [
        ("version", _version(candidate)),
        ("metrics", _metrics(candidate)),
        ("quality gate", _gate(candidate, workload)),
        ("training job", candidate.job or UNKNOWN),
        *_record(candidate),
        ("artifact", f"{candidate.artifact} ({candidate.size:,} bytes)"),
        ("SHA-256", candidate.sha256),
        ("replaces", served_words(before)),
    ]


def served_words(pin: Pin) -> str:
    """What a pin serves, in words."""
    if not pin:
        return "nothing: the environment does not pin this workload yet"
    if promoted := pin.get("promoted"):
        number = str(promoted["model_package"]).rpartition("/")[2]
        return f"version {number} from {promoted['from']}, SHA-256 {promoted['sha256']}"
    return str(pin.get("model_package") or pin.get("model_data"))


def _version(candidate: Candidate) -> str:
    words = f"{candidate.number} of {candidate.group}"
    if candidate.version is None:
        return f"{words}; its registry can't be read from {candidate.source}: {candidate.unread}"
    return f"{words}, {candidate.version.status.lower()}, registered {candidate.version.registered:%Y-%m-%d %H:%M %Z}"


def _metrics(candidate: Candidate) -> str:
    if candidate.version is None:
        return f"{UNKNOWN}, because the registry can't be read"
    values = sorted(candidate.version.metrics.items())
    return ", ".join(f"{name} {value:.6g}" for name, value in values) or "none are registered"


def _gate(candidate: Candidate, workload: Workload) -> str:
    gate = verdict(workload.model_dump(), candidate.version.metrics if candidate.version else {}, evaluated=True)
    if gate is None:
        return "the workload has none"
    if candidate.version is None:
        return f"checked when it was deployed to {candidate.source}, not again"
    return f"passed: {gate.words}"


def _record(candidate: Candidate) -> list[tuple[str, str]]:
    record = candidate.record
    if not record:
        reason = "the record of the training job can't be read, or was not kept"
        return [("commit, data, trained by", f"{UNKNOWN}: {reason}")]
    origin = record.get("origin") or {}
    return [
        ("commit", commit_words(origin) or UNKNOWN),
        ("data", data_version(record) or f"{UNKNOWN}: not every channel is versioned"),
        ("trained by", str(origin.get("by") or UNKNOWN)),
    ]
