"""What a pull request says of a promoted model. What could not be read is named, and never left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchpad.promotions.candidate import Candidate
from launchpad.promotions.pin_text import Pin
from launchpad.runs.verdicts import verdict

if TYPE_CHECKING:
    from launchpad.workload import Workload

UNKNOWN = "not known"
FACTS = {"commit": "commit", "data": "data", "by": "trained by"}
"""The facts of a training, by their keys in a pin, with the words for them."""


def facts(candidate: Candidate, workload: Workload, before: Pin) -> list[tuple[str, str]]:
    """Labels and values; `before` is the pin that it replaces."""
    return [
        ("version", _version(candidate)),
        ("metrics", _metrics(candidate)),
        ("quality gate", _gate(candidate, workload)),
        ("training job", candidate.job or UNKNOWN),
        *_trained(candidate),
        ("artifact", f"{candidate.artifact} ({candidate.size:,} bytes)"),
        ("SHA-256", candidate.sha256),
        *_companions(candidate, workload),
        ("replaces", served_words(before)),
    ]


def served_words(pin: Pin) -> str:
    """What a pin serves, in words."""
    if not pin:
        return "nothing: the environment does not pin this workload yet"
    if promoted := pin.get("promoted"):
        number = str(promoted["model_package"]).rpartition("/")[2]
        trained = promoted.get("trained") or {}
        facts = "".join(f", {label} {trained[key]}" for key, label in FACTS.items() if trained.get(key))
        return f"version {number} from {promoted['from']}, SHA-256 {promoted['sha256']}{facts}"
    return str(pin.get("model_package") or pin.get("model_data") or pin.get("models"))


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


def _trained(candidate: Candidate) -> list[tuple[str, str]]:
    if not candidate.trained and not candidate.record:
        reason = "the record of the training job can't be read, or was not kept, and no pin has them"
        return [("commit, data, trained by", f"{UNKNOWN}: {reason}")]
    absent = {"data": f"{UNKNOWN}: not every channel is versioned"} if candidate.record else {}
    return [(label, candidate.trained.get(key) or absent.get(key, UNKNOWN)) for key, label in FACTS.items()]


def _companions(candidate: Candidate, workload: Workload) -> list[tuple[str, str]]:
    """What is copied with it; a monitored model without a baseline can't be compared with anything."""
    together = candidate.companions
    rows = [("preprocessors", ", ".join(each["artifact"] for each in together.preprocessors.values()))]
    if workload.monitoring:
        command = f"`launchpad monitor baseline {workload.name} --job {candidate.job} --env {candidate.source}`"
        absent = f"none: its requests are compared with nothing; {command} makes one, then promote again"
        rows.append(("monitoring baseline", ", ".join(together.baseline) or absent))
    return [(label, text) for label, text in rows if text]
