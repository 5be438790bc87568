"""The rows of CloudWatch's metrics: one per metric and hour, so that a value that is put costs the row of its hour."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_aws.files.keeper import Row
from local_aws.ministack.log_rows import Text

HOUR = 3600
POINTS = "metric_points"


def metric_rows(metrics: AccountRegionScopedDict, text: Text) -> Iterator[tuple[str, Row]]:
    """The rows of all metrics. A row's mark doesn't depend on its text, which is made only if it has changed."""
    for metric, points in list(metrics._data.items()):
        hours: dict[int, list[dict[str, Any]]] = {}
        for point in points:
            hours.setdefault(int(point["Timestamp"] // HOUR), []).append(point)
        for hour, chunk in hours.items():
            yield (
                repr((POINTS, metric, hour)),
                Row((len(chunk), _mark(chunk[0]), _mark(chunk[-1])), partial(text, chunk)),
            )


def is_metric_row(row: str) -> bool:
    """Whether `metric_rows` wrote the row."""
    return bool(ast.literal_eval(row)[0] == POINTS)


def metrics_of(rows: dict[str, list[dict[str, Any]]]) -> AccountRegionScopedDict:
    """The metrics of such rows, whose values are read already."""
    metrics = AccountRegionScopedDict()
    chunks = sorted(((*ast.literal_eval(row)[1:], points) for row, points in rows.items()), key=lambda chunk: chunk[1])
    for metric, _, points in chunks:
        metrics._data.setdefault(metric, []).extend(points)
    return metrics


def _mark(point: dict[str, Any]) -> tuple[Any, ...]:
    """What tells a point from others."""
    return tuple(repr(value) for value in point.values())
