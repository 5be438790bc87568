"""Facts read from botocore's own service model: what AWS accepts, with no call to AWS."""

from __future__ import annotations

import functools
from typing import Any

from botocore.loaders import Loader

from launchpad.problems import suggest


@functools.cache
def sagemaker_shapes() -> dict[str, Any]:
    """Every shape of the SageMaker API by name, as in botocore's `service-2.json`."""
    return _shapes("sagemaker")


def allowed_values(shape: str) -> frozenset[str]:
    """The values of an enum of the SageMaker API, such as `TrainingInstanceType`."""
    return frozenset(sagemaker_shapes()[shape]["enum"])


def check_instance_type(instance_type: str, shape: str) -> str:
    """`instance_type` if the API's enum `shape` has it.

    Raises:
        ValueError: it doesn't; names the nearest one that it has.
    """
    known = allowed_values(shape)
    if instance_type not in known:
        near = suggest(instance_type, known, "instance types")
        remedy = near if near.startswith("did") else f"an example is {_example(known)!r}"
        raise ValueError(f"SageMaker has no instance type {instance_type!r} for this; {remedy}")
    return instance_type


def check_ec2_instance_type(instance_type: str) -> str:
    """`instance_type` if EC2 has it (`InstanceType`); which of them EMR takes differs by release and region.

    Raises:
        ValueError: it doesn't; names the nearest one that it has.
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
    shapes: dict[str, Any] = Loader().load_service_model(service, "service-2")["shapes"]
    return shapes


def _example(known: frozenset[str]) -> str:
    return "ml.m5.large" if "ml.m5.large" in known else min(known)
