"""Defaults of AWS's PyTorch image for what the user's script omits: a TorchScript model, tensors in and out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sagemaker_inference import content_types, decoder, encoder, errors, utils
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

MODEL_FILE = "model.pt"
MODEL_SUFFIXES = (".pt", ".pth")


class PyTorchHandler(DefaultInferenceHandler):
    """Numbers in, ``model(tensor)`` out, on the CPU: no GPU is used here."""

    streams = True
    """TorchServe's scripts may send parts of a response."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load ``model.pt``, or the only other ``.pt`` or ``.pth`` file, if it is TorchScript.

        Raises `ValueError` for anything else: a state_dict needs a ``model_fn`` that creates the module first.
        """
        files = [path for path in Path(model_dir).iterdir() if path.suffix in MODEL_SUFFIXES]
        chosen = [path for path in files if path.name == MODEL_FILE] or files
        if len(chosen) != 1:
            names = ", ".join(sorted(path.name for path in files)) or "none"
            raise ValueError(f"Exactly one .pt or .pth file is needed where there is no model_fn; found: {names}")
        try:
            return torch.jit.load(chosen[0], map_location="cpu")
        except RuntimeError as error:
            raise ValueError(
                f"{chosen[0].name} is not TorchScript: save it with torch.jit.save, or write a model_fn"
            ) from error

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode CSV, JSON or NPY to a tensor, text as float32. Raises `ValueError` for anything but numbers.

        As on AWS, one CSV row makes a vector, not a matrix. NPY with pickled objects is refused.
        """
        if content_type == content_types.NPY:
            return torch.from_numpy(np.load(BytesIO(input_data), allow_pickle=False))
        try:
            array = decoder.decode(input_data, content_type)
            return torch.FloatTensor(array) if content_type in content_types.UTF8_TYPES else torch.from_numpy(array)
        except TypeError as error:  # NumPy's and PyTorch's error for it
            raise ValueError(f"The columns are not all numbers of one type, or there are none: {error}") from error

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """Call the model, in evaluation mode and without gradients."""
        model.eval()
        with torch.no_grad():
            return model(data)

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """Encode a tensor, or anything that NumPy converts to an array, as JSON, CSV or NPY."""
        if isinstance(prediction, torch.Tensor):
            prediction = prediction.detach().cpu().numpy().tolist()
        for content_type in utils.parse_accept(accept):
            if content_type in encoder.SUPPORTED_CONTENT_TYPES:
                return encoder.encode(prediction, content_type), content_type
        raise errors.UnsupportedFormatError(accept)
