"""Defaults of AWS's XGBoost image for what the user's script omits, and, without a script, the built-in algorithm.

The algorithm's answers are those of its container: statuses, formats by Accept, and the content that the variable
SAGEMAKER_INFERENCE_OUTPUT selects. Source: `algorithm_mode/serve.py` of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

import csv
import os
import pickle
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from sagemaker_containers.beta.framework import encoders
from sagemaker_inference import errors
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from sagemaker_training.errors import UnsupportedFormatError
from sagemaker_xgboost_container import encoder
from sagemaker_xgboost_container.content_types import CSV, LIBSVM, RECORDIO_PROTOBUF, get_content_type, parse

ANSWERS = runpy.run_path(str(Path(__file__).with_name("answers.py")))
DECODERS = {
    CSV: lambda body: encoder.csv_to_dmatrix(body, dtype=float),
    LIBSVM: encoder.libsvm_to_dmatrix,
    RECORDIO_PROTOBUF: encoder.recordio_protobuf_to_dmatrix,
}
ACCEPTED = ("application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv")
VOTING = ("multi:softmax", "binary:hinge")
"""Objectives whose models vote, where a folder has several; others' predictions are averaged."""


class XGBoostHandler(DefaultInferenceHandler):
    """Rows in, ``booster.predict`` out."""

    def __init__(self) -> None:
        super().__init__()
        self._scripted = bool(os.environ.get("SAGEMAKER_PROGRAM"))
        self._several = os.environ.get("SAGEMAKER_MULTI_MODEL", "").lower() == "true"
        if not self._scripted and not self._several:
            os.environ.setdefault("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load the algorithm's models. Raises `NotImplementedError` in script mode: ``model_fn`` is the user's."""
        if self._scripted:
            raise NotImplementedError("the script needs a model_fn(model_dir) that loads its model")
        files = sorted(path for path in Path(model_dir).iterdir() if path.is_file() and path.name[0] != ".")
        if not files:
            raise ValueError(f"There is no model in {model_dir}: the archive must have a file such as xgboost-model")
        together = os.environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") == "true"
        return [_load(path) for path in (files if together else files[:1])]

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode CSV, LIBSVM and RecordIO. Raises what the container's statuses are for anything else."""
        if self._scripted:
            try:
                return encoder.decode(input_data, content_type)
            except UnsupportedFormatError:
                raise errors.UnsupportedFormatError(content_type) from None
            except csv.Error as error:
                raise ValueError(str(error)) from error
        if not input_data:
            raise errors.BaseInferenceToolkitError(204, "", "No Content")
        try:
            return _decode(input_data, content_type)
        except Exception as error:
            raise errors.BaseInferenceToolkitError(415, str(error), "Unsupported Media Type") from error

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """Call the model."""
        if self._scripted:
            return model.predict(data, validate_features=False)
        try:
            return model, _predict(model, data)
        except Exception as error:
            message = f"Unable to evaluate payload provided: {error}"
            raise errors.BaseInferenceToolkitError(400, message, "Bad Request") from error

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """Encode the predictions; see the module."""
        if self._scripted:
            try:
                return encoders.encode(prediction, accept), accept
            except UnsupportedFormatError:
                raise errors.UnsupportedFormatError(accept) from None
        models, rows = prediction
        if self._several:
            return _encode_for_several(rows, accept.lower())
        media = parse(accept)[0].lower()
        if media not in ACCEPTED:
            message = f"Accept type {media} is not supported. Please use supported accept types: {list(ACCEPTED)}."
            raise errors.BaseInferenceToolkitError(406, message, "Not Acceptable")
        try:
            body = _encode(models[0], rows, media)
        except Exception as error:
            raise errors.BaseInferenceToolkitError(500, str(error), "Internal Server Error") from error
        return body, f"{media}; charset=utf-8" if media.startswith("text/") else media


def _load(path: Path) -> Any:
    """A model in one of the library's formats, or pickled, as its first releases on SageMaker were."""
    try:
        booster = xgboost.Booster(model_file=path)
    except xgboost.core.XGBoostError as unreadable:
        try:
            booster = pickle.loads(path.read_bytes())  # noqa: S301 (the container does, and the model is the caller's)
        except Exception as error:
            reasons = f"Pickle load error={error}\nXGB load model error={unreadable}"
            raise RuntimeError(f"Model {path} cannot be loaded:\n{reasons}") from error
    booster.set_param("nthread", 1)
    return booster


def _decode(body: Any, content_type: str) -> xgboost.DMatrix:
    kind = get_content_type(content_type)
    if kind not in DECODERS:
        raise RuntimeError(f"Content-type {content_type} is not supported.")
    try:
        return DECODERS[kind](body if kind == RECORDIO_PROTOBUF else _text(body))
    except Exception as error:
        expected = f"please ensure data is in {kind} format:\n {type(error)}\n {error}"
        raise RuntimeError(f"Loading {kind} data failed with Exception, {expected}") from error


def _text(body: str | bytes) -> str:
    return (body if isinstance(body, str) else body.decode("utf-8")).strip()


def _predict(models: list[Any], rows: xgboost.DMatrix) -> Any:
    predictions = [model.predict(rows, validate_features=False) for model in models]
    if len(models) == 1:
        return predictions[0]
    if ANSWERS["objective_of"](models[0]) in VOTING:
        from scipy import stats

        return stats.mode(predictions).mode
    return np.mean(predictions, axis=0)


def _encode(model: Any, rows: Any, accept: str) -> Any:
    if selected := os.environ.get("SAGEMAKER_INFERENCE_OUTPUT"):
        return ANSWERS["encode_selected"](model, rows, selected, accept)
    predictions = rows.tolist()
    if os.environ.get("SAGEMAKER_BATCH"):
        return "\n".join(map(str, predictions)) + "\n"
    if accept == "application/json":
        return ANSWERS["as_json"](predictions)
    return encoders.encode(predictions, accept)


def _encode_for_several(rows: Any, accept: str) -> Any:
    """The answers of a multi-model endpoint, which the container gives by another way: CSV in one line, a JSON list."""
    if accept in ("text/csv", "csv"):
        between, ending = ("\n", "\n") if os.environ.get("SAGEMAKER_BATCH") else (",", "")
        return between.join(map(str, rows.tolist())) + ending, "text/csv"
    if accept in ("application/json", "json"):
        return encoders.encode(rows, "application/json"), "application/json"
    choices = "Please choose one of the following: ['text/csv', 'application/json']."
    message = f"{accept} is not an accepted Accept type. {choices}"
    raise errors.BaseInferenceToolkitError(415, message, "Unsupported Media Type")
