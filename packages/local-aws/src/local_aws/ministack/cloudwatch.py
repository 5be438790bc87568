"""CloudWatch as AWS has it, on ministack's store: alarms evaluated on the clock, metric math, a store that stays small.

ministack evaluates an alarm when data arrives, over all dimensions of its metric, as one datapoint, and never again.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from local_aws.api.service import Scope
from local_aws.clock import Clock
from local_aws.cloudwatch.alarm_events import configuration
from local_aws.cloudwatch.evaluation import evaluate
from local_aws.cloudwatch.reasons import reason, reason_data
from local_aws.ministack.alarm_requests import checked
from local_aws.ministack.alarm_series import MINUTE, datapoints, period_of
from local_aws.ministack.scope import current_scope

log = logging.getLogger("local_aws.cloudwatch")

MOST_POINTS = 2000
"""Values kept of a metric that a service publishes: 33 hours of minutes, 5 of periods of ten seconds.

AWS keeps 15 days and 3 hours. What users put is kept for two weeks.
"""
MOST_HISTORY = 2000
EVICT_SECONDS = 60.0
SCALING = ":scalingPolicy:"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

Scale = Callable[[Scope, str, Mapping[str, Any], Sequence[float]], None]
"""Called with a scaling policy's ARN, the alarm and its datapoints, the most recent first, for every period that the
alarm stays in the action's state."""
Report = Callable[[Scope, Mapping[str, Any]], None]
"""Called with an event for EventBridge."""


class Alarms:
    """Evaluates all alarms; its methods are called on the server's event loop only."""

    def __init__(self, clock: Clock, report: Report, scale: Scale) -> None:
        self._clock, self._report, self._scale = clock, report, scale
        self._evicted = time.monotonic()

    def extend(self) -> None:
        """Put right what ministack's CloudWatch does differently from AWS; safe to call again."""
        if hasattr(cloudwatch._store_datum, "inner"):
            return
        cloudwatch._evaluate_alarm = lambda _alarm: None
        cloudwatch._evaluate_all_alarms = lambda: None
        cloudwatch._evict_old_metrics = self._evict
        cloudwatch._dims_from_list = _exact(cloudwatch._dims_from_list)
        cloudwatch._store_datum = _in_order(cloudwatch._store_datum)
        cloudwatch._put_metric_alarm = checked(cloudwatch._put_metric_alarm)

    def evaluate(self, *, minute: bool) -> None:
        """Evaluate the alarms with a period below a minute, and with ``minute`` all of them."""
        now = time.time()
        for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
            if minute or period_of(alarm) < MINUTE:
                with request_scope(account, region):
                    try:
                        self._evaluate(alarm, now)
                    except Exception:
                        log.exception("alarm %s", alarm["AlarmName"])

    def _evaluate(self, alarm: dict[str, Any], now: float) -> None:
        series = datapoints(alarm, self._clock, now)
        if series is None:
            return
        before = alarm["StateValue"]
        outcome = evaluate(alarm, series, before)
        values = [point.value for point in outcome.evaluated]
        if outcome.state != before:
            self._change(alarm, outcome.state, reason(alarm, outcome, before), reason_data(alarm, outcome, now))
        if alarm.get("ActionsEnabled", True):
            for action in alarm.get(ACTIONS[alarm["StateValue"]]) or ():
                if SCALING in action:
                    self._scale(current_scope(), action, alarm, values)

    def _change(self, alarm: dict[str, Any], state: str, words: str, data: str) -> None:
        before, now = alarm["StateValue"], int(time.time())
        previous = {"value": before, "reason": alarm["StateReason"]}
        alarm.update(StateValue=state, StateReason=words, StateReasonData=data)
        alarm.update(StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
        cloudwatch._record_history(alarm["AlarmName"], before, state, words, reason_data=json.loads(data))
        del cloudwatch._history_entries()[:-MOST_HISTORY]
        self._report(current_scope(), _event(alarm, previous, data))
        cloudwatch._dispatch_alarm_actions(alarm, before, state, words)
        cloudwatch._evaluate_parent_alarms(alarm)

    def _evict(self) -> None:
        """Drop what is too old or too much, not at every request."""
        if time.monotonic() - self._evicted < EVICT_SECONDS:
            return
        self._evicted = time.monotonic()
        cutoff = time.time() - cloudwatch.TWO_WEEKS_SECONDS
        for key, points in list(cloudwatch._metrics._data.items()):
            recent = [point for point in points if point["Timestamp"] >= cutoff]
            if len(recent) < len(points):
                cloudwatch._metrics._data[key] = recent
            if not recent:
                del cloudwatch._metrics._data[key]


def put_points(scope: Scope, namespace: str, data: Iterable[Mapping[str, Any]]) -> None:
    """Store items of PutMetricData's MetricData; dimensions are a mapping, timestamps seconds since 1970."""
    with request_scope(scope.account, scope.region):
        for item in data:
            dimensions = dict(item["Dimensions"])
            points = cloudwatch._metric_bucket((namespace, item["MetricName"], cloudwatch._dims_key(dimensions)))
            del points[:-MOST_POINTS]
            cloudwatch._store_datum(
                namespace,
                item["MetricName"],
                dimensions,
                item["Timestamp"],
                item["Unit"],
                None,
                item.get("Values"),
                item.get("Counts"),
                item.get("StatisticValues"),
            )


def put_alarm(scope: Scope, alarm: Mapping[str, Any]) -> str:
    """Create or change a metric alarm for a service, and return its ARN; it keeps its state if it exists."""
    name = alarm["AlarmName"]
    with request_scope(scope.account, scope.region):
        before = cloudwatch._alarms.get(name)
        now = int(time.time())
        state = before or {"StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation"}
        arn = scope.arn("cloudwatch", f"alarm:{name}")
        cloudwatch.cloudformation_put_metric_alarm(
            {
                "AlarmArn": arn,
                "ActionsEnabled": True,
                "OKActions": [],
                "InsufficientDataActions": [],
                "AlarmConfigurationUpdatedTimestamp": now,
                "StateUpdatedTimestamp": now,
                **{key: value for key, value in state.items() if key.startswith("State")},
                **alarm,
            }
        )
    return arn


def delete_alarms(scope: Scope, names: Iterable[str]) -> None:
    """Delete metric alarms; those that don't exist are passed over."""
    with request_scope(scope.account, scope.region):
        for name in names:
            cloudwatch.cloudformation_delete_metric_alarm(name)


def alarms(scope: Scope) -> list[dict[str, Any]]:
    """The metric alarms of a scope; only to be read."""
    with request_scope(scope.account, scope.region):
        return list(cloudwatch._alarms.values())


def _event(alarm: Mapping[str, Any], previous: Mapping[str, Any], data: str) -> dict[str, Any]:
    """The event "CloudWatch Alarm State Change"."""
    state = {"value": alarm["StateValue"], "reason": alarm["StateReason"], "reasonData": data}
    detail = {
        "alarmName": alarm["AlarmName"],
        "configuration": configuration(alarm),
        "state": state,
        "previousState": dict(previous),
    }
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "Resources": [alarm["AlarmArn"]],
    }


class _Dimensions(dict[str, str]):
    """The dimensions of a query: also without any, they are those of one metric."""

    def __bool__(self) -> bool:
        return True


def _exact(inner: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    """Let a query without dimensions return the metric without dimensions, not all metrics of that name."""
    return lambda dimensions: _Dimensions(inner(dimensions))


def _in_order(inner: Callable[..., None]) -> Callable[..., None]:
    """Keep a metric's points in order of time, so that a range is found without a look at all of them."""

    @functools.wraps(inner)
    def store(namespace: str, name: str, dimensions: dict[str, str], moment: float, *arguments: Any) -> None:
        points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
        late = bool(points) and points[-1]["Timestamp"] > moment
        inner(namespace, name, dimensions, moment, *arguments)
        if late:
            points.sort(key=lambda point: point["Timestamp"])

    store.inner = inner  # type: ignore[attr-defined]
    return store
