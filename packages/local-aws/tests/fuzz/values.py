"""Valid values of botocore's shapes, by chance.

Names come from a short list, so that what one request creates the next ones find.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from rstr import Rstr

BUCKET = "fuzz"
NAMES = tuple(f"fuzz-{number}" for number in range(4))
OPTIONAL = 0.35
"""How often an optional member is present, at the top; deeper ones are rarer."""
MAX_ITEMS = 3
FOUND = 0.8
"""How often a request names a resource that exists."""
FAR = 2**31 - 1
TRIES = 4
"""A pattern with a look-ahead is met by chance."""

# What makes a job fail at once, rather than run for long: images without a program, one or two instances.
SENSIBLE: dict[str, tuple[Any, ...]] = {
    "InstanceCount": (1, 2),
    "InitialInstanceCount": (1, 2),
    "MaxNumberOfTrainingJobs": (1, 2, 3),
    "MaxParallelTrainingJobs": (1, 2),
    "RoleArn": ("arn:aws:iam::123456789012:role/fuzz",),
    "ExecutionRoleArn": ("arn:aws:iam::123456789012:role/fuzz",),
    "S3Uri": tuple(f"s3://{BUCKET}/{key}" for key in ("data", "model.tar.gz", "absent")),
    "S3OutputPath": (f"s3://{BUCKET}/output",),
    "ModelDataUrl": (f"s3://{BUCKET}/model.tar.gz",),
    "LocalPath": tuple(f"/opt/ml/processing/{name}" for name in NAMES),
    "Image": ("fuzz", "missing"),
    "TrainingImage": ("fuzz", "missing"),
    "ImageUri": ("fuzz", "missing"),
    "InstanceType": ("ml.m5.large",),
    "ModelPackageArn": (f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{NAMES[0]}/1",),
    "ResourceArn": tuple(f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}" for name in NAMES),
    "ServiceCode": ("sagemaker",),
    "ContainerEntrypoint": ("python3", "true"),
}


class Values:
    """Valid values, from one source of chance."""

    def __init__(self, random: Random, identifiers: Mapping[str, str], *, existing: bool) -> None:
        """``identifiers`` has names of resources by members, and ``existing`` says whether to take them."""
        self._random, self._known, self._existing = random, identifiers, existing

    def filled(self, example: Any, member: str = "") -> Any:
        """A copy of an example, with names for empty texts, and for None what is known."""
        if isinstance(example, dict):
            return {name: self.filled(value, name) for name, value in example.items()}
        if isinstance(example, list):
            return [self.filled(value) for value in example]
        return self._random.choice(NAMES) if example == "" else self._known[member] if example is None else example

    def valid(self, shape: Shape, member: str = "", depth: int = 0) -> Any:
        """A value that meets the shape's constraints, but for a look-ahead that no try meets."""
        if self._existing and member in self._known and self._random.random() < FOUND:
            return self._known[member]
        if member in SENSIBLE and shape.type_name in ("string", "integer"):
            return self._random.choice(SENSIBLE[member])
        if isinstance(shape, StructureShape):
            return self._structure(shape, depth)
        if isinstance(shape, ListShape):
            return [self.valid(shape.member, member.removesuffix("s"), depth + 1) for _ in range(self._count(shape))]
        if isinstance(shape, MapShape):
            count = self._count(shape)
            return {
                self.valid(shape.key, depth=depth + 1): self.valid(shape.value, depth=depth + 1) for _ in range(count)
            }
        return self._text(shape, member) if isinstance(shape, StringShape) else self._scalar(shape)

    def _structure(self, shape: StructureShape, depth: int) -> dict[str, Any]:
        optional = OPTIONAL / (1 + depth)
        chosen = [name for name in shape.members if name in shape.required_members or self._random.random() < optional]
        if getattr(shape, "is_tagged_union", False):
            chosen = [self._random.choice(list(shape.members))]
        return {name: self.valid(shape.members[name], name, depth + 1) for name in chosen}

    def _count(self, shape: Shape) -> int:
        least = shape.metadata.get("min", 0)
        return self._random.randint(least, max(least, min(shape.metadata.get("max", MAX_ITEMS), MAX_ITEMS)))

    def _scalar(self, shape: Shape) -> Any:
        if shape.type_name == "boolean":
            return self._random.random() < 0.5
        if shape.type_name == "timestamp":
            return self._random.choice((0, 1_500_000_000.5, 1_900_000_000))
        if shape.type_name == "blob":
            return "ZnV6eg=="
        least = shape.metadata.get("min", 0)
        most = min(shape.metadata.get("max", 1_000), FAR)
        number = self._random.choice((least, most, self._random.uniform(least, max(least, most))))
        return float(number) if shape.type_name in ("float", "double") else int(number)

    def _text(self, shape: StringShape, member: str) -> str:
        if shape.enum:
            return str(self._random.choice(shape.enum))
        name = self._random.choice(NAMES)
        if member.endswith("Name") and fits(shape, name):
            return name
        return self._random.choice(_texts(shape.metadata.get("pattern"), *_lengths(shape)) or [name])


def _lengths(shape: StringShape) -> tuple[int, int]:
    least = shape.metadata.get("min", 0)
    return least, max(least, min(shape.metadata.get("max", 40), 40))


@cache
def _texts(pattern: str | None, least: int, most: int) -> list[str]:
    """Some texts that meet a pattern, the same each time."""
    if pattern is None:
        return ["fuzz".ljust(least, "z")[:most]]
    source = Rstr(Random(pattern))  # noqa: S311
    try:
        texts = [source.xeger(pattern) for _ in range(TRIES)]
    except re.error:  # it has Java's syntax
        return ["fuzz".ljust(least, "z")[:most]]
    texts = [text.ljust(least, "a")[:most] for text in texts]
    return [text for text in texts if re.fullmatch(pattern, text)]


def fits(shape: StringShape, text: str) -> bool:
    """Whether the text meets length and pattern, as far as Python can read it."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", sys.maxsize)
    try:
        matches = re.fullmatch(shape.metadata.get("pattern", "(?s).*"), text)
    except re.error:
        return low <= len(text) <= high
    return bool(matches) and low <= len(text) <= high
