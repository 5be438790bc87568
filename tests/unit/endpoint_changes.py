"""Records of an endpoint's changes, and how these ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from launchpad.platform_client.change_outcomes import Change, judged

BEGIN = datetime(2026, 11, 28, tzinfo=UTC)


def state(config: str, status: str = "InService", reason: str = "") -> dict[str, str]:
    return {"endpoint_config": config, "status": status, "reason": reason}


def record(config: str, before: Any, **more: Any) -> dict[str, Any]:
    """The record of a change to `config`, which serves the job of the same name."""
    own = {"endpoint_config": config, "job": config, "before": before, "outcome": "asked", "by": "serve"}
    empty = {"model": "m", "model_data": "", "metrics": {}, "run": "", "origin": {}, "restores": ""}
    return {**own, **empty, **more}


def ended(*records: dict[str, Any], now: Any) -> list[Change]:
    """The changes, of records in the order of time."""
    moments = [(BEGIN + timedelta(minutes=number)).isoformat() for number in range(len(records))]
    items = [(str(number), {**item, "time": moments[number]}) for number, item in enumerate(records)]
    return list(judged(iter(reversed(items)), now))


FIRST, SECOND = record("a", None), record("b", state("a"))


def removal(config: str, why: str = "idle") -> dict[str, Any]:
    return record(config, state(config), event="removed", why=why, by="idle")


PLATFORM: Any = SimpleNamespace(model_bucket="models")
