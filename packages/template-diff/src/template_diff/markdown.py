"""The comparison as Markdown for a pull request: verdict, dangers, and every change in folded details.

Note: GitHub refuses a comment of more than 65,536 characters, so rows are left out of a longer report, details first,
and the report says how many.
"""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from template_diff.danger import Danger
from template_diff.dangers import dangers
from template_diff.details import Block, details
from template_diff.grouping import by_environments, environment_names
from template_diff.model import COMMENT_LIMIT, REFUSED, Action, Difference
from template_diff.text import code, counted, plain

MARKER = "<!-- launchpad diff -->"
"""Included in every report, so that a workflow finds its earlier comment and updates it."""

_ROOM_FOR_NOTE = 300
_SHARING = 8
"""The most resources in one row of dangers, because a row can only be left out as a whole."""


@dataclass(frozen=True)
class Compared:
    """A description of the two sides for the report's second line."""

    old: str
    new: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table in Markdown: what stands before its rows, the rows, and what stands after them."""

    opening: str
    rows: tuple[str, ...]
    closing: str = ""


def render(difference: Difference, compared: Compared, limit: int = COMMENT_LIMIT, more: Sequence[Table] = ()) -> str:
    """The report, at most `limit` characters long (0: no limit). The tables in `more` follow the dangers."""
    lines = [summary(difference), "", f"Compared: {plain(compared.old)} → {plain(compared.new)}."]
    lines += [line for note in compared.notes for line in ("", f"> {plain(note)}")]
    head = "\n".join(lines) + "\n"
    tables = [*_danger_tables(difference), *more, *map(_detail_table, details(difference))]
    body, cut = _fit(tables, limit - len(head) - len(MARKER) - _ROOM_FOR_NOTE if limit else None)
    if cut:
        body += f"\n_Left out: {counted(cut, 'row')}, to stay within {limit:,} characters. See all: `--limit 0`._\n"
    return f"{head}{body}\n{MARKER}\n"


@dataclass(frozen=True)
class _Changed:
    stack: str
    logical_id: str
    action: str


def summary(difference: Difference) -> str:
    """The first line: verdict and counts; equal changes in several environments count once."""
    changes = by_environments(
        (change.place.environment, _Changed(change.place.stack, change.place.logical_id, change.label))
        for change in difference.resources
    )
    rows = by_environments(dangers(difference))
    if not changes and not rows:
        return "**No change.**"
    actions = Counter(change.action for _, change in changes)
    resources = ", ".join(f"{actions[label]} {label}" for label in (*Action, REFUSED) if actions[label])
    kinds = Counter(row.kind for _, row in rows)
    warnings = ", ".join(f"{kind.lower()}: {number}" for kind, number in kinds.items())
    counts = f"Resources: {resources or 'none changed'}." + (f" Dangers: {warnings}." if warnings else "")
    return f"**{verdict(difference)}** {counts}"


def verdict(difference: Difference) -> str:
    """The dangers that decide the exit code, in one sentence."""
    clauses = []
    if difference.failures:
        clauses.append("the deploy fails" if any(difference.failures) else "the deploy may fail")
    if difference.losses:
        clauses.append("data is lost" if any(difference.losses) else "data may be lost")
    if difference.widens:
        clauses.append("permissions are widened")
    *most, last = clauses or ["no data is lost and no permission is widened"]
    sentence = f"{', '.join(most)} and {last}" if most else last
    return f"{sentence[0].upper()}{sentence[1:]}."


def _danger_tables(difference: Difference) -> list[Table]:
    together: dict[tuple[tuple[str, ...], Danger], list[str]] = defaultdict(list)
    for environments, danger in by_environments(dangers(difference)):
        together[environments, replace(danger, logical_id="")].append(danger.logical_id)
    rows = tuple(
        _danger_row(environments, danger, ids[start : start + _SHARING])
        for (environments, danger), ids in together.items()
        for start in range(0, len(ids), _SHARING)
    )
    opening = "\n| Danger | Where | What happens, and old → new |\n|---|---|---|\n"
    return [Table(opening, rows)] if rows else []


def _danger_row(environments: tuple[str, ...], danger: Danger, logical_ids: list[str]) -> str:
    """The row of one danger; resources of one stack with exactly the same danger share the row."""
    stack = f" · {plain(danger.stack)}" if danger.stack else ""
    lines = [f"{plain(environment_names(environments))}{stack}", *map(code, filter(None, logical_ids))]
    where = "<br>".join(filter(None, [*lines, plain(danger.resource_type.removeprefix("AWS::"))]))
    return f"| **{danger.kind}** | {where} | {'<br>'.join(filter(None, (danger.what, danger.values)))} |"


def _detail_table(block: Block) -> Table:
    opening = (
        f"\n<details><summary>{html.escape(block.title)}</summary>\n\n| Change | Resource | What |\n|---|---|---|\n"
    )
    return Table(opening, block.rows, "\n</details>\n")


def _fit(tables: list[Table], room: int | None) -> tuple[str, int]:
    """The rows that fit, in order, and the number of rows that were left out."""
    text, cut = "", 0
    for table in tables:
        frame = len(table.opening) + len(table.closing)
        fitting: list[str] = []
        for row in table.rows:
            needed = len(text) + frame + sum(len(line) + 1 for line in fitting) + len(row) + 1
            if room is not None and (cut or needed > room):
                cut += 1
            else:
                fitting.append(row)
        if fitting:
            text += table.opening + "\n".join(fitting) + "\n" + table.closing
    return text, cut
