"""Defaults of AWS's Hugging Face image for what the script omits: a pipeline of the model, JSON in and out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sagemaker_inference import content_types, encoder, errors, utils
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from transformers import pipeline

TASK = "HF_TASK"
TASKS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
}
"""Suffixes of architecture names, with the task of such models."""


class TransformersHandler(DefaultInferenceHandler):
    """``{"inputs": ..., "parameters": {...}}`` in, the pipeline's result out."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Create the pipeline of HF_TASK, or of ``config.json``'s architecture. Raises `ValueError` without either."""
        return pipeline(os.environ.get(TASK) or _task(Path(model_dir)), model=model_dir, device="cpu")

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode a JSON object. Raises `ValueError` if it is not JSON or has no ``inputs``."""
        if content_type != content_types.JSON:
            raise errors.UnsupportedFormatError(content_type)
        data = json.loads(input_data)
        if not isinstance(data, dict) or "inputs" not in data:
            raise ValueError('Write a JSON object with "inputs": a text or a list of texts, and maybe "parameters"')
        return data

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """Call the pipeline with the parameters of the request."""
        return model(data["inputs"], **data.get("parameters", {}))

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """Encode the result as JSON."""
        if content_types.JSON in utils.parse_accept(accept):
            return encoder.encode(prediction, content_types.JSON), content_types.JSON
        raise errors.UnsupportedFormatError(accept)


def _task(model: Path) -> str:
    architectures = []
    if (model / "config.json").exists():
        architectures = json.loads((model / "config.json").read_text(encoding="utf-8")).get("architectures") or []
    for ending, task in TASKS.items():
        if any(name.endswith(ending) for name in architectures):
            return task
    raise ValueError(f"The model's architectures {architectures} tell no task: set {TASK}, to one of its pipelines'")
