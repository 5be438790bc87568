"""StateReason and StateReasonData in CloudWatch's words, as DescribeAlarms shows them for real alarms."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from local_aws.cloudwatch.evaluation import ALARM, INSUFFICIENT_DATA, Datapoint, Outcome, breaches

MOST_LISTED = 5
WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATMENTS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def reason(alarm: Mapping[str, Any], outcome: Outcome, before: str) -> str:
    """StateReason of an evaluation that changed the state."""
    periods = alarm["EvaluationPeriods"]
    if outcome.state == INSUFFICIENT_DATA:
        unknown = outcome.filled
        return f"Insufficient Data: {_counted(unknown, 'datapoint')} {_was(unknown)} unknown."
    missing = _missing(alarm, outcome)
    if not outcome.evaluated:
        return f"Threshold Crossed: no datapoints were received for {_counted(periods, 'period')}{missing}."
    crossed = _crossed(alarm, outcome)
    count, threshold = len(crossed), f"the threshold ({float(alarm['Threshold'])})"
    negation = "" if outcome.state == ALARM else "not "
    verdict = f"{_was(count)} {negation}{WORDS[alarm['ComparisonOperator']]} {threshold}"
    if "DatapointsToAlarm" in alarm:
        needed = _transition(alarm, outcome.state, before)
        of_all = f"{count} out of the last {periods} datapoints {_listed(crossed)}"
        return f"Threshold Crossed: {of_all} {verdict}{missing}{needed}."
    if count > MOST_LISTED:
        recent = f"The most recent datapoints which crossed the threshold: {_listed(crossed)}"
        return f"Threshold Crossed: {_counted(count, 'datapoint')} {verdict}{missing}. {recent}."
    return f"Threshold Crossed: {_counted(count, 'datapoint')} {_listed(crossed)} {verdict}{missing}."


def reason_data(alarm: Mapping[str, Any], outcome: Outcome, now: float) -> str:
    """StateReasonData: the evaluated datapoints as JSON."""
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    content = {
        "version": "1.0",
        "queryDate": _moment(now),
        **({"startDate": _moment(outcome.evaluated[-1].at)} if outcome.evaluated else {}),
        **({"statistic": statistic} if statistic and not alarm.get("Metrics") else {}),
        "period": alarm.get("Period"),
        "recentDatapoints": [point.value for point in reversed(outcome.evaluated)],
        "threshold": float(alarm["Threshold"]),
        "evaluatedDatapoints": [{"timestamp": _moment(point.at), "value": point.value} for point in outcome.evaluated],
    }
    return json.dumps(content, separators=(",", ":"))


def _crossed(alarm: Mapping[str, Any], outcome: Outcome) -> list[Datapoint]:
    """The datapoints on the state's side of the threshold."""
    return [point for point in outcome.evaluated if breaches(alarm, point.value) == (outcome.state == ALARM)]


def _listed(points: list[Datapoint]) -> str:
    moments = (f"{point.value} ({time.strftime('%d/%m/%y %H:%M:%S', time.gmtime(point.at))})" for point in points)
    return f"[{', '.join(list(moments)[:MOST_LISTED])}]"


def _missing(alarm: Mapping[str, Any], outcome: Outcome) -> str:
    treatment = TREATMENTS.get(alarm.get("TreatMissingData", ""))
    if not outcome.filled or treatment is None:
        return ""
    return f" and {_counted(outcome.filled, 'missing datapoint')} {_was(outcome.filled)} treated as [{treatment}]"


def _transition(alarm: Mapping[str, Any], state: str, before: str) -> str:
    needed = alarm["DatapointsToAlarm"]
    if state != ALARM:
        needed = alarm["EvaluationPeriods"] - needed + 1
    start = before if before != INSUFFICIENT_DATA else ("OK" if state == ALARM else ALARM)
    return f" (minimum {_counted(needed, 'datapoint')} for {start} -> {state} transition)"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _moment(seconds: float) -> str:
    milliseconds = int(seconds * 1000) % 1000
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03d}+0000"
