"""Labelled images from RecordIO, from image files with a list, and from augmented manifests; images as tensors.

Source: "Image Classification Algorithm" in the developer guide; MXNet's `recordio.unpack` for the header of a record.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from local_aws.runtimes.inside.algorithms import records
from local_aws.runtimes.inside.algorithms.errors import CustomerError, unreadable
from local_aws.runtimes.inside.algorithms.job import Job

RECORDIO = "application/x-recordio"
PICTURES = ("application/x-image", "image/jpeg", "image/png")
HEADER = struct.Struct("<IfQQ")
"""The header of an image's record: how many labels follow (0: the next number is the label), the label, and two ids."""
MEANS = (123.68, 116.779, 103.939)
"""The means of red, green and blue in ImageNet, which MXNet's example of image classification subtracts."""
SHIFTS = (36, 50, 50)
"""The largest changes of hue, saturation and lightness."""
ANGLE, SHEAR = 10, 0.1
CHANCE = np.random.default_rng(0)
"""A generator without the user's seed, as on AWS; fixed, so that a job that is repeated has the same result."""
Labelled = list[tuple[bytes, int]]


def read_pictures(job: Job, channel: str, classes: int) -> Labelled:
    """Encoded images and labels of a channel. Raises `CustomerError` for what can't be read."""
    description = job.channels[channel]
    media = (description.get("ContentType") or RECORDIO).split(";")[0].strip().lower()
    if description.get("RecordWrapperType") == "RecordIO":
        labelled = _wrapped(job, channel)
    elif media == RECORDIO:
        labelled = _records(job, channel)
    elif media in PICTURES:
        labelled = _listed(job, channel)
    else:
        raise CustomerError(f"Channel '{channel}': content type '{media}' is none of {RECORDIO}, {', '.join(PICTURES)}")
    outside = sorted({label for _, label in labelled if not 0 <= label < classes})
    if outside:
        raise CustomerError(f"Channel '{channel}' has the label {outside[0]}, and num_classes is {classes}")
    return labelled


def _split(channel: str, content: bytes) -> list[bytes]:
    try:
        return list(records.split(content))
    except records.RecordError as error:
        raise unreadable(channel, RECORDIO, error) from error


def _records(job: Job, channel: str) -> Labelled:
    files = job.files(channel)
    if len(files) != 1:
        raise CustomerError(f"Channel '{channel}' must have one .rec file, and has {len(files)} files")
    bodies = _split(channel, files[0][1])
    if not bodies:
        raise CustomerError(f"Unable to start training. Empty .rec file in {channel} channel.")
    labelled = []
    for body in bodies:
        if len(body) < HEADER.size:
            raise unreadable(channel, RECORDIO, "a record is shorter than the header of an image's record")
        count, label, _, _ = HEADER.unpack_from(body)
        if count > 1:
            raise CustomerError(
                f"Channel '{channel}' has images with several labels: multi-label training works on AWS only"
            )
        start = HEADER.size + 4 * count
        labelled.append((body[start:], int(struct.unpack_from("<f", body, HEADER.size)[0] if count else label)))
    return labelled


def _wrapped(job: Job, channel: str) -> Labelled:
    """An augmented manifest's stream: an image and its label by turns."""
    bodies = _split(channel, job.files(channel)[0][1])
    try:
        labels = [int(body.decode().strip().strip('"')) for body in bodies[1::2]]
        return list(zip(bodies[::2], labels, strict=True))
    except ValueError as error:
        reason = "AttributeNames must be the image and then its class, a single number"
        raise unreadable(channel, RECORDIO, f"{reason}: {error}") from error


def _listed(job: Job, channel: str) -> Labelled:
    """The images that the channel's .lst file names."""
    names = f"{channel}_lst"
    if names not in job.channels:
        raise CustomerError(f"{names} channel is not specified.")
    files = job.files(names)
    if len(files) != 1:
        raise CustomerError(f"Channel '{names}' must have one .lst file, and has {len(files)} files")
    labelled, folder = [], job.root / "input" / "data" / channel
    for number, line in enumerate(files[0][1].decode().splitlines(), 1):
        columns = line.split("\t")
        try:
            label, path = int(float(columns[1])), folder / columns[2].strip()
        except (IndexError, ValueError):
            raise CustomerError(
                f"{files[0][0]}, line {number}: not an index, a class and a path, separated by tabs"
            ) from None
        if not path.is_file():
            raise CustomerError(f"{files[0][0]}, line {number}: channel '{channel}' has no file {columns[2].strip()}")
        labelled.append((path.read_bytes(), label))
    if not labelled:
        raise CustomerError(f"Unable to start training. Empty .lst file in {names} channel.")
    return labelled


def tensor(
    content: bytes, shape: tuple[int, int, int], *, resize: int | None = None, augmentation: str | None = None
) -> torch.Tensor:
    """An image as the network takes it. Raises `ValueError` for bytes that are no image."""
    channels, height, width = shape
    try:
        picture = Image.open(io.BytesIO(content)).convert("RGB" if channels == 3 else "L")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"not an image: {error}") from error
    if resize:
        picture = _scaled(picture, resize / min(picture.size))
    if augmentation:
        picture = _augmented(picture, augmentation)
    factor = max(width / picture.width, height / picture.height)
    picture = _scaled(picture, factor) if factor > 1 else picture
    left, top = picture.width - width, picture.height - height
    corner = (int(CHANCE.integers(left + 1)), int(CHANCE.integers(top + 1))) if augmentation else (left // 2, top // 2)
    picture = picture.crop((*corner, corner[0] + width, corner[1] + height))
    values = np.asarray(picture, np.float32).reshape(height, width, channels) - np.array(MEANS[:channels], np.float32)
    return torch.from_numpy(values.transpose(2, 0, 1).copy()) / 58.0


def fitted(content: bytes, shape: tuple[int, int, int]) -> torch.Tensor:
    """A request's image: scaled to the network's size as a whole."""
    picture = Image.open(io.BytesIO(content)).convert("RGB").resize((shape[2], shape[1]))
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return tensor(packed.getvalue(), shape)


def _scaled(picture: Any, factor: float) -> Any:
    return picture.resize(
        (max(1, round(picture.width * factor + 0.499)), max(1, round(picture.height * factor + 0.499)))
    )


def _augmented(picture: Any, kind: str) -> Any:
    """Mirrored by chance; for ``crop_color`` in other colors, for ``crop_color_transform`` rotated and sheared too."""
    if CHANCE.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if kind != "crop" and picture.mode == "RGB":
        channels = np.asarray(picture.convert("HSV"), np.int16) + [CHANCE.integers(-most, most + 1) for most in SHIFTS]
        channels[..., 0] %= 256
        picture = Image.fromarray(np.clip(channels, 0, 255).astype(np.uint8), "HSV").convert("RGB")
    if kind == "crop_color_transform":
        shear = CHANCE.uniform(-SHEAR, SHEAR)
        picture = picture.rotate(CHANCE.uniform(-ANGLE, ANGLE))
        picture = picture.transform(picture.size, Image.Transform.AFFINE, (1, shear, 0, 0, 1, 0))
    return picture


def model_file(folder: Path) -> Path:
    """Where a model is kept."""
    return folder / "image-classification.pt"
