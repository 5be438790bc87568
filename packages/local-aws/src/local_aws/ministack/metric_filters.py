"""Metric filters of CloudWatch Logs: the metrics that messages give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.ministack.log_patterns import event_of, matches, number_of, selected, text_of

Datum = dict[str, Any]
"""One item of PutMetricData's `MetricData`."""


def counted(metric_filter: Mapping[str, Any], message: str) -> Iterator[tuple[str, Datum]]:
    """Namespace and datum of each of a filter's metrics, if the message matches and has the values."""
    if not matches(metric_filter["filterPattern"], message):
        return
    event = event_of(message)
    for change in metric_filter["metricTransformations"]:
        value = number_of(_told(change["metricValue"], event))
        dimensions = {name: _told(text, event) for name, text in change.get("dimensions", {}).items()}
        if value is not None and None not in dimensions.values():
            yield (
                change["metricNamespace"],
                {
                    "MetricName": change["metricName"],
                    "Value": value,
                    "Unit": change.get("unit", "None"),
                    "Dimensions": [{"Name": name, "Value": text_of(value)} for name, value in dimensions.items()],
                },
            )


def _told(text: str, event: Any) -> Any:
    return selected(event, text.removeprefix("$")) if text.startswith("$.") else text
