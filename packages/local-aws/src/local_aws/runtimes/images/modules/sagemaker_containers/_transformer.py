"""The steps of a request, with the defaults of the framework images for those that a script leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from sagemaker_training import encoders, errors

from sagemaker_containers import _env
from sagemaker_containers._worker import Response


def default_model_fn(model_dir: str) -> Any:
    """Raise `NotImplementedError`: the script loads its model."""
    raise NotImplementedError(f"the script needs a model_fn(model_dir) that loads the model of {model_dir}")


def default_input_fn(input_data: Any, content_type: str) -> Any:
    """Decode CSV, JSON and NPY."""
    return encoders.decode(input_data, content_type)


def default_predict_fn(data: Any, model: Any) -> Any:
    """Raise `NotImplementedError`: each framework has its own."""
    raise NotImplementedError(f"the script needs a predict_fn(data, model) for {type(model).__name__}")


def default_output_fn(prediction: Any, accept: str) -> Response:
    """Encode as CSV, JSON or NPY."""
    return Response(encoders.encode(prediction, accept), mimetype=accept)


class Transformer:
    """Decode, predict and encode, or call the script's `transform_fn`, for one request of Flask's."""

    def __init__(
        self,
        model_fn: Callable[..., Any] | None = None,
        input_fn: Callable[..., Any] | None = None,
        predict_fn: Callable[..., Any] | None = None,
        output_fn: Callable[..., Any] | None = None,
        transform_fn: Callable[..., Any] | None = None,
        error_class: type[Exception] = errors.ClientError,  # noqa: ARG002
    ) -> None:
        if transform_fn and (input_fn or predict_fn or output_fn):
            raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
        self._model_fn = model_fn or default_model_fn
        self._steps = (input_fn or default_input_fn, predict_fn or default_predict_fn, output_fn or default_output_fn)
        self._transform_fn = transform_fn or self._transform
        self._model: Any = None

    def initialize(self) -> None:
        """Load the model."""
        self._model = self._model_fn(_env.model_dir)

    def transform(self) -> Any:
        """The response to Flask's current request."""
        request = flask.request
        accept = request.headers.get("Accept")
        accept = _env.ServingEnv().default_accept if accept in (None, "*/*") else accept
        result = self._transform_fn(self._model, request.get_data(), request.content_type, accept)
        return Response(result[0], mimetype=result[1]) if isinstance(result, tuple) else result

    def _transform(self, model: Any, content: Any, content_type: str, accept: str) -> Any:
        decode, predict, encode = self._steps
        try:
            rows = decode(content, content_type)
        except errors.UnsupportedFormatError as error:
            return Response(str(error), status=415)
        prediction = predict(rows, model)
        try:
            return encode(prediction, accept)
        except errors.UnsupportedFormatError as error:
            return Response(str(error), status=406)
