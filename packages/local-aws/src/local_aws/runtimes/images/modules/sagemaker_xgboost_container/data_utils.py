"""Files of a channel as matrices with labels: CSV, LIBSVM, Parquet and RecordIO of protobuf records.

LIBSVM is read by XGBoost itself, as in AWS's container, so `label:weight` and `qid:` mean what they mean there. CSV is
read more strictly than there: XGBoost takes a header, or any word, for a missing value, and says nothing.
"""

from __future__ import annotations

import csv
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from sagemaker_algorithm_toolkit.exceptions import UserError

from sagemaker_xgboost_container.content_types import (
    CSV,
    LIBSVM,
    PARQUET,
    RECORDIO_PROTOBUF,
    get_content_type,
)
from sagemaker_xgboost_container.recordio_protobuf import read_recordio_protobuf

__all__ = ["CSV", "LIBSVM", "PARQUET", "RECORDIO_PROTOBUF", "get_content_type", "get_dmatrix", "get_size"]
MAX_FOLDER_DEPTH = 3
NAMES = {CSV: "CSV", PARQUET: "Parquet", RECORDIO_PROTOBUF: "RecordIO-Protobuf"}
BYTE_ORDER_MARK = "\ufeff"
SNIPPET = 50


def get_size(data_path: str, is_pipe: bool = False) -> int:
    """The bytes of a folder's files, 1 for a pipe. Raises `UserError` for a hidden file."""
    if is_pipe and Path(f"{data_path}_0").exists():
        return 1
    files = [Path(folder, name) for folder, _, names in os.walk(data_path) for name in names]
    if any(file.name.startswith(".") for file in files):
        raise UserError("Hidden file found in the data path! Remove that before training.")
    return sum(file.stat().st_size for file in files) or (Path(data_path).stat().st_size if _is_file(data_path) else 0)


def validate_data_file_path(data_path: str, content_type: str) -> None:
    """Look at the first lines of CSV and LIBSVM. Raises `UserError` in the container's words."""
    if not Path(data_path).exists():
        raise UserError(f"{data_path} is not a valid path!")
    kind = get_content_type(content_type)
    for file in _files(data_path):
        if kind == CSV and not file.name.startswith("_"):
            with file.open(encoding="utf-8", errors="ignore") as lines:
                _delimiter(lines.readline())
        elif kind == LIBSVM and not file.name.startswith("_"):
            _validate_libsvm(file)


def get_dmatrix(data_path: str, content_type: str, csv_weights: int = 0, is_pipe: bool = False) -> Any:
    """All files of a folder, to a depth of three, as one matrix. Raises `UserError` for data that is not the format."""
    kind = get_content_type(content_type)
    if is_pipe:
        raise UserError(_no_pipe(kind))
    files = _files(data_path)
    if not files:
        return None
    try:
        matrix = READERS[kind](files, csv_weights)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"Failed to load {kind} data with exception:\n{error}") from error
    if matrix.get_label().size == 0:
        raise UserError("Got input data without labels. Please check the input data set.")
    return matrix


def get_csv_dmatrix(path: str, csv_weights: int = 0, is_pipe: bool = False) -> Any:
    """Numbers with the label first, and with `csv_weights` 1 the row's weight second."""
    return get_dmatrix(path, CSV, csv_weights, is_pipe)


def get_libsvm_dmatrix(files_path: str, is_pipe: bool = False) -> Any:
    """Rows of `label[:weight] [qid:query] index:value ...`."""
    return get_dmatrix(files_path, LIBSVM, 0, is_pipe)


def get_parquet_dmatrix(path: str, is_pipe: bool = False) -> Any:
    """Columns of numbers, the label first."""
    return get_dmatrix(path, PARQUET, 0, is_pipe)


def get_recordio_protobuf_dmatrix(path: str, is_pipe: bool = False) -> Any:
    """Records with features and a label."""
    return get_dmatrix(path, RECORDIO_PROTOBUF, 0, is_pipe)


def _no_pipe(kind: str) -> str:
    if kind == LIBSVM:
        return "Pipe mode not supported for LibSVM."
    return (
        f"Pipe mode for {NAMES[kind]} is no longer supported. Please use Fast File mode (default) instead. "
        "Set input_mode='File' in your SageMaker Estimator or TrainingInput."
    )


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _files(data_path: str) -> list[Path]:
    """The files of a folder, in order; those of deeper folders than AWS's container reads are left out."""
    path = Path(data_path)
    if path.is_file():
        return [path]
    found = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sorted(file for file in found if len(file.relative_to(path).parts) <= MAX_FOLDER_DEPTH)


def _delimiter(line: str) -> str:
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:SNIPPET]}:\n{error}") from None


def _read_csv(files: list[Path], csv_weights: int) -> xgb.DMatrix:
    files = [file for file in files if file.stat().st_size]
    if not files:
        raise ValueError("there are no rows")
    with files[0].open(encoding="utf-8") as lines:
        delimiter = _delimiter(lines.readline())
    tables = [_read_csv_file(file, delimiter) for file in files]
    width = max(table.shape[1] for table in tables)
    rows = np.vstack([np.pad(table, ((0, 0), (0, width - table.shape[1])), constant_values=np.nan) for table in tables])
    first = 2 if csv_weights == 1 else 1
    return xgb.DMatrix(rows[:, first:], label=rows[:, 0], weight=rows[:, 1] if csv_weights == 1 else None)


def _read_csv_file(file: Path, delimiter: str) -> Any:
    """The numbers of a file. Rows that are shorter than others end with missing values, as XGBoost reads them."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            first = lines.readline()
            width = 1 + max(line.count(delimiter) for line in (first, *lines))
        if first.startswith(BYTE_ORDER_MARK):
            raise ValueError("it begins with a byte order mark, which XGBoost takes for a part of the first label")
        return pd.read_csv(
            file, header=None, sep=delimiter, names=range(width), dtype=np.float32, quoting=csv.QUOTE_NONE
        ).to_numpy()
    except ValueError as error:
        reason = f"{file.name} is not CSV with numbers only and no header: {error}"
        raise UserError(f"{reason} (XGBoost on AWS takes words for missing values, without a word)") from None


def _validate_libsvm(file: Path) -> None:
    """Look at the lines up to the first with two features, as AWS's container does."""
    with file.open(encoding="utf-8", errors="ignore") as lines:
        for line in lines:
            words = line.split()
            if not words:
                continue
            if not _is_label(words[0]) or any(word.count(":") != 1 for word in _features(words)):
                raise UserError(
                    f"First line '{line[:SNIPPET]}...' of file '{file.name}' is not 'LIBSVM' format. "
                    "Please ensure the file is in 'LIBSVM' format."
                )
            if len(words) > 2:
                return


def _features(words: list[str]) -> Iterator[str]:
    for word in words[1:]:
        if word.startswith("#"):
            return
        yield word


def _is_label(word: str) -> bool:
    parts = word.split(":")
    try:
        return len(parts) <= 2 and all(np.isfinite(float(part)) for part in parts)
    except ValueError:
        return False


def _read_libsvm(files: list[Path], csv_weights: int) -> xgb.DMatrix:  # noqa: ARG001
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # XGBoost announces the end of its readers
        for number, file in enumerate(files):
            Path(folder, f"{number:06}").symlink_to(file.resolve())
        return xgb.DMatrix(f"{folder}?format=libsvm")


def _read_parquet(files: list[Path], csv_weights: int) -> xgb.DMatrix:  # noqa: ARG001
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pa.concat_tables([pq.read_table(file) for file in files if not file.name.startswith("_")])
    numbers = rows.to_pandas().to_numpy()
    return xgb.DMatrix(numbers[:, 1:], label=numbers[:, 0])


def _read_recordio(files: list[Path], csv_weights: int) -> xgb.DMatrix:  # noqa: ARG001
    kept = [file for file in files if not file.name.startswith("_")]
    rows, labels = read_recordio_protobuf(b"".join(file.read_bytes() for file in kept))
    return xgb.DMatrix(rows, label=labels)


READERS = {CSV: _read_csv, LIBSVM: _read_libsvm, PARQUET: _read_parquet, RECORDIO_PROTOBUF: _read_recordio}
