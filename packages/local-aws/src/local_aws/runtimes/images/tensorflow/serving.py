"""TensorFlow Serving's REST format for a SavedModel: `{"instances": [...]}` in, `{"predictions": [...]}` out.

No Python package has TensorFlow Serving, so this loads the newest version of a model and calls its signature.
Note: the format has two layouts, by rows (`instances`, `predictions`) and by columns (`inputs`, `outputs`).
In both, a model with one input or output omits its name.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

DEFAULT_SIGNATURE = "serving_default"
LAYOUTS = ("instances", "inputs")


class RequestError(ValueError):
    """A request that the model can't process; its text is TensorFlow Serving's `error`."""


class Model:
    """The newest version of the SavedModel in a folder: `1/`, `2/`, ..., there or one folder below."""

    def __init__(self, folder: Path) -> None:
        versions = [path.parent for path in folder.glob("**/saved_model.pb") if path.parent.name.isdigit()]
        if not versions:
            raise ValueError(
                f"{folder.name} has no SavedModel: save it below the model's folder, in one that is a number, such as"
                " 1/ (Keras: model.export)"
            )
        newest = max(versions, key=lambda path: int(path.name))
        self.version = newest.name
        self._loaded = tf.saved_model.load(str(newest))

    def answer(self, body: str) -> str:
        """Run one request, JSON in and out. Raises `RequestError`."""
        request = _read(body)
        name = request.get("signature_name", DEFAULT_SIGNATURE)
        if name not in self._loaded.signatures:
            raise RequestError(f"no signature {name!r}; there are {', '.join(self._loaded.signatures)}")
        signature = self._loaded.signatures[name]
        layout = next(key for key in LAYOUTS if key in request)
        tensors = _tensors(request[layout], signature.structured_input_signature[1], by_rows=layout == "instances")
        try:
            outputs = {key: value.numpy() for key, value in signature(**tensors).items()}
        except (tf.errors.OpError, ValueError) as error:
            raise RequestError(str(error).strip().splitlines()[0]) from None
        return json.dumps(_rows(outputs) if layout == "instances" else _columns(outputs))


def _read(body: str) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise RequestError(f"the body is not JSON: {error}") from None
    if not isinstance(request, dict) or len([key for key in LAYOUTS if key in request]) != 1:
        raise RequestError('write {"instances": [...]} (by rows) or {"inputs": ...} (by columns)')
    if not request.get("instances", [0]):
        raise RequestError("instances is empty")
    return request


def _tensors(data: Any, signature: dict[str, Any], *, by_rows: bool) -> dict[str, Any]:
    """Every input's values as a tensor of the input's type and shape."""
    if by_rows and not isinstance(data, list):
        raise RequestError("instances is not a list")
    by_name = isinstance(data[0] if by_rows else data, dict) and set(data[0] if by_rows else data) != {"b64"}
    if not by_name:
        if len(signature) != 1:
            raise RequestError(f"the model has {len(signature)} inputs: name them, {', '.join(signature)}")
        columns = {next(iter(signature)): data}
    else:
        try:
            columns = {name: [row[name] for row in data] for name in data[0]} if by_rows else data
        except (KeyError, TypeError):
            raise RequestError("not all instances have the same inputs") from None
    if set(columns) != set(signature):
        raise RequestError(f"the inputs are {', '.join(signature)}; found {', '.join(columns)}")
    return {name: _tensor(name, values, signature[name]) for name, values in columns.items()}


def _tensor(name: str, values: Any, spec: Any) -> Any:
    try:
        tensor = tf.constant(_decoded(values), dtype=spec.dtype)
    except (TypeError, ValueError) as error:
        raise RequestError(f"input {name} does not fit {spec.dtype.name}: {error}") from None
    if not spec.shape.is_compatible_with(tensor.shape):
        raise RequestError(f"input {name} has shape {tuple(tensor.shape)}, and the model takes {spec.shape}")
    return tensor


def _decoded(values: Any) -> Any:
    """The values, with `{"b64": "..."}` decoded to bytes."""
    if isinstance(values, dict):
        return base64.b64decode(values["b64"])
    return [_decoded(value) for value in values] if isinstance(values, list) else values


def _rows(outputs: dict[str, Any]) -> dict[str, Any]:
    lists = {name: _plain(values) for name, values in outputs.items()}
    if len(lists) == 1:
        return {"predictions": next(iter(lists.values()))}
    return {"predictions": [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]}


def _columns(outputs: dict[str, Any]) -> dict[str, Any]:
    lists = {name: _plain(values) for name, values in outputs.items()}
    return {"outputs": next(iter(lists.values())) if len(lists) == 1 else lists}


def _plain(values: np.ndarray) -> Any:
    return values.astype(str).tolist() if values.dtype == object else values.tolist()
