"""SageMaker's instance types, as botocore's service model has them."""

from __future__ import annotations

import functools
from collections.abc import Collection

from launchpad.config_files.aws_facts import instance_types
from launchpad.config_files.one_of import OneOf
from launchpad.messages.errors import suggest


@functools.cache
def allowed_values(*shapes: str) -> frozenset[str]:
    """The instance types of the SageMaker API's enums `shapes`, such as `TrainingInstanceType`."""
    return frozenset().union(*map(instance_types, shapes))


class InstanceType(OneOf):
    """Annotates a string that must be an instance type: a value of one of the SageMaker API's enums `shapes`."""

    def __init__(self, *shapes: str) -> None:
        super().__init__(lambda: allowed_values(*shapes), _no_type)


def _no_type(value: str, known: Collection[str]) -> str:
    # EC2's names lack SageMaker's prefix: without it, the closest match may be an unrelated type.
    near = suggest(value, [f"ml.{value}"] if f"ml.{value}" in known else known, "instance types")
    remedy = near if near.startswith("did") else f"an example is {_example(known)!r}"
    return f"SageMaker has no instance type {value!r} for this; {remedy}"


def _example(known: Collection[str]) -> str:
    return "ml.m5.large" if "ml.m5.large" in known else min(known)
