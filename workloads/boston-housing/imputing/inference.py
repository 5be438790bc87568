"""Serve the imputer: rows as CSV with gaps in, whole rows out, for the model that comes after it in a pipeline."""

import csv
import io
from http import HTTPStatus
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sagemaker_inference.errors import GenericInferenceToolkitError

GAPS = ("", "NA", "nan")


def model_fn(model_dir: str) -> Any:
    """Load the imputer; it knows the names of the columns that it was trained on."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body: str | bytes, content_type: str) -> list[list[float]]:
    """Decode rows of CSV, in which an empty cell is a gap; 415 for another type, 400 for what is no number."""
    if content_type.partition(";")[0].strip().lower() != "text/csv":
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content type {content_type!r} is not text/csv")
    text = body if isinstance(body, str) else body.decode("utf-8-sig")
    try:
        return [[cell(value) for value in row] for row in csv.reader(io.StringIO(text)) if row]
    except ValueError as problem:
        raise refuse(HTTPStatus.BAD_REQUEST, f"the body has a cell that is no number: {problem}") from None


def predict_fn(rows: list[list[float]], imputer: Any) -> np.ndarray:
    """Fill the gaps; 400 if a row does not fit the columns."""
    names = list(imputer.feature_names_in_)
    if wrong := [number for number, row in enumerate(rows, start=1) if len(row) != len(names)]:
        raise refuse(HTTPStatus.BAD_REQUEST, f"row {wrong[0]} has not {len(names)} cells: {', '.join(names)}")
    return imputer.transform(pd.DataFrame(rows, columns=names))


def cell(text: str) -> float:
    """Return a cell as a number; a gap is NaN."""
    return float("nan") if text.strip() in GAPS else float(text)


def refuse(status: HTTPStatus, message: str) -> GenericInferenceToolkitError:
    """Make the error that the toolkit answers with this status."""
    return GenericInferenceToolkitError(status.value, message, phrase=status.phrase)
