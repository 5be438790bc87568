"""Checks of a lifecycle script without a machine to run it on: whether a machine could start it at all."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from local_aws.api.errors import validation_error

HOOKS = ("OnCreate", "OnStart")
LIMIT = 16384
"""Characters, after encoding."""


def check_encoding(request: dict[str, Any]) -> None:
    """Raise SageMaker's error for content that is not base64 or too long."""
    for hook in HOOKS:
        for script in request.get(hook, ()):
            if len(script.get("Content", "")) > LIMIT:
                raise validation_error(f"{hook}: the script must have at most {LIMIT} characters, base64-encoded.")
            try:
                base64.b64decode(script.get("Content", ""), validate=True)
            except binascii.Error as error:
                raise validation_error(f"{hook}: the script's Content must be base64-encoded: {error}") from error


def fault(config: dict[str, Any], hook: str) -> str | None:
    """Why the instance would fail at this hook's script, or None if no fault is known."""
    for script in config.get(hook, ()):
        text = base64.b64decode(script.get("Content", ""))
        first = text.split(b"\n", 1)[0]
        if not first.startswith(b"#!"):
            return f"{hook}: exec format error (the script's first line must name its interpreter, such as #!/bin/bash)"
        if first.endswith(b"\r"):
            return f"{hook}: {first[2:-1].decode(errors='replace')}\\r: no such file (lines must end with LF alone)"
        if b"\0" in text:
            return f"{hook}: the script is no text"
    return None
