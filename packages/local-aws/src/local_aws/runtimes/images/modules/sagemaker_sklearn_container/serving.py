"""What the image does for the functions that a script leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np
from sagemaker_containers.beta.framework import content_types, encoders, transformer, worker


def default_model_fn(model_dir: str) -> Any:
    """Raise `NotImplementedError`: the script loads its model."""
    return transformer.default_model_fn(model_dir)


def default_input_fn(input_data: Any, content_type: str) -> Any:
    """Decode CSV, JSON or NPY, text as float32; one CSV row makes a vector."""
    array = encoders.decode(input_data, content_type)
    return array.astype(np.float32) if content_type in (content_types.CSV, content_types.JSON) else array


def default_predict_fn(input_data: Any, model: Any) -> Any:
    """Call the model."""
    return model.predict(input_data)


def default_output_fn(prediction: Any, accept: str) -> Any:
    """Encode as CSV, JSON or NPY."""
    return worker.Response(encoders.encode(prediction, accept), mimetype=accept)
