"""Write `launchpad/config_files/aws_facts.json`: `make lock-facts`.

Botocore has AWS's regions and SageMaker's instance types; cfn-lint has the regions' availability zones, the instance
types that EMR's clusters run on, and the resource types that CloudFormation has in a region. They are read here and not
by a synth, because cfn-lint is installed only where the repository is tested, and botocore's models are large.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import botocore.session
from cfnlint.helpers import AVAILABILITY_ZONES

from launchpad.config_files.aws_facts import DATA

EMR = ("data", "schemas", "extensions", "aws_emr_cluster", "instancetypeconfig_instancetype_enum.json")
INSTANCE_TYPES = (
    "InstanceType",
    "ProcessingInstanceType",
    "ProductionVariantInstanceType",
    "TrainingInstanceType",
    "TransformInstanceType",
)
"""The enums of the SageMaker API that configs, workloads and prices use; `InstanceType` has those of notebooks."""
PROVIDERS = ("data", "schemas", "providers")
NOT_EVERYWHERE = ("AWS::CE::AnomalyMonitor",)
"""Types of optional sections that CloudFormation lacks in some regions."""


def aws_facts() -> str:
    """Return the content of the file: one region or instance type a line."""
    facts = {
        "regions": _regions(),
        "zones": _zones(),
        "instance_types": _instance_types(),
        "emr_instance_types": _emr_instance_types(),
        "regions_without_type": _regions_without_type(),
    }
    return json.dumps(facts, indent=1) + "\n"


def _regions() -> dict[str, str]:
    """The partition of each region. A partition's global pseudo region has no stacks."""
    partitions = botocore.session.get_session().get_data("partitions")["partitions"]
    found = {
        region: str(partition["id"])
        for partition in partitions
        for region in partition["regions"]
        if not region.endswith("-global")
    }
    return dict(sorted(found.items()))


def _zones() -> dict[str, str]:
    """The letters of each region's zones, up to the last one that cfn-lint lists.

    The letters in between are included, because EC2 gives accounts different ones: us-west-1 has a and c in some
    accounts, and a and b in others.
    """
    last = {region: max(zone[-1] for zone in zones) for region, zones in AVAILABILITY_ZONES.items()}
    return {region: "".join(map(chr, range(ord("a"), ord(letter) + 1))) for region, letter in sorted(last.items())}


def _instance_types() -> dict[str, list[str]]:
    """The types of each use of SageMaker, by the API's name for it."""
    shapes = botocore.session.get_session().get_service_model("sagemaker")
    return {name: sorted(shapes.shape_for(name).enum) for name in INSTANCE_TYPES}


def _emr_instance_types() -> list[str]:
    """The types of all regions together, because a region's list is shorter than what EMR accepts there."""
    content: dict[str, Any] = json.loads(files("cfnlint").joinpath(*EMR).read_text("utf-8"))
    return sorted({name for region in content.values() if isinstance(region, dict) for name in region["enum"]})


def _regions_without_type() -> dict[str, list[str]]:
    """The regions whose CloudFormation has no such type; a region that cfn-lint doesn't know is not listed."""
    regions = _regions()
    types = {
        file.name.removesuffix(".json"): json.loads(file.read_text("utf-8"))
        for file in files("cfnlint").joinpath(*PROVIDERS).iterdir()
        if file.name.removesuffix(".json") in regions
    }
    return {
        name: sorted(region for region, provider in types.items() if name not in provider) for name in NOT_EVERYWHERE
    }


if __name__ == "__main__":
    DATA.write_text(aws_facts(), "utf-8")
