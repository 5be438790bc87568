"""What CloudFormation would refuse half-way, or what would lose people's work, is refused before anything changes."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.updates.replacements import PAGE, refuse_replacements
from tests.unit.updates.stacks import declared, deployed, importing, stack, template


def network(cidr: str) -> dict[str, Any]:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}
    return template({"Vpc": vpc}, {"Vpc": {"Ref": "Vpc"}})


def notebook(subnet: str, volume: int = 20) -> dict[str, Any]:
    properties = {
        "VolumeSizeInGB": volume,
        "NotebookInstanceName": "dev-team",
        "InstanceType": "ml.t3.medium",
        "RoleArn": "r",
        "SubnetId": subnet,
    }
    return template({"Team": {"Type": "AWS::SageMaker::NotebookInstance", "Properties": properties}})


def test_a_value_in_use_is_not_replaced():
    now = deployed(stack("network", network("10.20.0.0/16")), stack("jobs", importing("Vpc")))
    with pytest.raises(LaunchpadError) as refusal:
        refuse_replacements(now, declared(network=network("10.30.0.0/16"), jobs=importing("Vpc")))
    expected = "AWS::EC2::VPC Vpc of network would be replaced (CidrBlock), while jobs uses it"
    assert expected in str(refusal.value)
    assert PAGE in str(refusal.value)


def test_a_value_in_use_is_not_replaced_though_it_is_no_longer_exported():
    now = deployed(stack("network", network("10.20.0.0/16")), stack("jobs", importing("Vpc")))
    unexported = {**network("10.30.0.0/16"), "Outputs": {}}
    with pytest.raises(LaunchpadError, match=r"\(CidrBlock\), while jobs uses it"):
        refuse_replacements(now, declared(network=unexported, jobs=importing()))


def test_a_value_that_no_stack_imports_is_replaced():
    now = deployed(stack("network", network("10.20.0.0/16")))
    refuse_replacements(now, declared(network=network("10.30.0.0/16")))


def test_a_notebook_in_another_subnet_is_refused_with_the_way_out():
    now = deployed(stack("notebooks", notebook("subnet-1")))
    with pytest.raises(LaunchpadError, match="remove `notebooks` from the config, deploy, then add it again"):
        refuse_replacements(now, declared(notebooks=notebook("subnet-2")))


def test_the_volume_of_a_notebook_is_not_made_smaller():
    now = deployed(stack("notebooks", notebook("subnet-1", 200)))
    with pytest.raises(
        LaunchpadError, match="the volume of dev-team can't shrink from 200 to 20 GB: write `volume_gb: 2"
    ):
        refuse_replacements(now, declared(notebooks=notebook("subnet-1")))
    refuse_replacements(now, declared(notebooks=notebook("subnet-1", 300)))


def test_a_notebook_that_its_stack_retains_is_deleted_in_between():
    retaining = notebook("subnet-1")
    retaining["Resources"]["Team"]["DeletionPolicy"] = "RetainExceptOnCreate"
    now = deployed(stack("notebooks", retaining))
    with pytest.raises(LaunchpadError, match="deploy, save and delete what it left, then add it again"):
        refuse_replacements(now, declared(notebooks=notebook("subnet-2")))


def test_a_notebook_that_is_removed_is_not_refused():
    refuse_replacements(deployed(stack("notebooks", notebook("subnet-1"))), declared())


def test_a_notebook_whose_creation_failed_is_created_elsewhere():
    now = deployed(stack("notebooks", notebook("subnet-1"), status="ROLLBACK_COMPLETE"))
    refuse_replacements(now, declared(notebooks=notebook("subnet-2")))


def test_the_page_with_the_steps_exists():
    from launchpad import paths

    file, _, heading = PAGE.partition("#")
    assert f"## {heading.replace('-', ' ').capitalize()}\n" in (paths.ROOT / file).read_text("utf-8")
