"""Facts about AWS that a synth needs: regions, zones, instance types of SageMaker and EMR, missing types.

They are in `aws_facts.json`, which `make lock-facts` writes: a synth lacks some of the libraries that know them, and
botocore's model of SageMaker takes longer to read than hundreds of workloads.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from launchpad.config_files.one_of import OneOf
from launchpad.messages.errors import suggest

DATA = Path(__file__).with_name("aws_facts.json")


def partition_of(region: str) -> str:
    """The partition of a known region, such as `aws-cn`: ARNs begin with it."""
    return str(_facts()["regions"][region])


def region_complaint(region: str) -> str | None:
    """What to say of a region that AWS doesn't have; None for one of AWS's."""
    regions = _facts()["regions"]
    return None if region in regions else _no_region(region, regions)


def zones_of(region: str) -> list[str]:
    """The zones that accounts may have in a region; empty if they are unknown."""
    return [f"{region}{letter}" for letter in _facts()["zones"].get(region, "")]


def instance_types(shape: str) -> list[str]:
    """The values of an enum of the SageMaker API, such as `TrainingInstanceType`."""
    return list(_facts()["instance_types"][shape])


def has_type(region: str, resource_type: str) -> bool:
    """Whether CloudFormation has the resource type in the region, as far as is known."""
    return region not in _facts()["regions_without_type"].get(resource_type, ())


def _no_region(value: str, known: Collection[str]) -> str:
    return f"AWS has no region {value!r}; {suggest(value, known, 'regions')}"


def _no_emr_type(value: str, known: Collection[str]) -> str:
    near = suggest(value, known, "instance types")
    remedy = near if near.startswith("did") else "an example is 'm5.xlarge'"
    return f"EMR has no instance type {value!r}; {remedy}"


@functools.cache
def _facts() -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads(DATA.read_text("utf-8"))
    return facts


KNOWN_REGION = OneOf(lambda: _facts()["regions"], _no_region)
"""Annotates the name of one of AWS's regions."""
EMR_INSTANCE_TYPE = OneOf(lambda: _facts()["emr_instance_types"], _no_emr_type)
"""Annotates an instance type that EMR's clusters run on in some region."""
