"""The row formats of SageMaker's XGBoost algorithm: CSV with the label first and no header, and LIBSVM."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from scipy.sparse import csr_matrix
from sklearn.datasets import load_svmlight_file

CSV, LIBSVM = "csv", "libsvm"
CONTENT_TYPES = {
    "csv": CSV,
    "text/csv": CSV,
    "libsvm": LIBSVM,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
}
"""The format of a channel's or a request's ContentType; a channel without one is LIBSVM."""


class DataError(ValueError):
    """Data that does not match its content type, or an unsupported content type."""


def content_type(text: str) -> str:
    """`CSV` or `LIBSVM`. Raises `DataError` for another content type."""
    media, *parameters = (part.strip() for part in text.lower().split(";"))
    if media not in CONTENT_TYPES:
        raise DataError(f"content type {text!r} is not read here; write one of {', '.join(CONTENT_TYPES)}")
    if any(
        parameter.startswith("label_size") and parameter.replace(" ", "") != "label_size=1" for parameter in parameters
    ):
        raise DataError(f"content type {text!r}: the label is one column, so label_size must be 1")
    return CONTENT_TYPES[media]


def read_channel(folder: Path, kind: str, *, weights: bool, columns: int | None = None) -> xgboost.DMatrix:
    """All files of a channel as one matrix with labels; with `weights` the second column is the row's weight.

    A LIBSVM matrix has at least `columns` columns. Raises `DataError` with the file for what can't be read.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name[0] not in "._"]
    if not files:
        raise DataError(f"channel {folder.name!r} has no files")
    if kind == CSV:
        table = np.vstack([_read_csv(path) for path in files])
        first = 2 if weights else 1
        return xgboost.DMatrix(table[:, first:], label=table[:, 0], weight=table[:, 1] if weights else None)
    return _read_libsvm(files, columns)


def _read_csv(path: Path) -> Any:
    with path.open(encoding="utf-8", newline="") as file:
        delimiter = _delimiter(file.readline())
    try:
        return pd.read_csv(path, header=None, sep=delimiter, dtype=np.float32).to_numpy()
    except ValueError as error:
        raise DataError(f"{path.name} is not CSV with numbers only and no header: {error}") from None


def _delimiter(line: str) -> str:
    try:
        return csv.Sniffer().sniff(line, ",;\t| ").delimiter
    except csv.Error:
        return ","


def _read_libsvm(files: list[Path], columns: int | None) -> xgboost.DMatrix:
    try:
        parts = [load_svmlight_file(str(path), zero_based=True) for path in files]
    except ValueError as error:
        names = ", ".join(path.name for path in files)
        raise DataError(f"{names}: not LIBSVM, `label index:value index:value`: {error}") from None
    width = max([columns or 0, *(rows.shape[1] for rows, _ in parts)])
    wide = [csr_matrix((rows.data, rows.indices, rows.indptr), (rows.shape[0], width)) for rows, _ in parts]
    matrices = wide[0] if len(wide) == 1 else _stack(wide)
    return xgboost.DMatrix(matrices, label=np.concatenate([labels for _, labels in parts]))


def _stack(parts: list[Any]) -> Any:
    from scipy.sparse import vstack

    return vstack(parts, format="csr")


def decode(body: str | bytes, kind: str, columns: int) -> xgboost.DMatrix:
    """Rows of a request, without labels, for a model with that many `columns`. Raises `DataError` for invalid rows."""
    text = (body if isinstance(body, str) else body.decode("utf-8")).strip()
    if kind == CSV:
        try:
            rows = pd.read_csv(
                io.StringIO(text), header=None, sep=_delimiter(text.partition("\n")[0]), dtype=np.float32
            )
        except ValueError as error:
            raise DataError(f"the body is not CSV with numbers only: {error}") from None
        if rows.shape[1] == columns + 1:  # with a label, as in the training data
            rows = rows.iloc[:, 1:]
        if rows.shape[1] != columns:
            raise DataError(f"rows have {rows.shape[1]} columns, and the model was trained on {columns}")
        return xgboost.DMatrix(rows.to_numpy())
    return xgboost.DMatrix(_sparse(text, columns))


def _sparse(text: str, columns: int) -> Any:
    """LIBSVM rows, with or without labels, which are ignored."""
    values, indices, ends = [], [], [0]
    for line in text.splitlines():
        for word in line.split():
            index, colon, value = word.partition(":")
            if colon:
                indices.append(_as(int, index, word))
                values.append(_as(float, value, word))
        ends.append(len(values))
    if indices and max(indices) >= columns:
        raise DataError(f"a row has column {max(indices)}, and the model was trained on columns 0 to {columns - 1}")
    return csr_matrix((np.array(values, np.float32), np.array(indices, np.int32), ends), (len(ends) - 1, columns))


def _as(kind: Any, text: str, word: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise DataError(f"{word!r} is not `index:value`") from None
