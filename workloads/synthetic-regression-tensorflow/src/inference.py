"""Serve the model by TensorFlow Serving: x, by line as CSV or as its JSON, in; `{"predictions": [[y], ...]}` out."""

import json
from typing import Any


def input_handler(data: Any, context: Any) -> str:
    """Turn a request's body into TensorFlow Serving's. ValueError, which is the client's mistake, for another body."""
    text = data.read().decode("utf-8")
    media = context.request_content_type.partition(";")[0].strip().lower()
    if media == "application/json":
        return text
    if media == "text/csv":
        return json.dumps({"instances": [[float(line)] for line in text.split()]})
    raise ValueError(f"content type {media!r} is not one of application/json, text/csv")


def output_handler(response: Any, context: Any) -> tuple[bytes, str]:  # noqa: ARG001 -- AWS's interface
    """Pass TensorFlow Serving's answer on."""
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    return response.content, "application/json"
