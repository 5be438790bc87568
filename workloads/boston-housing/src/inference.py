"""Serve the model: rows as CSV, JSON or NumPy in, one prediction for each row out.

The answer's encoding (CSV, JSON, NumPy, by the Accept header) is the inference toolkit's own. Its decoders are not
used: they read a malformed number as NaN, and unpickle whatever object array a client sends.
"""

import csv
import io
import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sagemaker_inference.errors import GenericInferenceToolkitError

Rows = list[Any]  # one list of cells, or one mapping of column name to cell, per row


def model_fn(model_dir: str) -> Any:
    """Load the pipeline; it knows the names of the columns that it was trained on."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body: str | bytes, content_type: str) -> Rows:
    """Decode a request's body into rows of cells; 415 for another content type, 400 for a body that is not its type."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in DECODERS:
        raise refuse(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content type {content_type!r} is not one of {', '.join(DECODERS)}"
        )
    try:
        rows = DECODERS[media_type](body)
    except (ValueError, EOFError, csv.Error) as problem:
        raise refuse(HTTPStatus.BAD_REQUEST, f"the body is not {media_type}: {problem}") from None
    if not rows:
        raise refuse(HTTPStatus.BAD_REQUEST, "the body has no rows")
    return rows


def predict_fn(rows: Rows, model: Any) -> np.ndarray:
    """Predict one value for each row, in thousands of dollars; 400 if a row does not fit the model's columns."""
    names = [str(name) for name in model.feature_names_in_]
    if isinstance(rows[0], list) and sorted(map(str, rows[0])) == sorted(names):  # a header row: follow its order
        rows = [dict(zip(rows[0], row, strict=False)) if len(row) == len(names) else row for row in rows[1:]]
    cells = [read_row(number, row, names) for number, row in enumerate(rows, start=1)]
    if not cells:
        raise refuse(HTTPStatus.BAD_REQUEST, "the body has a header but no rows")
    return model.predict(pd.DataFrame(cells, columns=names))


def read_row(number: int, row: Any, names: list[str]) -> list[float]:
    """Return a row's cells as finite numbers in the model's order."""
    expected = f"expected {len(names)} columns: {', '.join(names)}"
    if isinstance(row, dict):
        if set(row) != set(names):
            raise refuse(HTTPStatus.BAD_REQUEST, f"row {number} has the columns {', '.join(map(str, row))}; {expected}")
        row = [row[name] for name in names]
    if not isinstance(row, list) or len(row) != len(names):
        description = f"{len(row)} values" if isinstance(row, list) else repr(row)
        raise refuse(HTTPStatus.BAD_REQUEST, f"row {number} has {description}; {expected}")
    return [read_cell(number, name, cell) for name, cell in zip(names, row, strict=True)]


def read_cell(number: int, name: str, cell: Any) -> float:
    """Return one cell as a finite number."""
    try:
        value = float(cell)
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value):
        raise refuse(HTTPStatus.BAD_REQUEST, f"row {number}, column {name}: {cell!r} is not a finite number")
    return value


def decode_csv(body: str | bytes) -> Rows:
    """One row per line; a first line with the columns' names is allowed."""
    return [row for row in csv.reader(io.StringIO(as_text(body)), strict=True) if row]


def decode_json(body: str | bytes) -> Rows:
    """A list of rows, one row alone, or either under the key "instances"; a row is a list or an object with names."""
    value = json.loads(as_text(body))
    if isinstance(value, dict) and "instances" in value:
        value = value["instances"]
    if isinstance(value, dict) or (isinstance(value, list) and value and not isinstance(value[0], list | dict)):
        value = [value]
    if not isinstance(value, list):
        raise ValueError("expected a list of rows")
    return value


def decode_npy(body: str | bytes) -> Rows:
    """A matrix, or one row as a vector, as numpy.save writes it; pickled objects are refused."""
    if isinstance(body, str):
        raise ValueError("expected bytes")
    return np.atleast_2d(np.load(io.BytesIO(body), allow_pickle=False)).tolist()


def as_text(body: str | bytes) -> str:
    """The toolkit decodes only some text types before it calls input_fn."""
    return body if isinstance(body, str) else body.decode("utf-8-sig")


def refuse(status: HTTPStatus, message: str) -> GenericInferenceToolkitError:
    """Make the error that the toolkit answers with this status; any other exception would be a 500."""
    return GenericInferenceToolkitError(status.value, message, phrase=status.phrase)


DECODERS = {"text/csv": decode_csv, "application/json": decode_json, "application/x-npy": decode_npy}
