"""Bodies of requests as matrices, and predictions as JSON lines."""

from __future__ import annotations

import csv
import json
from typing import Any

import numpy as np
import xgboost as xgb
from sagemaker_training.errors import UnsupportedFormatError
from scipy.sparse import csr_matrix

from sagemaker_xgboost_container.content_types import parse
from sagemaker_xgboost_container.recordio_protobuf import read_recordio_protobuf

SAMPLE = 512
"""Characters of the first line in which the delimiter is looked for."""


def csv_to_dmatrix(input: str | bytes, dtype: Any = None) -> xgb.DMatrix:  # noqa: A002 (the container's name)
    """Rows without labels. Raises an error for an empty line, also at the end: the caller strips them."""
    text = _text(input)
    delimiter = csv.Sniffer().sniff(text.split("\n")[0][:SAMPLE]).delimiter
    delimiter = "," if delimiter.isalnum() else delimiter
    rows = [["nan" if cell == "" else cell for cell in line.split(delimiter)] for line in text.split("\n")]
    return xgb.DMatrix(np.array(rows).astype(dtype))


def libsvm_to_dmatrix(string_like: str | bytes) -> xgb.DMatrix:
    """Rows of `index:value`; labels are passed over."""
    lines = _text(string_like).strip().split("\n")
    values, columns, ends = [], [], [0]
    for line in lines:
        for word in line.split():
            index, colon, value = word.partition(":")
            if colon:
                columns.append(int(index))
                values.append(float(value))
        ends.append(len(values))
    width = max(columns, default=-1) + 1
    return xgb.DMatrix(csr_matrix((np.array(values), np.array(columns, np.int64), ends), (len(lines), width)))


def recordio_protobuf_to_dmatrix(string_like: bytes) -> xgb.DMatrix:
    """Rows in RecordIO, with their labels if they have any."""
    rows, labels = read_recordio_protobuf(bytes(string_like))
    return xgb.DMatrix(rows, label=labels)


DECODERS = {
    "text/csv": csv_to_dmatrix,
    "text/libsvm": libsvm_to_dmatrix,
    "text/x-libsvm": libsvm_to_dmatrix,
    "application/x-recordio-protobuf": recordio_protobuf_to_dmatrix,
}


def decode(obj: Any, content_type: str) -> xgb.DMatrix:
    """A body as a matrix. Raises `UnsupportedFormatError` for a content type that the container does not read."""
    media, _ = parse(content_type)
    if media not in DECODERS:
        raise UnsupportedFormatError(media)
    return DECODERS[media](obj)


def json_to_jsonlines(json_data: Any) -> bytes:
    """The entries of the only list of an object, a line each."""
    content = json_data if isinstance(json_data, dict) else json.loads(json_data)
    if len(content) != 1:
        raise ValueError("JSON response is not compatible for conversion to jsonlines.")
    (entries,) = content.values()
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else bytes(body).decode("utf-8")
