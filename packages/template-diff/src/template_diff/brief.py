"""The comparison in a few lines for a terminal: the verdict, and the worst dangers by name."""

from __future__ import annotations

from template_diff.danger import Danger
from template_diff.dangers import dangers
from template_diff.grouping import by_environments, environment_names
from template_diff.markdown import summary
from template_diff.model import Difference

MOST = 10


def brief(difference: Difference, most: int = MOST) -> list[str]:
    """The report's first line, up to `most` dangers, and the number of the others."""
    rows = [_line(environments, danger) for environments, danger in by_environments(dangers(difference))]
    left_out = [f"  and {len(rows) - most} more"] if len(rows) > most else []
    return [summary(difference).replace("**", ""), *rows[:most], *left_out]


def _line(environments: tuple[str, ...], danger: Danger) -> str:
    stack = f" · {danger.stack}" if danger.stack else ""
    kind = f" ({danger.resource_type.removeprefix('AWS::')})" if danger.resource_type else ""
    resource = f" {danger.logical_id}{kind}" if danger.logical_id else ""
    return f"  {danger.kind}: {environment_names(environments)}{stack}{resource}"
