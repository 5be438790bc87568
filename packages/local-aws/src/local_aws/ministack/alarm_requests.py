"""PutMetricAlarm: what AWS refuses, what can't be evaluated here, and members that ministack drops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch

from local_aws.cloudwatch.evaluation import COMPARISONS
from local_aws.cloudwatch.metric_math import MathError, check
from local_aws.ministack.alarm_series import MINUTE

KEPT = ("EvaluateLowSampleCountPercentile", "Metrics", "ThresholdMetricId")
"""Members of PutMetricAlarm that ministack drops."""
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")
_BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def checked(inner: Callable[..., Any]) -> Callable[..., Any]:
    """PutMetricAlarm: refuse what would not be evaluated as it says, and keep what ministack drops."""

    def put(parameters: Any, content: Any, is_cbor: bool, is_json: bool = False) -> Any:
        request = content if is_cbor or is_json else _query(parameters)
        if refusal := _refusal(request):
            return cloudwatch._error(*refusal, 400, use_json=is_json, use_cbor=is_cbor)
        response = inner(parameters, content, is_cbor, is_json)
        alarm = cloudwatch._alarms.get(request.get("AlarmName"))
        if response[0] == 200 and alarm:
            alarm.update({name: request[name] for name in KEPT if request.get(name)})
            alarm.setdefault("StateTransitionedTimestamp", alarm["StateUpdatedTimestamp"])
            for name in OF_ONE_METRIC if request.get("Metrics") else ():
                alarm.pop(name, None)
            if alarm.get("ExtendedStatistic"):
                alarm.pop("Statistic", None)
        return response

    return put


def _query(parameters: Any) -> dict[str, Any]:
    """The members that are checked, of a request of the query protocol."""
    names = ("AlarmName", "ComparisonOperator", "ExtendedStatistic", "MetricName", KEPT[0])
    request: dict[str, Any] = {name: value for name in names if (value := cloudwatch._p(parameters, name))}
    if period := cloudwatch._p(parameters, "Period"):
        request["Period"] = int(period)
    if cloudwatch._p(parameters, "Metrics.member.1.Id"):
        request["Unread"] = "Metrics of the query protocol"
    return request


def _refusal(request: Mapping[str, Any]) -> tuple[str, str] | None:
    """Code and message for an alarm that AWS refuses, or that could not be evaluated here."""
    statistics = [request.get("ExtendedStatistic"), *(_stat(item) for item in request.get("Metrics") or ())]
    unread = [stat for stat in statistics if stat and not (cloudwatch._is_percentile_stat(stat) or stat in _BASIC)]
    period = request.get("Period") or MINUTE
    if request.get("Unread") or unread or request.get("ThresholdMetricId"):
        what = request.get("Unread") or (f"the statistic {unread[0]}" if unread else "anomaly detection")
        return "NotImplementedException", f"The local AWS evaluates no alarm with {what}."
    if not request.get("MetricName") and not request.get("Metrics"):
        return "ValidationError", "Exactly one of MetricName and Metrics must be specified."
    if request.get("ComparisonOperator") not in COMPARISONS:
        return "ValidationError", f"The ComparisonOperator {request.get('ComparisonOperator')} needs ThresholdMetricId."
    if period not in (10, 20, 30) and period % MINUTE:
        return "ValidationError", "Metric period must be 10, 20, 30, or a multiple of 60."
    try:
        check(request.get("Metrics") or ())
    except MathError as error:
        return "ValidationError", str(error)
    return None


def _stat(item: Mapping[str, Any]) -> str | None:
    stat: str | None = item.get("MetricStat", {}).get("Stat")
    return stat
