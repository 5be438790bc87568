"""The algorithm's answers in JSON, and the content that SAGEMAKER_INFERENCE_OUTPUT selects.

Source: `algorithm_mode/serve_utils.py` of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from sagemaker_training.record_pb2 import Record
from sagemaker_training.recordio import _write_recordio
from sagemaker_xgboost_container.encoder import json_to_jsonlines

CLASSES = ("predicted_label", "labels", "raw_score", "raw_scores")
PROBABLE = ("predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores")
SELECTABLE = {
    **dict.fromkeys(
        ("reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie"), ("predicted_score",)
    ),
    "binary:logistic": PROBABLE,
    "binary:logitraw": CLASSES,
    "binary:hinge": CLASSES,
    "multi:softmax": CLASSES,
    "multi:softprob": PROBABLE,
}
"""What can be selected, by the model's objective."""


def as_json(predictions: list[Any]) -> str:
    """Predictions as AWS documents them: `{"predictions": [{"score": 0.4}]}`."""
    return json.dumps({"predictions": [{"score": prediction} for prediction in predictions]})


def objective_of(model: Any) -> str:
    """The objective that a model was trained for."""
    return str(_learner(model)["objective"]["name"])


def encode_selected(model: Any, rows: Any, selected: str, accept: str) -> Any:
    """The selected content of each prediction. Raises `ValueError` for an objective that has none."""
    objective, keys = objective_of(model), selected.replace(" ", "").lower().split(",")
    if objective not in SELECTABLE:
        raise ValueError(f"Objective `{objective}` unsupported for selectable inference predictions.")
    count = int(_learner(model)["learner_model_param"].get("num_class") or 0)
    known = SELECTABLE[objective]
    predictions = [
        {key: CONTENT[key](objective, row, count) if key in known else float("nan") for key in keys} for row in rows
    ]
    return ENCODERS[accept](predictions)


def _learner(model: Any) -> Any:
    return json.loads(model.save_config())["learner"]


def _label(objective: str, row: Any, count: int) -> Any:  # noqa: ARG001
    if objective == "multi:softprob":
        return int(np.argmax(row))
    if objective in ("binary:hinge", "multi:softmax"):
        return row.item()
    return int(row > (0.5 if objective == "binary:logistic" else 0))


def _labels(objective: str, row: Any, count: int) -> Any:  # noqa: ARG001
    return [0, 1] if objective.startswith("binary:") else list(range(count))


def _highest(objective: str, row: Any, count: int) -> Any:  # noqa: ARG001
    return row.max().item() if objective == "multi:softprob" else row.item()


def _each(objective: str, row: Any, count: int) -> Any:  # noqa: ARG001
    return row.tolist() if objective == "multi:softprob" else [1.0 - row.item(), row.item()]


CONTENT: dict[str, Callable[[str, Any, int], Any]] = {
    "predicted_label": _label,
    "labels": _labels,
    "probability": _highest,
    "probabilities": _each,
    "raw_score": _highest,
    "raw_scores": _each,
    "predicted_score": _highest,
}


def _csv(predictions: list[dict[str, Any]]) -> str:
    """A line for each prediction, with lists in quotes; a batch ends with a line's end."""
    rows = ([f'"{value}"' if isinstance(value, list) else str(value) for value in row.values()] for row in predictions)
    return "\n".join(",".join(row) for row in rows) + ("\n" if os.environ.get("SAGEMAKER_BATCH") else "")


def _recordio(predictions: list[dict[str, Any]]) -> bytes:
    """A record for each prediction, with each value as a label."""
    body = io.BytesIO()
    for row in predictions:
        record = Record()
        for key, value in row.items():
            record.label[key].float32_tensor.values.extend(value if isinstance(value, list) else [value])
        _write_recordio(body, record.SerializeToString())
    return body.getvalue()


ENCODERS: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "application/json": lambda predictions: json.dumps({"predictions": predictions}),
    "application/jsonlines": lambda predictions: json_to_jsonlines({"predictions": predictions}),
    "application/x-recordio-protobuf": _recordio,
    "text/csv": _csv,
}
