"""Where a launch's code comes from, as the command line sends it in an event: commit, changes, and who launched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import RequestError

COMMIT = re.compile(r"([0-9a-f]{40})?")
"""Empty outside of a git checkout."""
LONGEST_NAME = 256
KEYS = {"commit": str, "dirty": bool, "by": str}


def origin_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event's `origin`, checked; empty if the caller sent none.

    Raises:
        RequestError: it has an unknown key, or a value that is none of a commit, a flag and a name.
    """
    origin = event.get("origin")
    if origin is None:
        return {}
    if not isinstance(origin, Mapping) or not set(origin) <= set(KEYS):
        raise RequestError(f"origin: write an object with the keys {', '.join(KEYS)}, not {origin!r}")
    for key, value in origin.items():
        if not isinstance(value, KEYS[key]):
            raise RequestError(f"origin.{key}: expected {KEYS[key].__name__}, not {value!r}")
    if not COMMIT.fullmatch(origin.get("commit", "")):
        raise RequestError(f"origin.commit: write 40 hexadecimal digits or nothing, not {origin['commit']!r}")
    if len(origin.get("by", "")) > LONGEST_NAME:
        raise RequestError(f"origin.by: at most {LONGEST_NAME} characters, not {len(origin['by'])}")
    return dict(origin)
