"""Answers of SageMaker's image classification: a probability for each class."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from sagemaker_inference import errors
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

sys.path.insert(0, str(Path(__file__).parent))
from network import residual_network
from pictures import PICTURES, fitted, model_file

from local_aws.runtimes.inside.algorithms.job import log
from local_aws.runtimes.inside.algorithms.tables import BAD_PAYLOAD, JSON, JSON_LINES

sys.path.pop(0)


class ImageClassificationHandler(DefaultInferenceHandler):
    """An image in, probabilities out."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load a network that was trained here."""
        state = torch.load(model_file(Path(model_dir)), weights_only=True)
        self._shape = tuple(state["image_shape"])
        network = residual_network(state["num_layers"], self._shape[0], state["num_classes"])
        network.load_state_dict(state["weights"])
        return network.eval()

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode an image. Raises `ValueError` for bytes that are none."""
        if content_type.split(";")[0].strip().lower() not in PICTURES:
            raise errors.UnsupportedFormatError(content_type)
        try:
            return fitted(input_data, self._shape)[None]
        except (OSError, ValueError) as error:
            log(f"{BAD_PAYLOAD}: {error}", "ERROR")
            raise ValueError(BAD_PAYLOAD) from error

    @torch.no_grad()
    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """The softmax of the scores."""
        return model(data).softmax(1)[0].tolist()

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """JSON, a list of probabilities; or JSON Lines, an object with that list."""
        media = (accept or "*/*").split(",")[0].split(";")[0].strip().lower()
        if media == JSON_LINES:
            return json.dumps({"prediction": prediction}) + "\n", JSON_LINES
        if media in (JSON, "*/*", "application/*"):
            return json.dumps(prediction), JSON
        raise errors.UnsupportedFormatError(accept)
