"""The tables of `launchpad idle`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from launchpad.cli.tables import Table
from launchpad.cli.terminal import table

ENDPOINT_COLUMNS = ["endpoint", "status", "idle since (UTC)", "next", "reason"]
IDLE_COLUMNS = ["what", "since", "$ a month", "next", "reason"]
NOW = {"report": "reported now", "remove": "removed now", "restore": "brought back now"}
"""What the hourly function would do if it ran now; it runs at each full hour."""
NEXT = {"report": "reported", "stop": "to be stopped", "remove": "to be deleted"}
"""What the weekly function does with a row."""


def idle_table(env: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """What is idle, the dearest first."""
    ordered = sorted(rows, key=lambda row: -(row["monthly_usd"] or 0.0))
    return table(f"Idle in {env}", IDLE_COLUMNS, map(_idle_row, ordered), right=("$ a month",))


def endpoint_table(env: str, endpoints: Iterable[Mapping[str, Any]]) -> Table:
    """The endpoints of `launchpad serve`, and what becomes of them."""
    return table(f"Endpoints of {env}", ENDPOINT_COLUMNS, map(_endpoint_row, endpoints))


def _idle_row(row: Mapping[str, Any]) -> list[str]:
    price = "unknown" if row["monthly_usd"] is None else f"${row['monthly_usd']:,.2f}"
    since = f"{datetime.fromisoformat(row['since']):%Y-%m-%d}" if row["since"] else ""
    coming = f"{row['done']} now" if row["done"] else NEXT[row["action"]]
    return [f"{row['kind']} {row['name']}", since, price, coming, row["reason"]]


def _endpoint_row(endpoint: Mapping[str, Any]) -> list[str]:
    coming = f"{endpoint['next']} {_time(endpoint['next_at'])}" if endpoint["next"] else ""
    nearest = NOW.get(endpoint["action"], coming)
    since = _time(endpoint["idle_since"]) if endpoint["idle_since"] else ""
    return [endpoint["endpoint"], endpoint["status"], since, nearest, endpoint["reason"]]


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
