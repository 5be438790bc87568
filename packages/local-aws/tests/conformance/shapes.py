"""Values that botocore's shapes allow: the smallest of each, the same in every run.

Note: AWS's patterns are Java's. The module `regex` knows their property classes, which Python's `re`, with which the
server reads them, does not: so a pattern is read here in another way than there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from rstr import Rstr

FAR = 2**31 - 1
LONGEST = 5_000
"""No longer text is made: some constraints allow megabytes."""
TRIES, SHORT = 4, 40
TEXTS = (
    *("a", "1", "a1", "aaaaaaaa", "/opt/ml/a", "s3://a-bucket/a", "d-aaaaaaaaaaaa", "1.0", "ml.m5.large", "aa-aaaa-1"),
    *("arn:aws:iam::123456789012:role/a-role", "arn:aws:sagemaker:us-east-1:123456789012:model/a", "123456789012"),
    *("https://a.com/a", "arn:aws:sns:us-east-1:123456789012:a", "subnet-a", "vpc-a", "/", ".", "cron(0 6 ? * MON *)"),
    *(
        "arn:aws:sagemaker:us-east-1:123456789012:model-package/a/1",
        "arn:aws:kms:us-east-1:123456789012:key/a",
        "fs-aaaaaaaa",
        "text/csv",
        "1.0.0",
        "mig-1g.5gb",
    ),
    *(
        f"arn:aws:sagemaker:us-east-1:123456789012:{resource}"
        for resource in ("training-plan/a", "reserved-capacity/a", "partner-app/app-AAAAAAAAAAAA")
    ),
    *(
        "arn:aws:sagemaker:us-east-1:aws:hub-content/a/DataSet/a",
        "arn:aws:sagemaker:us-east-1:aws:hub-content/a/Model/a/1.0.0",
    ),
    "arn:aws:emr-serverless:us-east-1:123456789012:/applications/a",
    *("arn:aws:sagemaker:us-east-1:aws:hub-content/a/Model/a", "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:a"),
    "arn:aws:sagemaker:us-east-1:123456789012:model-card/a/export-job/a",
    "arn:aws:lambda:us-east-1:123456789012:runtime/aaaaaaaaaaaa",
    "arn:aws:signer:us-east-1:123456789012:/signing-profiles/aa",
)
"""Tried first, because texts made by chance are hard to read."""


def smallest(shape: Shape, within: tuple[str, ...] = ()) -> Any:
    """The smallest value that the shape allows: only required members, as few elements as it may have."""
    if isinstance(shape, StructureShape):
        names = list(shape.required_members)
        if shape.is_tagged_union and not names:
            names = list(shape.members)[:1]
        inner = (*within, shape.name)
        return {name: smallest(shape.members[name], inner) for name in names if shape.members[name].name not in inner}
    if isinstance(shape, ListShape):
        return [smallest(shape.member, within) for _ in range(shape.metadata.get("min", 0))]
    if isinstance(shape, MapShape):
        return {
            distinct(shape.key, number): smallest(shape.value, within) for number in range(shape.metadata.get("min", 0))
        }
    return text(shape) if isinstance(shape, StringShape) else scalar(shape)


def one(shape: Shape, within: tuple[str, ...] = ()) -> Any:
    """The smallest value with something in it."""
    if isinstance(shape, ListShape):
        return smallest(shape, within) or [smallest(shape.member, within)]
    if isinstance(shape, MapShape):
        return smallest(shape, within) or {text(shape.key): smallest(shape.value, within)}
    return smallest(shape, within)


def scalar(shape: Shape) -> Any:
    """A value that is no text and has no parts."""
    if shape.type_name in ("integer", "long", "float", "double"):
        low, high = shape.metadata.get("min"), shape.metadata.get("max", FAR)
        number = low if low is not None else min(1, high)
        return float(number) if shape.type_name in ("float", "double") else number
    return {"boolean": True, "timestamp": 1_500_000_000, "blob": "ZnV6eg=="}[shape.type_name]


def text(shape: StringShape) -> str:
    """A text that the shape allows."""
    if shape.enum:
        return str(shape.enum[0])
    least, most = lengths(shape)
    made = fitting(shape.metadata.get("pattern"), least, min(most, LONGEST))
    if made is None:
        raise LookupError(f"no text for {shape.name}: {shape.metadata}")
    return made


def distinct(shape: Shape, number: int) -> str:
    """One of several different keys."""
    if isinstance(shape, StringShape) and shape.enum:
        return str(shape.enum[number])
    return f"k{number}"


def lengths(shape: StringShape) -> tuple[int, int]:
    """The least and the greatest length."""
    return int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", FAR))


@cache
def fitting(pattern: str | None, least: int, most: int) -> str | None:
    """A text of a length between these that meets the pattern, or None if none was found."""
    if pattern is None:
        return "a".ljust(least, "a")[:most]
    for candidate in (*TEXTS, ""):
        for filled in _filled(candidate, least):
            if least <= len(filled) <= most and meets(pattern, filled):
                return filled
    return _made(pattern, least, most) if least < SHORT else None


def _filled(candidate: str, least: int) -> Iterator[str]:
    """The text, and where it is too short with one of its characters repeated."""
    yield candidate
    for position in range(len(candidate) if len(candidate) < least else 0):
        repeated = candidate[position] * (least - len(candidate))
        yield candidate[:position] + repeated + candidate[position:]


def _made(pattern: str, least: int, most: int) -> str | None:
    source = Rstr(Random(pattern))  # noqa: S311
    for _ in range(TRIES):
        try:
            made = source.xeger(in_python(pattern))
        except re.error:  # it has more of Java's syntax
            return None
        for filled in (made, made[:most], made.ljust(least, "a")):
            if least <= len(filled) <= most and meets(pattern, filled):
                return filled
    return None


def in_python(pattern: str) -> str:
    """Only for making texts: property classes as letters."""
    for name in ("L", "M", "N", "Z", "P", "S", "Alnum"):
        pattern = pattern.replace(rf"[\p{{{name}}}", "[a-z").replace(rf"\p{{{name}}}", "a-z")
    return pattern


def meets(pattern: str, value: str) -> bool:
    """Whether the whole text meets a pattern of Java's."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> Any:
    java = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff").replace(r"\z", r"\Z")
    ascii_only = 0 if r"\p{" in java else regex.ASCII  # the flag would narrow the property classes too
    return regex.compile(java, ascii_only | (regex.VERSION1 if "&&" in java else regex.VERSION0))
