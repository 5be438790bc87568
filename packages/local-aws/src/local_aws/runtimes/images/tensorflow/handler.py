"""The handlers of AWS's TensorFlow image around TensorFlow Serving: JSON, JSON lines and CSV in, JSON out.

A script `inference.py` may have `input_handler(data, context)` and `output_handler(response, context)`, or both in one
`handler(data, context)`. Note: these differ from the `model_fn`, `input_fn` and so on of SageMaker's other frameworks.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import os
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_inference import content_types, errors
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

SERVING = runpy.run_path(str(Path(__file__).with_name("serving.py")))
HANDLERS = ("input_handler", "output_handler")
JSON_LINES = ("application/jsonlines", "application/jsons")


@dataclass(frozen=True)
class Context:
    """The request context that AWS's image gives the user's handlers."""

    request_content_type: str
    accept_header: str
    content_length: int
    model_version: str
    model_name: str = "model"
    method: str = "predict"
    custom_attributes: str | None = None
    rest_uri: str | None = None
    """TensorFlow Serving's address; None, because it does not run here."""


@dataclass(frozen=True)
class Response:
    """TensorFlow Serving's response for `output_handler`: a subset of `requests.Response`."""

    content: bytes
    status_code: int = 200

    @property
    def text(self) -> str:
        """The response as text."""
        return self.content.decode()

    def json(self) -> Any:
        """The response's values."""
        return json.loads(self.content)


class TensorFlowHandler(DefaultInferenceHandler):
    """A request in TensorFlow Serving's format in, its response out."""

    def __init__(self) -> None:
        super().__init__()
        self._script: Any = None
        self._version = ""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load the SavedModel, and the user's handlers if there are any. Raises `ValueError` if there is no model."""
        name = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
        if importlib.util.find_spec(module := Path(name).stem):
            self._script = importlib.import_module(module)
            if hasattr(self._script, "handler"):
                raise ValueError(f"{name} has handler(), which calls TensorFlow Serving itself: write input_handler()")
            if missing := [function for function in HANDLERS if not hasattr(self._script, function)]:
                raise ValueError(f"{name} has no {missing[0]}(): with a script, TensorFlow's image wants both handlers")
        model = SERVING["Model"](Path(model_dir))
        self._version = model.version
        return model

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:
        """Build TensorFlow Serving's request. Raises `ValueError` for a body that does not match its content type."""
        if self._script is None:
            return _to_request(input_data, content_type)
        raw = input_data.encode() if isinstance(input_data, str) else input_data
        self._context = Context(
            request_content_type=content_type,
            accept_header=context.get_request_header(0, "Accept") or content_types.JSON,
            content_length=len(raw),
            model_version=self._version,
            custom_attributes=context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes"),
        )
        return self._script.input_handler(io.BytesIO(raw), self._context)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """Run the model. A request that it can't process is the client's mistake: 400, as in TensorFlow Serving."""
        try:
            return model.answer(data.decode() if isinstance(data, bytes) else data)
        except SERVING["RequestError"] as error:
            raise errors.BaseInferenceToolkitError(400, json.dumps({"error": str(error)}), "Bad Request") from None

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """Return the response as JSON, whatever is accepted, or the result of the user's `output_handler`."""
        if self._script is not None:
            return self._script.output_handler(Response(prediction.encode()), self._context)
        return prediction, content_types.JSON


def _to_request(body: Any, content_type: str) -> str:
    media = content_type.partition(";")[0].strip().lower()
    text = body if isinstance(body, str) else body.decode("utf-8")
    if media == content_types.JSON:
        values = json.loads(text)
        return json.dumps(values if isinstance(values, dict) else {"instances": values})
    if media in JSON_LINES:
        return json.dumps({"instances": [json.loads(line) for line in text.splitlines() if line.strip()]})
    if media == content_types.CSV:
        return json.dumps({"instances": [_numbers(line) for line in text.splitlines() if line.strip()]})
    raise errors.UnsupportedFormatError(content_type)


def _numbers(line: str) -> list[float]:
    return [float(cell) for cell in line.split(",")]
