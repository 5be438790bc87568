"""Rows in RecordIO files of protobuf records, as `sagemaker_containers.beta.framework.encoders` writes them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from sagemaker_training.record_pb2 import Record
from sagemaker_training.recordio import _read_recordio
from scipy.sparse import csr_matrix, vstack

TENSORS = ("float32_tensor", "float64_tensor", "int32_tensor")
NAME = "values"
"""The name that rows and labels have in a record."""


def read_recordio_protobuf(body: bytes) -> tuple[Any, Any]:
    """The rows, dense or sparse, and their labels or None. Raises `ValueError` for anything else."""
    rows, labels = [], []
    try:
        for record in map(Record.FromString, _read_recordio(io.BytesIO(body))):
            rows.append(_row(_tensor(record.features)))
            if (label := _tensor(record.label)) is not None:
                labels.extend(label.values)
    except Exception as error:  # protobuf's own, or the toolkit's assertion
        raise ValueError(f"the data is no RecordIO of protobuf records: {error}") from error
    if not rows:
        raise ValueError("No records found in RecordIO-Protobuf data")
    sparse = any(isinstance(row, csr_matrix) for row in rows)
    return (vstack(rows).tocsr() if sparse else np.vstack(rows)), (np.array(labels) if labels else None)


def _tensor(entries: Any) -> Any:
    if NAME not in entries:
        return None
    kind = entries[NAME].WhichOneof("value")
    if kind not in TENSORS:
        raise ValueError(f"a record has {kind or 'no tensor'} where numbers are expected")
    return getattr(entries[NAME], kind)


def _row(tensor: Any) -> Any:
    if tensor is None:
        raise ValueError(f"a record has no features called {NAME!r}")
    values = np.array(tensor.values)
    if not tensor.keys and not (tensor.shape and not len(values)):
        return values.reshape(1, -1)
    keys = np.array(tensor.keys, dtype=np.int64)
    width = int(tensor.shape[0]) if tensor.shape else int(keys.max()) + 1
    return csr_matrix((values, keys, [0, len(keys)]), shape=(1, width))
