"""Defaults of AWS's XGBoost image for what the user's script omits, and, without a script, the built-in algorithm.

The two differ: a script's predictions are encoded as the client accepts, JSON or CSV with a line per row; the
algorithm's are always CSV, in one line except for a batch transform.
"""

from __future__ import annotations

import os
import runpy
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from sagemaker_inference import content_types, decoder, errors
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

TABLES = runpy.run_path(str(Path(__file__).with_name("tables.py")))
MODEL = "xgboost-model"


class XGBoostHandler(DefaultInferenceHandler):
    """Rows in, ``booster.predict`` out."""

    def __init__(self) -> None:
        super().__init__()
        self._scripted = bool(os.environ.get("SAGEMAKER_PROGRAM"))
        self._columns = 0

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load the algorithm's model. Raises `NotImplementedError` in script mode, where ``model_fn`` is the user's."""
        if self._scripted:
            raise NotImplementedError("the script needs a model_fn(model_dir) that loads its model")
        files = [path for path in Path(model_dir).iterdir() if path.is_file()]
        chosen = [path for path in files if path.name == MODEL] or files
        if len(chosen) != 1:
            raise ValueError(f"The model must be one file, such as {MODEL}; found {len(files)}")
        booster = xgboost.Booster(model_file=chosen[0])
        booster.set_param("nthread", 1)
        self._columns = booster.num_features()
        return booster

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode CSV and LIBSVM, for a script CSV, JSON and NPY. Raises `ValueError` for an invalid body."""
        if self._scripted:
            return xgboost.DMatrix(_array(input_data, content_type))
        try:
            kind = TABLES["content_type"](content_type)
        except ValueError:
            raise errors.UnsupportedFormatError(content_type) from None
        return TABLES["decode"](input_data, kind, self._columns)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """Call the model; after early stopping, with its best round."""
        return model.predict(data, validate_features=False)

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:
        """Encode the predictions; see the module."""
        if self._scripted:
            return super().default_output_fn(prediction, accept, context)
        between = "\n" if os.environ.get("SAGEMAKER_BATCH") else ","
        rows = np.asarray(prediction).tolist()
        ending = "\n" if between == "\n" else ""
        return between.join(map(str, rows)) + ending, content_types.CSV


def _array(body: Any, content_type: str) -> Any:
    if content_type == content_types.NPY:
        return np.atleast_2d(np.load(BytesIO(body), allow_pickle=False))
    if content_type == content_types.CSV:
        return _numbers(body if isinstance(body, str) else body.decode())
    try:
        return np.atleast_2d(decoder.decode(body, content_type)).astype(np.float32)
    except TypeError as error:
        raise ValueError(f"The columns are not all numbers, or there are none: {error}") from error


def _numbers(text: str) -> Any:
    """CSV without a header as AWS's XGBoost image reads it: integers and floats may be mixed, an empty field is NaN.

    The toolkit's own decoder would choose a type per column, and return rows of records if the types differ.
    """
    rows = [line.split(",") for line in text.splitlines() if line.strip()]
    if not rows:
        raise ValueError("There are no rows")
    try:
        return np.array([[float(cell) if cell.strip() else np.nan for cell in row] for row in rows], np.float32)
    except ValueError as error:
        raise ValueError(f"The rows are not all numbers, and as many: {error}") from error
