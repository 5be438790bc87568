"""What Cost Explorer refuses of monitors and subscriptions that its model accepts.

AWS publishes few of the words: confirmed are those for too many monitors of a dimension and for a missing threshold
(reports of users). The others are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.numbers import decimal_or_none

Record = dict[str, Any]

DIMENSIONS = ("ANOMALY_TOTAL_IMPACT_ABSOLUTE", "ANOMALY_TOTAL_IMPACT_PERCENTAGE")
MOST_IMPACT = 10_000_000_000
"""The highest threshold (the API's reference of AnomalySubscription)."""
MOST_ADDRESSES = 10
"""Mail addresses of a subscription, or one SNS topic (FAQs of Cost Anomaly Detection)."""
MOST_MONITORS = 500
"""Customer managed monitors of an account; AWS's FAQs and quotas differ between 100 and 500."""


def check_monitor(monitor: Record, others: Iterable[Record]) -> None:
    """Raise `AwsError` for a monitor that AWS does not create next to the others."""
    same = [other for other in others if other["MonitorType"] == monitor["MonitorType"]]
    if monitor["MonitorType"] == "CUSTOM":
        if "MonitorDimension" in monitor:
            raise validation_error("MonitorDimension must not be specified for a monitor of type CUSTOM")
        if len(monitor.get("MonitorSpecification", ())) != 1:
            raise validation_error("MonitorSpecification must have exactly one expression for a monitor of type CUSTOM")
        if len(same) >= MOST_MONITORS:
            raise AwsError("LimitExceededException", "Limit exceeded on custom spend monitor creation")
        return
    dimension = monitor.get("MonitorDimension")
    if dimension is None:
        raise validation_error("MonitorDimension is required for a monitor of type DIMENSIONAL")
    if any(_watches(other) == _watches(monitor) for other in same):
        raise validation_error("Limit exceeded on dimensional spend monitor creation")


def _watches(monitor: Record) -> tuple[Any, Any]:
    """What a dimensional monitor is of: AWS allows one of each dimension, or of each tag or category key."""
    return monitor.get("MonitorDimension"), monitor.get("MonitorSpecification")


def check_subscription(subscription: Record) -> None:
    """Raise `AwsError` for a subscription that AWS does not accept."""
    threshold, expression = subscription.get("Threshold"), subscription.get("ThresholdExpression")
    if threshold is None and expression is None:
        raise validation_error("Threshold and ThresholdExpression cannot both be null")
    if threshold is not None and expression is not None:
        raise validation_error("Threshold and ThresholdExpression cannot both be specified")
    for problem in _threshold_problems(expression) if expression is not None else ():
        raise validation_error(problem)
    _check_subscribers(subscription["Frequency"], subscription["Subscribers"])


def _check_subscribers(frequency: str, subscribers: list[Record]) -> None:
    kinds = [subscriber.get("Type") for subscriber in subscribers]
    wanted = "SNS" if frequency == "IMMEDIATE" else "EMAIL"
    if not kinds or any(kind != wanted for kind in kinds):
        raise validation_error(f"Subscribers of frequency {frequency} must be of type {wanted}")
    most = 1 if wanted == "SNS" else MOST_ADDRESSES
    if len(kinds) > most:
        raise validation_error(f"A subscription can have at most {most} subscribers of type {wanted}")


def _threshold_problems(expression: Record) -> Iterator[str]:
    """The first level is one dimension, or `And` or `Or` of some."""
    if len(expression) != 1:
        yield "ThresholdExpression must have exactly one of Dimensions, And and Or"
        return
    ((kind, content),) = expression.items()
    if kind in ("And", "Or"):
        for nested in content:
            yield from _threshold_problems(nested)
    elif kind == "Dimensions":
        yield from _dimension_problems(content)
    else:
        yield f"ThresholdExpression does not support {kind}"


def _dimension_problems(dimension: Record) -> Iterator[str]:
    if dimension.get("Key") not in DIMENSIONS:
        yield f"ThresholdExpression supports the dimensions {' and '.join(DIMENSIONS)}"
    if dimension.get("MatchOptions") != ["GREATER_THAN_OR_EQUAL"]:
        yield "ThresholdExpression requires the match option GREATER_THAN_OR_EQUAL"
    values = dimension.get("Values") or []
    if len(values) != 1 or not _is_impact(values[0]):
        yield "ThresholdExpression requires one value between 0 and 10,000,000,000"


def _is_impact(text: str) -> bool:
    impact = decimal_or_none(text)
    return impact is not None and 0 <= impact <= MOST_IMPACT
