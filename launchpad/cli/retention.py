"""The tables of `launchpad retention`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from launchpad.cli.tables import Table
from launchpad.cli.terminal import size, table

KIND_COLUMNS = ["what", "old", "size", "$ a month", "oldest", "rule"]
ROW_COLUMNS = ["what", "since", "size", "$ a month", "reason"]
RIGHT = ("old", "size", "$ a month")
WITHOUT_SIZE = ("endpoint configuration", "model", "model package", "image in danger")
"""The kinds that take no space of the account's."""


def kind_table(env: str, kinds: Iterable[Mapping[str, Any]]) -> Table:
    """How many of each kind are old, their size and cost, and by which rule."""
    rows = [_kind_row(kind) for kind in kinds if kind["rule"] or kind["count"] or kind["unreadable"]]
    return table(f"Old in {env}, and referred to by nothing", KIND_COLUMNS, rows, right=RIGHT)


def row_table(env: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Each old thing, the largest first."""
    return table(f"What is old in {env}", ROW_COLUMNS, map(_row, rows), right=RIGHT)


def _kind_row(kind: Mapping[str, Any]) -> list[str]:
    rule = ", ".join(f"{key}: {days}" if days else f"{key}: 0 (never)" for key, days in kind["rule"].items())
    count = "unknown" if kind["unreadable"] else str(kind["count"])
    if not kind["count"]:
        return [kind["kind"], count, "", "", "", rule]
    return [kind["kind"], count, *_size_and_price(kind), _day(kind["oldest"]), rule]


def _row(row: Mapping[str, Any]) -> list[str]:
    return [f"{row['kind']} {row['name']}", _day(row["since"]), *_size_and_price(row), row["reason"]]


def _size_and_price(item: Mapping[str, Any]) -> tuple[str, str]:
    """Both as text; what is not known is called so, and never 0."""
    unknown = "" if item["kind"] in WITHOUT_SIZE else "unknown"
    volume = unknown if item["bytes"] is None else size(item["bytes"])
    price = "unknown" if item["monthly_usd"] is None else f"${item['monthly_usd']:,.2f}"
    return volume, price


def _day(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d}" if moment else ""
