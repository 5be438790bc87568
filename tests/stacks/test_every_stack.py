"""What holds for every stack of every environment."""

from __future__ import annotations

from tests.stacks.inspection import resources


def test_no_stack_has_a_custom_resource(dev):
    kinds = {resource["Type"] for template in dev.values() for resource in template["Resources"].values()}
    assert [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))] == []


def test_every_role_has_the_permissions_boundary_that_the_config_names(templates):
    boundary = "arn:aws:iam::123456789012:policy/organisation-boundary"
    environment = templates(name="dev", region="eu-west-1", permissions_boundary=boundary)
    roles = [role for template in environment.values() for role in resources(template, "AWS::IAM::Role").values()]
    assert roles
    assert all(role["Properties"]["PermissionsBoundary"] == boundary for role in roles)


def test_no_role_has_a_permissions_boundary_that_nobody_asked_for(dev):
    roles = [role for template in dev.values() for role in resources(template, "AWS::IAM::Role").values()]
    assert not any("PermissionsBoundary" in role["Properties"] for role in roles)
