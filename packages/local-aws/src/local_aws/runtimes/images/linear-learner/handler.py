"""Answers of SageMaker's linear learner: a score for each vector, and a classifier's label."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from sagemaker_inference import errors
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

from local_aws.runtimes.inside.algorithms import ndarrays, tables

MODEL = "model_algo-1"
OURS = "local-aws.json"


class LinearLearnerHandler(DefaultInferenceHandler):
    """Vectors in, scores out."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load a model that was trained here."""
        with zipfile.ZipFile(Path(model_dir) / MODEL) as archive:
            if OURS not in archive.namelist():
                raise ValueError(
                    "The model was not trained by the local AWS: AWS's own linear learner can't be served here"
                )
            slopes, bias = ndarrays.load(archive.read("mx-mod-0000.params"))
            self._features = slopes.shape[1]
            return {**json.loads(archive.read(OURS)), "slopes": slopes, "bias": bias}

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode vectors. Raises `ValueError` in AWS's words for a body that can't be read."""
        return tables.vectors_of_request(input_data, content_type, self._features, errors.UnsupportedFormatError)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """The score, which is a probability after a logistic or softmax loss, and the label."""
        scores = data @ model["slopes"].T + model["bias"]
        if model["loss"] == "softmax_loss":
            exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
            scores = exponentials / exponentials.sum(axis=1, keepdims=True)
            return [{"score": row.tolist(), "predicted_label": int(row.argmax())} for row in scores]
        if model["loss"] == "logistic":
            scores = 0.5 * (1 + np.tanh(0.5 * scores))
        if model["predictor_type"] == "regressor":
            return [{"score": float(score)} for score in scores[:, 0]]
        labels = scores[:, 0] >= model["threshold"]
        return [
            {"score": float(score), "predicted_label": int(label)}
            for score, label in zip(scores[:, 0], labels, strict=True)
        ]

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """JSON, JSON Lines or RecordIO-protobuf. AWS's linear learner has no CSV."""
        encoded = tables.encode(prediction, accept)
        if encoded is None:
            raise errors.UnsupportedFormatError(accept)
        return encoded
