"""Serve the model by TensorFlow Serving: images as JSON or as a NumPy array in, a score for each class out.

Note: AWS's TensorFlow image has no model_fn. It calls `input_handler` before TensorFlow Serving, whose
request is JSON, `{"instances": [...]}`, and `output_handler` after it.
"""

import io
import json
from typing import Any

import numpy as np

SIZE = 28


def input_handler(data: Any, context: Any) -> str:
    """Turn a request's body into TensorFlow Serving's. ValueError, which is the client's mistake, for another body."""
    body = data.read()
    media = context.request_content_type.partition(";")[0].strip().lower()
    if media == "application/json":
        return body.decode("utf-8")
    if media == "application/x-npy":
        images = np.load(io.BytesIO(body), allow_pickle=False).reshape(-1, SIZE, SIZE, 1)
        return json.dumps({"instances": images.tolist()})
    raise ValueError(f"content type {media!r} is not one of application/json, application/x-npy")


def output_handler(response: Any, context: Any) -> tuple[bytes, str]:  # noqa: ARG001 -- AWS's interface
    """Pass TensorFlow Serving's answer on, `{"predictions": [...]}`."""
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    return response.content, "application/json"
