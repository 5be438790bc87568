"""SageMaker's instance types, read from botocore's own service model with no call to AWS."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from launchpad.config_files.one_of import OneOf
from launchpad.messages.errors import suggest


@functools.cache
def sagemaker_shapes() -> dict[str, Any]:
    """Every shape of the SageMaker API by name, as in botocore's `service-2.json`."""
    return _shapes("sagemaker")


def allowed_values(shape: str) -> frozenset[str]:
    """The values of an enum of the SageMaker API, such as `TrainingInstanceType`."""
    return frozenset(sagemaker_shapes()[shape]["enum"])


class InstanceType(OneOf):
    """Annotates a string that must be an instance type: a value of one of the SageMaker API's enums `shapes`.

    The enums are read only when a value is checked or a JSON Schema is made, because reading them is slow.
    """

    def __init__(self, *shapes: str) -> None:
        self._shapes = shapes
        super().__init__(lambda: self._values, _no_type)

    @functools.cached_property
    def _values(self) -> frozenset[str]:
        return frozenset().union(*(allowed_values(shape) for shape in self._shapes))


def _no_type(value: str, known: Collection[str]) -> str:
    # EC2's names lack SageMaker's prefix: without it, the closest match may be an unrelated type.
    near = suggest(value, [f"ml.{value}"] if f"ml.{value}" in known else known, "instance types")
    remedy = near if near.startswith("did") else f"an example is {_example(known)!r}"
    return f"SageMaker has no instance type {value!r} for this; {remedy}"


def _shapes(service: str) -> dict[str, Any]:
    """The shapes of a service's newest version, read without botocore's loader, which is slow to import."""
    botocore = Path(getattr(find_spec("botocore"), "origin", ""))
    newest = max((botocore.parent / "data" / service).iterdir())
    shapes: dict[str, Any] = json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))["shapes"]
    return shapes


def _example(known: Collection[str]) -> str:
    return "ml.m5.large" if "ml.m5.large" in known else min(known)
