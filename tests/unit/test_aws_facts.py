"""What configs are checked against is what botocore and cfn-lint know of AWS."""

from __future__ import annotations

from launchpad.config_files.aws_facts import DATA, partition_of, zones_of
from tools.aws_facts import aws_facts


def test_the_facts_are_those_of_the_libraries():
    assert DATA.read_text("utf-8") == aws_facts(), "renew them: make lock-facts"


def test_a_region_has_its_partition_and_zones():
    assert partition_of("cn-north-1") == "aws-cn"
    assert zones_of("eu-west-1") == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_zones_between_the_listed_ones_exist_in_some_accounts():
    assert "us-west-1b" in zones_of("us-west-1")


def test_the_zones_of_a_new_region_are_unknown():
    assert zones_of("sa-west-1") == []
