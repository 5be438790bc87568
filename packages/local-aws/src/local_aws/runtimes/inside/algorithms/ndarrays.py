"""MXNet's file of arrays (`mx.nd.save`), in which AWS's algorithms keep their models.

Source: `NDArray::Save` in Apache MXNet's `src/ndarray/ndarray.cc`. Dense float32 arrays only.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

LIST_MAGIC = 0x112
ARRAY_MAGICS = (0xF993FAC9, 0xF993FACA)
"""The magic numbers of the arrays of MXNet 1.0 and later: with and without arrays of unknown shape."""
DENSE, CPU, FLOAT32 = 0, 1, 0


def dump(arrays: Mapping[str, Any]) -> bytes:
    """The file's content. Arrays without names have empty ones."""
    parts = [struct.pack("<QQQ", LIST_MAGIC, 0, len(arrays))]
    for array in arrays.values():
        header = struct.pack("<IiI", ARRAY_MAGICS[0], DENSE, array.ndim)
        shape = struct.pack(f"<{array.ndim}q", *array.shape)
        parts += [header, shape, struct.pack("<iii", CPU, 0, FLOAT32), np.ascontiguousarray(array, "<f4").tobytes()]
    names = [name.encode() for name in arrays if name]
    parts.append(struct.pack("<Q", len(names)))
    parts += [struct.pack("<Q", len(name)) + name for name in names]
    return b"".join(parts)


def load(content: bytes) -> list[Any]:
    """The arrays of a file, without their names. Raises `ValueError` for another format."""
    try:
        magic, _, count = struct.unpack_from("<QQQ", content)
        if magic != LIST_MAGIC:
            raise ValueError("no file of MXNet's arrays")
        arrays, position = [], 24
        for _ in range(count):
            array, position = _array(content, position)
            arrays.append(array)
    except struct.error as error:
        raise ValueError(f"a file of MXNet's arrays that ends too early: {error}") from error
    return arrays


def _array(content: bytes, position: int) -> tuple[Any, int]:
    magic, storage, dimensions = struct.unpack_from("<IiI", content, position)
    if magic not in ARRAY_MAGICS or storage != DENSE:
        raise ValueError("no dense array of MXNet 1.0 or later")
    position += 12
    shape = struct.unpack_from(f"<{dimensions}q", content, position)
    position += 8 * dimensions
    _, _, kind = struct.unpack_from("<iii", content, position)
    if kind != FLOAT32:
        raise ValueError("an array that is not of 32-bit floats")
    size = int(np.prod(shape))
    if len(content) - position - 12 < 4 * size:
        raise ValueError("a file of MXNet's arrays that ends too early")
    values = np.frombuffer(content, "<f4", size, position + 12).reshape(shape)
    return values, position + 12 + 4 * size
