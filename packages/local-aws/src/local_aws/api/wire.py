"""Reads JSON as AWS's JSON protocols do.

Note: Python's reader accepts more: NaN, unbounded numbers, UTF-16, and half of a surrogate pair, which can't be written
to a file or log later.
"""

from __future__ import annotations

import json
import math
from typing import Any

from local_aws.api.errors import AwsError

MAX_DEPTH = 200
"""Maximum depth of a document. EMR's configurations nest, and reading them takes two stack frames per level."""


def read_json(text: str | bytes) -> Any:
    """The value of a JSON document in UTF-8; raises `ValueError` for anything else."""
    document = text.decode() if isinstance(text, bytes) else text
    try:
        value = json.loads(document, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    _check_depth(value)
    json.dumps(value, ensure_ascii=False).encode()  # raises for half of a surrogate pair, in a key or a value
    return value


def read_request(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body; no body means an empty object. Raises `AwsError`."""
    try:
        request = read_json(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"The request body is no JSON: {error}") from error
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "The request body must be a JSON object.")
    return request


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise ValueError("it nests too deep")


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
