"""What CloudWatch refuses of metrics that its model allows, in its words.

Confirmed by users' reports and by published tests against AWS, but for a number's digits (they had commas once), the
path of one in a list or in StatisticValues, and whether the words for a metric without a value name Values today.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.numbers import is_metric
from local_aws.api.query_request import SPECIAL
from local_aws.front.metric_words import are_exclusive, is_invalid, is_none_of, is_too_long

Members = Mapping[str, Any]
RESERVED = "AWS/"
"""How the namespaces of AWS's services begin. Its reference says that users should not use one; users' reports, that
they can't."""
MOST_METRICS, MOST_VALUES = 1000, 150
OLDEST, NEWEST = -14 * 24 * 3600, 2 * 3600
"""Seconds from now."""
RESOLUTIONS = (1, 60)
VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
Refusals = Iterator[tuple[str, str]]
"""Codes and words."""


def refuse_numbers(members: Members) -> None:
    """Refuse what is no number to CloudWatch. To be called before the model's checks, to which NaN is another type."""
    _refuse((VALUE, is_invalid(path, _shown(number))) for path, number in _odd(members))


def _odd(members: Members) -> Iterator[tuple[str, Any]]:
    """The numbers that are none, too large or too small, with their paths."""
    for path, datum in _data(members):
        for name in ("Value", "Values", "Counts", "StatisticValues"):
            for end, number in _numbers(datum.get(name)):
                if _is_odd(number):
                    yield f"{path}.{name}{end}", number


def _is_odd(number: Any) -> bool:
    if isinstance(number, str):
        return number in SPECIAL
    return isinstance(number, int | float) and not is_metric(number)


def _numbers(value: Any) -> Iterator[tuple[str, Any]]:
    """What may be a number, with the end of its path."""
    if isinstance(value, list):
        yield from ((f".member.{index}", number) for index, number in enumerate(value, start=1))
    elif isinstance(value, Mapping):
        yield from ((f".{name}", number) for name, number in value.items())
    else:
        yield "", value


def _data(members: Members) -> Iterator[tuple[str, Members]]:
    data = members.get("MetricData")
    for index, datum in enumerate(data if isinstance(data, list) else (), start=1):
        if isinstance(datum, Mapping):
            yield f"MetricData.member.{index}", datum


def _shown(number: Any) -> str:
    """A number as AWS shows it, which has words for some. JSON has them instead of the number."""
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(number), str(number))


def _put_metric_data(members: Members) -> None:
    if str(members.get("Namespace") or "").startswith(RESERVED):
        raise AwsError(VALUE, is_invalid("Namespace", RESERVED))
    sources = (members, *(members.get("EntityMetricData") or ()))
    if sum(len(source.get("MetricData") or ()) for source in sources) > MOST_METRICS:
        raise AwsError(VALUE, is_too_long("MetricData", MOST_METRICS))
    _refuse(refusal for path, datum in _data(members) for refusal in _of_a_datum(path, datum, time.time()))


def _of_a_datum(path: str, datum: Members, now: float) -> Refusals:
    values, counts, moment = datum.get("Values"), datum.get("Counts"), datum.get("Timestamp")
    single, summary = datum.get("Value") is not None, datum.get("StatisticValues")
    for name in ("Values", "StatisticValues") if single else ():
        if datum.get(name):
            yield COMBINATION, are_exclusive(path, "Value", name)
    if not (single or values or summary):
        pair = f"{path}.Value and {path}.StatisticValues"
        yield COMBINATION, f"At least one of the parameters {pair} must be specified."
    if values and len(values) > MOST_VALUES:
        yield VALUE, is_too_long(f"{path}.Values", MOST_VALUES)
    if values and counts and len(values) != len(counts):
        yield VALUE, f"The parameters {path}.Values and {path}.Counts must be of the same size."
    if moment is not None and not OLDEST <= moment - now <= NEWEST:
        yield VALUE, f"The parameter {path}.Timestamp must specify a time within the past two weeks."
    if datum.get("StorageResolution", 60) not in RESOLUTIONS:
        yield VALUE, is_none_of(f"{path}.StorageResolution", RESOLUTIONS)


def _refuse(refusals: Refusals) -> None:
    """Raise the error of the first refusal, with the words of all that have its code."""
    every = list(refusals)
    if every:
        code = every[0][0]
        raise AwsError(code, "\n".join(words for each, words in every if each == code))


RULES: dict[tuple[str, str], Callable[[Members], None]] = {("monitoring", "PutMetricData"): _put_metric_data}
