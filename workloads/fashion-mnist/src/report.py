"""A picture of some images with what they are and what the model takes them for."""

import base64
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

LABELS = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
COLUMNS, CELL, IMAGE, ROW = 5, 124, 84, 124


def draw(path: Path, images: np.ndarray, labels: Sequence[int], predicted: Sequence[int], title: str) -> None:
    """Write an SVG picture; wrong predictions are red."""
    rows = -(-len(images) // COLUMNS)
    width, height = COLUMNS * CELL, 34 + rows * ROW
    cells = [
        cell(number, image, LABELS[true], LABELS[prediction])
        for number, (image, true, prediction) in enumerate(zip(images, labels, predicted, strict=True))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" text-anchor="middle"><rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="{width / 2}" y="20" font-size="15">{title}</text>\n' + "\n".join(cells) + "\n</svg>\n",
        "utf-8",
    )


def cell(number: int, image: np.ndarray, true: str, prediction: str) -> str:
    """One image with its words."""
    left, top = number % COLUMNS * CELL, 34 + number // COLUMNS * ROW
    words, color = (prediction, "#2a7") if prediction == true else (f"{prediction}, not {true}", "#c33")
    return (
        f'<image x="{left + (CELL - IMAGE) / 2}" y="{top}" width="{IMAGE}" height="{IMAGE}" '
        f'href="data:image/png;base64,{base64.b64encode(png(image)).decode()}"/>'
        f'<text x="{left + CELL / 2}" y="{top + IMAGE + 18}" fill="{color}" font-size="11">{words}</text>'
    )


def png(image: np.ndarray) -> bytes:
    """A grey image as PNG (RFC 2083), dark on light."""
    height, width = image.shape
    lines = b"".join(b"\0" + bytes(255 - line) for line in image.astype(np.uint8))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
