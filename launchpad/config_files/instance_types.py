"""Facts read from botocore's own service model: what AWS accepts, with no call to AWS."""

from __future__ import annotations

import functools
import gzip
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from launchpad.messages.errors import suggest


@functools.cache
def sagemaker_shapes() -> dict[str, Any]:
    """Every shape of the SageMaker API by name, as in botocore's `service-2.json`."""
    return _shapes("sagemaker")


def allowed_values(shape: str) -> frozenset[str]:
    """The values of an enum of the SageMaker API, such as `TrainingInstanceType`."""
    return frozenset(sagemaker_shapes()[shape]["enum"])


class InstanceType:
    """Annotates a string that must be an instance type: a value of one of the SageMaker API's enums `shapes`.

    The enums are read only when a value is checked or a JSON Schema is made, because reading them is slow.
    """

    def __init__(self, *shapes: str) -> None:
        self._shapes = shapes

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema by which pydantic validates the value."""
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The JSON Schema that editors complete from."""
        return {**handler(schema), "enum": sorted(self._known)}

    @functools.cached_property
    def _known(self) -> frozenset[str]:
        return frozenset().union(*(allowed_values(shape) for shape in self._shapes))

    def _check(self, value: str) -> str:
        known = self._known
        if value in known:
            return value
        # EC2's names lack SageMaker's prefix: without it, the closest match may be an unrelated type.
        near = suggest(value, [f"ml.{value}"] if f"ml.{value}" in known else known, "instance types")
        remedy = near if near.startswith("did") else f"an example is {_example(known)!r}"
        raise ValueError(f"SageMaker has no instance type {value!r} for this; {remedy}")


def check_ec2_instance_type(instance_type: str) -> str:
    """Return `instance_type` if EC2 has it (`InstanceType`); which ones EMR accepts differs by release and region.

    Raises:
        ValueError: EC2 has no such type; the message names the closest one.
    """
    known = _ec2_instance_types()
    if instance_type not in known:
        near = suggest(instance_type, known, "instance types")
        remedy = near if near.startswith("did") else "an example is 'm5.xlarge'"
        raise ValueError(f"EC2 has no instance type {instance_type!r}; {remedy}")
    return instance_type


@functools.cache
def _ec2_instance_types() -> frozenset[str]:
    return frozenset(_shapes("ec2")["InstanceType"]["enum"])


def _shapes(service: str) -> dict[str, Any]:
    """The shapes of a service's newest version, read without botocore's loader, which is slow to import."""
    botocore = Path(getattr(find_spec("botocore"), "origin", ""))
    newest = max((botocore.parent / "data" / service).iterdir())
    shapes: dict[str, Any] = json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))["shapes"]
    return shapes


def _example(known: frozenset[str]) -> str:
    return "ml.m5.large" if "ml.m5.large" in known else min(known)
