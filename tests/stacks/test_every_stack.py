"""What holds for every stack of every environment."""

from __future__ import annotations


def test_no_stack_has_a_custom_resource(dev):
    kinds = {resource["Type"] for template in dev.values() for resource in template["Resources"].values()}
    assert [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))] == []
