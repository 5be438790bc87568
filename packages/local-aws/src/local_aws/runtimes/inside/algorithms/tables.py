"""Vectors from channels and requests: RecordIO-protobuf, CSV and JSON, with the labels of training rows.

Source: "Common Data Formats for Training" and "for Inference" in the developer guide.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from local_aws.runtimes.inside.algorithms import records
from local_aws.runtimes.inside.algorithms.errors import CustomerError, unreadable
from local_aws.runtimes.inside.algorithms.job import PIPE, Job, log

PROTOBUF, CSV = "application/x-recordio-protobuf", "text/csv"
JSON, JSON_LINES = "application/json", "application/jsonlines"
BAD_PAYLOAD = "unable to evaluate payload provided"
"""All that AWS's algorithms answer to a request that they can't read; the reason is in the log."""


def read_channel(job: Job, name: str, features: int | None, *, csv_in_pipe: bool) -> tuple[Any, Any]:
    """Vectors and labels of a channel, as float32; the labels are None if the records have none.

    Raises `CustomerError` for a content type that there is not, files that don't match it, and vectors of another
    length than ``features``.
    """
    description = job.channels[name]
    described = description.get("ContentType") or PROTOBUF
    media, label_size = content_type(described)
    if media not in (PROTOBUF, CSV):
        raise CustomerError(f"No iterator has been registered for ContentType ('{described}', '1.0')")
    if media == CSV and description.get("TrainingInputMode") == PIPE and not csv_in_pipe:
        raise CustomerError(f"Channel '{name}': the algorithm reads text/csv in File mode only")
    parts = []
    for file, content in job.files(name):
        try:
            parts.append(_csv(content, label_size) if media == CSV else _protobuf(content))
        except ValueError as error:
            raise unreadable(name, media, f"{type(error).__name__}: {file}: {error}") from error
    vectors = _stacked(name, [part[0] for part in parts])
    labels = [part[1] for part in parts]
    if features is not None and vectors.shape[1] != features:
        raise CustomerError(
            f"The vectors of channel '{name}' have {vectors.shape[1]} features, and feature_dim is {features}"
        )
    return vectors, None if any(part is None for part in labels) else np.concatenate(labels)


def content_type(text: str) -> tuple[str, int]:
    """The media type and the ``label_size`` (1 if there is none) of a content type."""
    media, *parameters = (part.strip() for part in text.lower().split(";"))
    sizes = [part.partition("=")[2].strip() for part in parameters if part.startswith("label_size")]
    if sizes and sizes[0] not in ("0", "1"):
        raise CustomerError(f"Content type '{text}': label_size must be 0 or 1")
    return media, int(sizes[0]) if sizes else 1


def decode(body: str | bytes, described: str, features: int) -> Any | None:
    """The vectors of a request, or None for a content type that there is not.

    Raises `ValueError` for a body that can't be read, or vectors of another length than ``features``.
    """
    media = described.split(";")[0].strip().lower()
    if media == PROTOBUF:
        vectors = _protobuf(body if isinstance(body, bytes) else body.encode())[0]
    elif media == CSV:
        vectors = _csv(body if isinstance(body, bytes) else body.encode(), 0)[0]
    elif media in (JSON, JSON_LINES):
        vectors = _json(body if isinstance(body, str) else body.decode(), media)
    else:
        return None
    if vectors.ndim != 2 or vectors.shape[1] != features:
        raise ValueError(f"the vectors have the shape {vectors.shape}, and the model has {features} features")
    return vectors


def vectors_of_request(body: str | bytes, described: str, features: int, unsupported: type[Exception]) -> Any:
    """Decode a request's body. Raises ``unsupported``, or `ValueError` in AWS's words after logging the reason."""
    try:
        vectors = decode(body, described, features)
    except ValueError as error:
        log(f"{BAD_PAYLOAD}: {error}", "ERROR")
        raise ValueError(BAD_PAYLOAD) from error
    if vectors is None:
        raise unsupported(described)
    return vectors


def encode(rows: Iterable[Mapping[str, Any]], accept: str, *, csv: bool = False) -> tuple[str | bytes, str] | None:
    """A body with an answer per row, and its content type; None for an ``accept`` that there is not."""
    media = (accept or "*/*").split(",")[0].split(";")[0].strip().lower()
    if media in (JSON, "*/*", "application/*"):
        return json.dumps({"predictions": list(rows)}), JSON
    if media == JSON_LINES:
        return "".join(f"{json.dumps(row)}\n" for row in rows), JSON_LINES
    if media == PROTOBUF:
        labels = ({name: np.atleast_1d(value).tolist() for name, value in row.items()} for row in rows)
        return records.join(map(records.labelled, labels)), PROTOBUF
    if media == CSV and csv:
        return "".join(",".join(map(str, row.values())) + "\n" for row in rows), CSV
    return None


def _protobuf(content: bytes) -> tuple[Any, Any]:
    parsed = records.parse(content)
    if not parsed:
        raise ValueError("there are no records")
    vectors = [_tensor(record.features, "features") for record in parsed]
    if len({len(vector) for vector in vectors}) > 1:
        raise ValueError("the records' vectors differ in length")
    if not all(records.FEATURES in record.label for record in parsed):
        return np.stack(vectors), None
    return np.stack(vectors), np.array([_tensor(record.label, "label")[0] for record in parsed], np.float32)


def _tensor(values: Any, member: str) -> Any:
    if records.FEATURES not in values:
        raise ValueError(f"a record's {member} have no key '{records.FEATURES}'")
    value = values[records.FEATURES]
    if value.WhichOneof("value") != "float32_tensor":
        raise ValueError(f"a record's {member} are no float32_tensor: only Float32 tensors are supported")
    tensor = value.float32_tensor
    dense = np.fromiter(tensor.values, np.float32, len(tensor.values))
    return _dense(dense, list(tensor.keys), list(tensor.shape)) if tensor.keys else dense


def _dense(values: Any, keys: list[int], shape: list[int]) -> Any:
    """A vector from the keys and values of a sparse one."""
    if not shape or len(keys) != len(values) or max(keys) >= shape[-1]:
        raise ValueError("a sparse vector needs a shape, and a key below it for each value")
    vector = np.zeros(shape[-1], np.float32)
    vector[keys] = values
    return vector


def _csv(content: bytes, label_size: int) -> tuple[Any, Any]:
    table = np.loadtxt(io.BytesIO(content), np.float32, delimiter=",", ndmin=2, comments=None, quotechar='"')
    if np.isnan(table).any():
        raise ValueError("a field is no number")
    if label_size == 0:
        return table, None
    return table[:, 1:], table[:, 0]


def _json(text: str, media: str) -> Any:
    """Vectors from ``{"instances": [...]}``, or from a line per instance."""
    parsed = json.loads(text) if media == JSON else None
    if media == JSON and (not isinstance(parsed, dict) or "instances" not in parsed):
        raise ValueError('JSON needs the key "instances"')
    instances = parsed["instances"] if parsed else [json.loads(line) for line in text.splitlines() if line.strip()]
    return np.stack([_instance(instance) for instance in instances])


def _instance(instance: Any) -> Any:
    try:
        features = instance["data"]["features"] if "data" in instance else instance["features"]
        if isinstance(features, list):
            return np.array(features, np.float32)
        values = np.array(features["values"], np.float32)
        return _dense(values, features["keys"], features["shape"]) if features.get("keys") else values
    except (KeyError, TypeError) as error:
        raise ValueError(f'an instance needs "features", or "data" with "features": {error!r}') from error


def _stacked(name: str, parts: list[Any]) -> Any:
    if len({part.shape[1] for part in parts}) > 1:
        raise CustomerError(f"The files of channel '{name}' differ in the number of features")
    return np.vstack(parts)
