"""Events that an EventBridge rule writes to a log group, and the metrics of a log group's filters.

Ministack stores the rules' targets and the metric filters, but does not use them. Even if IAM is not enforced,
EventBridge writes only where a resource policy of CloudWatch Logs allows it: nothing else gives it access.
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

from local_aws.api.service import Scope

log = logging.getLogger("local_aws")

Datum = dict[str, Any]
"""One item of PutMetricData's `MetricData`."""
Publish = Callable[[str, Datum], None]
"""Puts a datum into a namespace; returns at once."""

WRITER = "events.amazonaws.com"
_GROUP = re.compile(r"(?P<arn>arn:[^:]+:logs:(?P<region>[^:]*):(?P<account>\d*):log-group:(?P<name>[^:]+))(:\*)?")
_CONDITION = re.compile(r"""\$\.(?P<path>[\w.-]+)\s*(?P<comparator>!=|<=|>=|=|<|>)\s*(?P<value>"[^"]*"|[^\s"]+)""")
_COMPARATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def deliver_to_log_groups(
    eventbridge: Any, evaluator: Any, logs: Callable[[], Any], scope: Callable[[], Scope]
) -> None:
    """Let a rule write whole events to a log group in its region and account."""
    inner = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: Any, rule: Any, view: Any = None) -> Any:
        group = _GROUP.fullmatch(target.get("Arn", ""))
        if group is None:
            return inner(target, event, rule, view)
        stream = str(uuid.uuid4())  # one stream per event, named as EventBridge does
        reason = _undeliverable(target, group, scope()) or _refused(
            evaluator, logs(), f"{group['arn']}:log-stream:{stream}", (rule or {}).get("Arn"), scope()
        )
        if reason is None:
            message = json.dumps((view or eventbridge._pattern_event_view(event)).event_with_detail())
            reason = _write(logs(), {"logGroupName": group["name"], "logStreamName": stream}, message)
        if reason is not None:
            log.warning("EventBridge writes nothing to %s: %s", group["name"], reason)
        return None

    eventbridge._invoke_target = invoke


def _undeliverable(target: Mapping[str, Any], group: re.Match[str], scope: Scope) -> str | None:
    if (group["region"], group["account"]) != (scope.region, scope.account):
        return "it is in another region or account"
    unsupported = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    return f"the local AWS writes whole events, and the target has {unsupported[0]}" if unsupported else None


def _refused(evaluator: Any, logs: Any, stream_arn: str, rule_arn: str | None, scope: Scope) -> str | None:
    documents = [policy["policyDocument"] for policy in list(logs._resource_policies.values())]
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        context = evaluator.EvalContext(
            principal_arn=WRITER,
            principal_type="Service",
            principal_account=scope.account,
            action=action,
            resource_arn=stream_arn,
            region=scope.region,
            service_context={"aws:sourceaccount": scope.account, "aws:sourcearn": rule_arn},
        )
        decisions = {evaluator.evaluate_resource_policy(document, context, WRITER).decision for document in documents}
        if "Allow" not in decisions or "Deny" in decisions:
            return f"no resource policy allows {WRITER} {action}"
    return None


def _write(logs: Any, log_stream: dict[str, str], message: str) -> str | None:
    for response in (
        logs._create_log_stream(log_stream),
        logs._put_log_events({**log_stream, "logEvents": [{"timestamp": int(time.time() * 1000), "message": message}]}),
    ):
        if response[0] != 200:
            return str(response[2])
    return None


def count_log_events(logs: Any, publish: Publish) -> None:
    """Let metric filters count the events of their log groups, and refuse those whose pattern we can't read."""
    put_events, put_filter = logs._put_log_events, logs._put_metric_filter

    def put(data: dict[str, Any]) -> Any:
        response = put_events(data)
        if response[0] == 200:
            group = data["logGroupName"]
            for metric_filter in [item for (name, _), item in list(logs._metric_filters.items()) if name == group]:
                for event in data["logEvents"]:
                    for namespace, datum in counted(metric_filter, event["message"]):
                        publish(namespace, datum)
        return response

    def put_checked(data: dict[str, Any]) -> Any:
        try:
            matches(data.get("filterPattern", ""), "{}")
        except ValueError as error:
            return logs.error_response_json("InvalidParameterException", str(error), 400)
        return put_filter(data)

    logs._put_log_events, logs._put_metric_filter = put, put_checked


def counted(metric_filter: Mapping[str, Any], message: str) -> Iterator[tuple[str, Datum]]:
    """Namespace and datum of each of a filter's metrics, if the message matches and has the values."""
    if not matches(metric_filter["filterPattern"], message):
        return
    event = _parsed(message)
    for change in metric_filter["metricTransformations"]:
        value = _number(_told(change["metricValue"], event))
        dimensions = {name: _told(text, event) for name, text in change.get("dimensions", {}).items()}
        if value is not None and None not in dimensions.values():
            yield (
                change["metricNamespace"],
                {
                    "MetricName": change["metricName"],
                    "Value": value,
                    "Unit": change.get("unit", "None"),
                    "Dimensions": [
                        {"Name": name, "Value": _text(dimension_value)} for name, dimension_value in dimensions.items()
                    ],
                },
            )


def matches(pattern: str, message: str) -> bool:
    """Whether a filter pattern of CloudWatch Logs matches a message.

    Supported are words, all of which must be in the message, and conditions on JSON: `{ $.a.b = "x*" && $.n > 1 }`
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
    event = _parsed(message)
    return any(all(_holds(condition, event) for condition in alternative) for alternative in conditions)


def _condition(text: str) -> re.Match[str]:
    match = _CONDITION.fullmatch(text.strip())
    if match is None or (match["comparator"] not in ("=", "!=") and _number(match["value"]) is None):
        raise ValueError(f"the local AWS reads no condition such as {text.strip()!r} in a filter pattern")
    return match


def _holds(condition: re.Match[str], event: Any) -> bool:
    value, expected = _selected(event, condition["path"]), condition["value"]
    if value is None:
        return False
    limit = _number(expected)
    if limit is not None:
        number = _number(value)
        return number is not None and bool(_COMPARATORS[condition["comparator"]](number, limit))
    like = expected.strip('"').replace("[", "[[]").replace("?", "[?]")  # only `*` is a wildcard
    return fnmatch.fnmatchcase(_text(value), like) == (condition["comparator"] == "=")


def _selected(event: Any, path: str) -> Any:
    for part in path.split("."):
        event = event.get(part) if isinstance(event, Mapping) else None
    return event


def _told(text: str, event: Any) -> Any:
    return _selected(event, text.removeprefix("$.")) if text.startswith("$.") else text


def _parsed(message: str) -> Any:
    """The message as JSON; None if it isn't, so that no condition holds and it has no values."""
    try:
        return json.loads(message)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(text: Any) -> float | None:
    try:
        return None if isinstance(text, bool) else float(text)
    except (TypeError, ValueError):
        return None


def put_datum(cloudwatch: Any, namespace: str, datum: Datum) -> None:
    """Call PutMetricData with a client of CloudWatch."""
    try:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
    except (ClientError, BotoCoreError) as error:
        log.warning("metric %s of %s: %s", datum["MetricName"], namespace, error)
