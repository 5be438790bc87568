"""AWS's handler service for multi-model-server, with the handlers that AWS's scikit-learn image has."""

from __future__ import annotations

import os
from typing import Any

import joblib
from sagemaker_inference import content_types, decoder, encoder
from sagemaker_inference.default_handler_service import DefaultHandlerService
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from sagemaker_inference.transformer import Transformer


class _Handler(DefaultInferenceHandler):
    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        return joblib.load(os.environ["MODEL"])

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        rows = decoder.decode(input_data, content_type)
        return rows.reshape(1, -1) if rows.ndim == 1 else rows

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        return model.predict(data)

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        return encoder.encode(prediction, content_types.CSV)


_service = DefaultHandlerService(transformer=Transformer(default_inference_handler=_Handler()))


def handle(data: Any, context: Any) -> Any:
    """What multi-model-server calls: once without data, to load the model, and then for each request."""
    if data is None:
        return _service.initialize(context)
    return _service.handle(data, context)
