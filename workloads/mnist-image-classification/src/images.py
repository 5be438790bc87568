"""Images as tensors: those that a list names, and one that a client sends."""

import csv
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

MODES = {1: "L", 3: "RGB"}
"""Pillow's names for grey and coloured images, by their channels."""

Shape = tuple[int, int, int]


def read_list(folder: Path, list_folder: Path, shape: Shape, classes: int) -> torch.utils.data.TensorDataset:
    """Read the images that the only `.lst` file names: a line each with number, class and path, with tabs between.

    ValueError or FileNotFoundError say in one line what is wrong with which.
    """
    lists = sorted(list_folder.glob("*.lst"))
    if len(lists) != 1:
        raise FileNotFoundError(f"{list_folder}: expected one .lst file, found {[path.name for path in lists]}")
    with lists[0].open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row]
    images, labels = [], []
    for number, row in enumerate(rows, start=1):
        if len(row) != 3 or not row[1].isdecimal() or int(row[1]) >= classes:
            raise ValueError(f"{lists[0]}: line {number} is {row}, not a number, a class below {classes} and a path")
        labels.append(int(row[1]))
        images.append(read_image(folder / row[2], shape))
    if not images:
        raise ValueError(f"{lists[0]}: names no image")
    return torch.utils.data.TensorDataset(torch.stack(images), torch.tensor(labels))


def read_image(source: Path | io.BytesIO, shape: Shape) -> torch.Tensor:
    """Read a PNG or JPEG as values from 0 to 1; OSError if it is none, ValueError if it has another size."""
    channels, height, width = shape
    with Image.open(source) as image:
        if image.size != (width, height):
            raise ValueError(f"{source}: is {image.width} x {image.height} pixels, not {width} x {height}")
        pixels = np.asarray(image.convert(MODES[channels]), dtype=np.float32) / 255
    return torch.from_numpy(pixels.reshape(height, width, channels)).permute(2, 0, 1)


def read_shape(text: str) -> Shape:
    """Read `image_shape`: channels, height and width, such as 1,28,28."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts) or int(parts[0]) not in MODES:
        raise ValueError(f"{text!r} is not channels (1 or 3), height and width, such as 1,28,28")
    channels, height, width = map(int, parts)
    return channels, height, width
