"""How each change of an endpoint ended, concluded from the records of the deploy function.

An update fails only minutes after it was asked for. So whether one succeeded is known from what the endpoint served
when the next change was asked for, or from what it serves now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launchpad.platform_client.busy_endpoints import MOVING
from launchpad.platform_client.endpoints import SERVING

CURRENT, SERVED, CHANGING = "current", "served", "changing"
FAILED, REFUSED, UNKNOWN, REMOVED = "failed", "refused", "unknown", "removed"
WORKED = (CURRENT, SERVED, UNKNOWN)
"""The outcomes of changes that one can go back to: one of an endpoint that was deleted may have worked."""
_DELETED = "the endpoint was deleted before the next change"
_ELSEWHERE = "the endpoint served something that no record has, so it was changed by other means"
_REASONS = {"idle": "it had no invocation for too long", "hours": "it was outside its opening hours"}
"""Why the function for idle endpoints removed one, by the `why` of its record."""
_ENDED = {SERVING: SERVED, "Failed": FAILED, "UpdateRollbackFailed": FAILED}
"""The values of EndpointStatus that say how a change to the endpoint's configuration ended."""
State = Mapping[str, str] | None
"""An endpoint's configuration, status and failure reason at one moment; None without an endpoint."""


@dataclass(frozen=True)
class Change:
    """One change of an endpoint, and how it ended."""

    time: datetime
    endpoint_config: str
    job: str
    """Empty if the served artifact names no training job."""
    by: str
    """`serve`, `pipeline`, `rollback` or `idle`; `config` where a config pins the endpoint, else empty."""
    outcome: str
    reason: str = ""
    model: str = ""
    model_data: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    run: str = ""
    """The pipeline's execution."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    """The name of its record, which the deploy function takes; empty without one."""
    restores: str = ""
    """The name of the record that a rollback went back to."""
    endpoint: str = ""
    mode: str = ""
    """`serving.mode`; empty if the record is older than modes."""
    variants: Sequence[Mapping[str, Any]] = ()
    """All variants, where there are several or a shadow: name, job, model, weight, shadow."""
    preprocessors: Mapping[str, str] = field(default_factory=dict)
    """The jobs of the workloads whose models work on a request before."""
    target_model: str = ""
    """`TargetModel` of requests, where the endpoint is shared."""

    @property
    def content(self) -> tuple[str, str]:
        """What distinguishes it from other changes: on a shared endpoint, the configuration stays the same."""
        return self.endpoint_config, self.target_model


def judged(records: Iterator[tuple[str, Mapping[str, Any]]], now: State) -> Iterator[Change]:
    """Each record with its outcome; `records` are names and contents, the newest first, and `now` is the endpoint."""
    later: list[State] = [now]
    newest, current = True, False
    for name, record in records:
        if record["outcome"] == "refused":
            yield _change(name, record, REFUSED, record.get("reason", ""))
            later.append(record["before"])
            continue
        if record.get("event") == REMOVED:
            yield _change(name, record, REMOVED, _REASONS.get(record["why"], record["why"]))
            later, newest = [record["before"]], False
            continue
        outcome, reason = _outcome(record["endpoint_config"], later, newest=newest)
        if outcome == SERVED and not current and now and now["endpoint_config"] == record["endpoint_config"]:
            outcome = CURRENT  # a later change failed, or is still going on
        current = current or outcome == CURRENT
        yield _change(name, record, outcome, reason)
        later, newest = [record["before"]], False


def _outcome(config: str, later: Sequence[State], *, newest: bool) -> tuple[str, str]:
    """How a change to `config` ended, and why, by what was seen of the endpoint until the next change."""
    states = [state for state in later if state is not None]
    now = later[0] if newest else None
    if now and now["status"] in MOVING:
        return CHANGING, ""
    if now and now["status"] == SERVING and now["endpoint_config"] == config:
        return CURRENT, ""
    for state in states:
        if state["endpoint_config"] == config and state["status"] in _ENDED:
            return _ENDED[state["status"]], "" if state["status"] == SERVING else state["reason"]
    if not states:
        return UNKNOWN, _DELETED
    reason = next((state["reason"] for state in states if state["reason"]), "")
    return (FAILED, reason) if reason else (UNKNOWN, _ELSEWHERE)


def _change(name: str, record: Mapping[str, Any], outcome: str, reason: str) -> Change:
    return Change(
        time=datetime.fromisoformat(record["time"]),
        outcome=outcome,
        reason=reason,
        name=name,
        mode=record.get("serving", {}).get("mode", ""),
        **{key: record[key] for key in _COPIED},
        **{key: record[key] for key in _ADDED if key in record},
    )


_COPIED = ("endpoint_config", "job", "by", "model", "model_data", "metrics", "run", "origin", "restores")
_ADDED = ("endpoint", "variants", "preprocessors", "target_model")
"""What earlier records lack."""
