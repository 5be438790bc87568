"""Refuses a template whose text alone would overload the server, before anything loads it.

Note: the emulator's YAML reader is in Python and takes quadratic time: 5,000 brackets blocked the whole server for
17 s. Events of libyaml show depth and aliases at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from local_aws.api.wire import MAX_DEPTH, read_json

Parser = Callable[[str], dict[str, Any]]


def checking(parse: Parser) -> Parser:
    """The emulator's `parse`, which reports a `ValueError` as a "Template format error"."""

    def checked(template: str) -> dict[str, Any]:
        text = template.strip()
        if text.startswith("{"):
            read_json(text)
        else:
            _check_yaml(text)
        return parse(template)

    return checked


def _check_yaml(text: str) -> None:
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):  # "Template formats" in the CloudFormation user guide excludes them
                raise ValueError("YAML aliases are not allowed in CloudFormation templates")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ValueError("it nests too deep")
    except yaml.YAMLError:
        return  # the parser reports what is wrong
