"""Metric filters of CloudWatch Logs: which messages match, and the metrics that they give."""

from __future__ import annotations

import fnmatch
import json
import operator
import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.api.numbers import decimal_or_none

Datum = dict[str, Any]
"""One item of PutMetricData's `MetricData`."""

_CONDITION = re.compile(r"""\$\.(?P<path>[\w.-]+)\s*(?P<comparator>!=|<=|>=|=|<|>)\s*(?P<value>"[^"]*"|[^\s"]+)""")
_COMPARATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


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
                    "Dimensions": [{"Name": name, "Value": _text(value)} for name, value in dimensions.items()],
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
    condition = _CONDITION.fullmatch(text.strip())
    if condition is None or (condition["comparator"] not in ("=", "!=") and _number(condition["value"]) is None):
        raise ValueError(f"the local AWS reads no condition such as {text.strip()!r} in a filter pattern")
    return condition


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
    return None if isinstance(text, bool) else decimal_or_none(str(text))
