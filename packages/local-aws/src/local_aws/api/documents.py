"""JSON documents in requests, such as policies and messages."""

from __future__ import annotations

import json
from typing import Any


def is_json(text: Any, kind: type = object) -> bool:
    """Whether a text is JSON, and its content of this kind."""
    try:
        return isinstance(json.loads(text), kind)
    except (ValueError, TypeError, RecursionError):
        return False


def as_list(entries: Any) -> list[Any]:
    """What a policy's element has, which may be one entry in place of a list of entries."""
    return entries if isinstance(entries, list) else [entries]
