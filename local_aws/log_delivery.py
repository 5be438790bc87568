"""Events that a rule of EventBridge writes to a log group, and the metrics that a log group's filters make of them.

Ministack keeps the rules' targets and the metric filters, and does nothing with either.
"""

from __future__ import annotations

import fnmatch
import json
import logging
import operator
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("local_aws")

Datum = dict[str, Any]
"""One of PutMetricData's `MetricData`."""
Publish = Callable[[str, Datum], None]
"""Puts a datum into a namespace; returns at once."""

WRITER = "events.amazonaws.com"
_CONDITION = re.compile(r"""\$\.(?P<path>[\w.-]+)\s*(?P<comparator>!=|<=|>=|=|<|>)\s*(?P<value>"[^"]*"|[^\s"]+)""")
_COMPARATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def deliver_to_log_groups(eventbridge: Any, logs: Callable[[], Any]) -> None:
    """Let a rule write to a log group, if the resource policies of CloudWatch Logs let EventBridge do so."""
    inner = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: Any, rule: Any, view: Any = None) -> Any:
        found = re.fullmatch(r"(arn:[^:]+:logs:[^:]*:\d*:log-group:([^:]+))(:\*)?", target.get("Arn", ""))
        if found is None:
            return inner(target, event, rule, view)
        arn, group = found[1], found[2]
        if not _may_write(logs(), arn):
            log.warning("EventBridge may not write to %s: no resource policy allows %s", group, WRITER)
            return None
        message = json.dumps((view or eventbridge._pattern_event_view(event)).event_with_detail())
        _write(logs(), group, message)
        return None

    eventbridge._invoke_target = invoke


def _may_write(logs: Any, arn: str) -> bool:
    documents = [json.loads(policy["policyDocument"]) for policy in list(logs._resource_policies.values())]
    return any(_lets_write(one, arn) for document in documents for one in _listed(document["Statement"]))


def _lets_write(statement: Mapping[str, Any], arn: str) -> bool:
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else principal
    groups = [resource.removesuffix(":*") for resource in _listed(statement["Resource"])]
    return (
        statement["Effect"] == "Allow"
        and WRITER in _listed(services)
        and "logs:PutLogEvents" in _listed(statement["Action"])
        and any(fnmatch.fnmatchcase(arn, group) for group in groups)
    )


def _write(logs: Any, group: str, message: str) -> None:
    """In a stream of its own, as EventBridge does."""
    place = {"logGroupName": group, "logStreamName": str(uuid.uuid4())}
    logs._create_log_stream(place)
    logs._put_log_events({**place, "logEvents": [{"timestamp": int(time.time() * 1000), "message": message}]})


def count_log_events(logs: Any, publish: Publish) -> None:
    """Let metric filters count what is put into their log groups, and refuse those whose pattern we can't read."""
    put_events, put_filter = logs._put_log_events, logs._put_metric_filter

    def put(data: dict[str, Any]) -> Any:
        answer = put_events(data)
        if answer[0] == 200:
            filters = [one for (group, _), one in list(logs._metric_filters.items()) if group == data["logGroupName"]]
            for event in data["logEvents"] if filters else ():
                for one in filters:
                    if matches(one["filterPattern"], event["message"]):
                        for namespace, datum in _data(one, event["message"]):
                            publish(namespace, datum)
        return answer

    def put_checked(data: dict[str, Any]) -> Any:
        try:
            matches(data.get("filterPattern", ""), "{}")
        except ValueError as error:
            return logs.error_response_json("InvalidParameterException", str(error), 400)
        return put_filter(data)

    logs._put_log_events, logs._put_metric_filter = put, put_checked


def matches(pattern: str, message: str) -> bool:
    """Whether a filter pattern of CloudWatch Logs finds a message.

    Read are words, all of which have to stand in the message, and conditions on JSON: `{ $.a.b = "x*" && $.n > 1 }`
    with `&&` and `||`, without brackets.

    Raises:
        ValueError: the pattern is of another kind.
    """
    pattern = pattern.strip()
    if not pattern.startswith("{"):
        if re.search(r"[?\[\]%]|(^|\s)-", pattern):
            raise ValueError(f"the local AWS reads no filter pattern such as {pattern!r}")
        return all((quoted or word) in message for quoted, word in re.findall(r'"([^"]*)"|(\S+)', pattern))
    alternatives = [part.split("&&") for part in pattern.strip("{} ").split("||")]
    conditions = [[_condition(text) for text in alternative] for alternative in alternatives]
    try:
        event = json.loads(message)
    except ValueError:
        return False
    return any(all(_holds(one, event) for one in alternative) for alternative in conditions)


def _condition(text: str) -> re.Match[str]:
    found = _CONDITION.fullmatch(text.strip())
    if found is None or (found["comparator"] in _COMPARATORS and _number(found["value"]) is None):
        raise ValueError(f"the local AWS reads no condition such as {text.strip()!r} in a filter pattern")
    return found


def _holds(condition: re.Match[str], event: Any) -> bool:
    value, comparator, wanted = selected(event, condition["path"]), condition["comparator"], condition["value"]
    if value is None:
        return False
    if comparator in _COMPARATORS:
        given, limit = _number(value), _number(wanted)
        return given is not None and limit is not None and bool(_COMPARATORS[comparator](given, limit))
    same = fnmatch.fnmatchcase(str(value), wanted.strip('"').replace("[", "[[]").replace("?", "[?]"))
    return same == (comparator == "=")


def selected(event: Any, path: str) -> Any:
    """What stands in an event under `a.b`; None where there is nothing."""
    for part in path.split("."):
        event = event.get(part) if isinstance(event, Mapping) else None
    return event


def _data(metric_filter: Mapping[str, Any], message: str) -> Iterator[tuple[str, Datum]]:
    """Namespace and datum of each transformation, its value and dimensions taken from the message where they say so."""
    for change in metric_filter["metricTransformations"]:
        value = _number(_told(change["metricValue"], message))
        dimensions = {name: _told(text, message) for name, text in change.get("dimensions", {}).items()}
        if value is not None and None not in dimensions.values():
            yield (
                change["metricNamespace"],
                {
                    "MetricName": change["metricName"],
                    "Value": value,
                    "Unit": change.get("unit", "None"),
                    "Dimensions": [{"Name": name, "Value": str(text)} for name, text in dimensions.items()],
                },
            )


def _told(text: str, message: str) -> Any:
    return selected(json.loads(message), text.removeprefix("$.")) if text.startswith("$.") else text


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def put_datum(cloudwatch: Any, namespace: str, datum: Datum) -> None:
    """PutMetricData by a client of CloudWatch."""
    try:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
    except (ClientError, BotoCoreError) as error:
        log.warning("metric %s of %s: %s", datum["MetricName"], namespace, error)
