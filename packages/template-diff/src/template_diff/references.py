"""References to resources, embedded in plain text.

A reference is a name between two characters that no template contains; a resource's name is `stack/LogicalId`,
optionally followed by `.Attribute`. So `arn:aws:s3:::${Bucket}/*` is one string that compares, sorts and matches
wildcards, and a literal `${Bucket}` without `Fn::Sub` is still different from a reference to the bucket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Value: TypeAlias = str | list["Value"] | dict[str, "Value"]
"""A template's value with its functions resolved: every scalar is text."""

OPEN, CLOSE = "\ue000", "\ue001"
REFERENCE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_NAME = re.compile(r"[\w./-]+/[A-Za-z0-9]+")
_RESOURCE = re.compile(rf"{OPEN}({_NAME.pattern})(\.[^(){CLOSE}]*)?{CLOSE}")


def reference(name: str) -> str:
    """A reference to `name`; references inside it lose their marks."""
    return OPEN + name.replace(OPEN, "").replace(CLOSE, "") + CLOSE


def resource_named(text: str) -> str:
    """The `stack/LogicalId` of a text that is one reference to a resource, else the text (a literal name or ARN)."""
    match = _RESOURCE.fullmatch(text)
    return match[1] if match else text


def texts(value: Value) -> Iterator[str]:
    """Every text in `value`, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        for key, item in value.items():
            yield key
            yield from texts(item)


def resources_in(value: Value) -> set[str]:
    """The `stack/LogicalId` of every resource that `value` refers to."""
    return {name for text in texts(value) for inner in REFERENCE.findall(text) for name in _NAME.findall(inner)}


def mapped(value: Value, change: Callable[[str], str]) -> Value:
    """`value` with `change` applied to each of its texts."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [mapped(item, change) for item in value]
    return {change(key): mapped(item, change) for key, item in value.items()}


def renamed(value: Value, names: Mapping[str, str]) -> Value:
    """`value` with the new names in references to renamed resources."""
    if not names:
        return value

    def new_name(match: re.Match[str]) -> str:
        return OPEN + _NAME.sub(lambda name: names.get(name[0], name[0]), match[1]) + CLOSE

    return mapped(value, lambda text: REFERENCE.sub(new_name, text))


def shown(text: str, stack: str) -> str:
    """`text` in readable form: `${Bucket.Arn}`, or `${storage/Bucket.Arn}` for a stack other than `stack`."""
    own = re.compile(rf"(?<![\w./-]){re.escape(stack)}/(?=[A-Za-z0-9]+\b)")
    return REFERENCE.sub(lambda match: "${" + own.sub("", match[1]) + "}", text)


def canonical(value: Value) -> str:
    """A text that is equal for equal values."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
