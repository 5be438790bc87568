"""Defaults of AWS's scikit-learn image for what the user's script omits; `model_fn` is the user's."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from sagemaker_inference import content_types, decoder
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler


def _rows(text: str | bytes) -> Any:
    """CSV as AWS's image reads it (`sagemaker_containers._encoders`), also whole numbers next to decimal ones."""
    lines = StringIO(text.decode() if isinstance(text, bytes) else text)
    rows = list(csv.reader(lines, delimiter=",", quotechar='"', doublequote=True, strict=True))
    if len({len(row) for row in rows}) != 1:
        raise ValueError("The rows differ in their number of columns, or there are none.")
    return np.array(rows).squeeze()


class ScikitLearnHandler(DefaultInferenceHandler):
    """Numbers in, ``model.predict`` out."""

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode CSV, JSON or NPY to an array, text as float32. Raises `ValueError` for anything but numbers.

        As on AWS, one CSV row makes a vector, not a matrix, and NPY with pickled objects is refused.
        """
        if content_type == content_types.NPY:
            return np.load(BytesIO(input_data), allow_pickle=False)
        try:
            array = _rows(input_data) if content_type == content_types.CSV else decoder.decode(input_data, content_type)
            return array.astype(np.float32) if content_type in content_types.UTF8_TYPES else array
        except TypeError as error:  # NumPy's error for it
            raise ValueError(f"The columns are not all numbers of one type, or there are none: {error}") from error

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """Call the model."""
        return model.predict(data)
