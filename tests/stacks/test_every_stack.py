"""What holds for every stack of every environment."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from launchpad import paths
from launchpad.settings import load_settings
from stacks.permissions.policies import document, statement
from tests.stacks.inspection import resources

INTRINSIC = ("Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Join")
LONGEST_NAME = "x" * 120
"""What stands for a name or an ARN that is known when the stack is deployed."""


def test_no_stack_has_a_custom_resource(dev):
    kinds = {resource["Type"] for template in dev.values() for resource in template["Resources"].values()}
    assert [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))] == []


def test_every_role_has_the_permissions_boundary_that_the_config_names(templates):
    boundary = "arn:aws:iam::123456789012:policy/organisation-boundary"
    environment = templates(name="dev", region="eu-west-1", permissions_boundary=boundary)
    roles = [role for template in environment.values() for role in resources(template, "AWS::IAM::Role").values()]
    assert roles
    assert all(role["Properties"]["PermissionsBoundary"] == boundary for role in roles)


def test_no_role_has_a_permissions_boundary_by_default(dev):
    roles = [role for template in dev.values() for role in resources(template, "AWS::IAM::Role").values()]
    assert not any("PermissionsBoundary" in role["Properties"] for role in roles)


@pytest.mark.parametrize("sample", ["comprehensive", "spark-serverless"])
def test_the_policies_of_a_role_have_names_of_their_own_and_room_in_it(templates, sample):
    settings = load_settings(paths.CONFIG / "samples" / f"{sample}.yaml").model_dump(mode="json", exclude_unset=True)
    policies: dict[str, dict[str, int]] = defaultdict(dict)
    for part, template in templates(**settings).items():
        for policy in resources(template, "AWS::IAM::Policy").values():
            properties = policy["Properties"]
            (role,) = (role_named(part, template, reference) for reference in properties["Roles"])
            name = properties["PolicyName"]
            assert name not in policies[role], f"{role} has two policies {name}: the second replaces the first"
            policies[role][name] = len(json.dumps(deployed(properties["PolicyDocument"]), separators=(",", ":")))
    assert len(policies) > 6
    assert {role: sizes for role, sizes in policies.items() if sum(sizes.values()) > 10_240} == {}


def role_named(part: str, template: dict[str, Any], reference: dict[str, Any]) -> str:
    """One name for a role, in its own stack and in those that import it."""
    if "Fn::ImportValue" in reference:
        return reference["Fn::ImportValue"]
    exported = [
        output["Export"]["Name"] for output in template.get("Outputs", {}).values() if output["Value"] == reference
    ]
    return exported[0] if exported else f"{part}: {reference['Ref']}"


def deployed(value: Any) -> Any:
    if isinstance(value, dict):
        return LONGEST_NAME if set(value) & set(INTRINSIC) else {key: deployed(item) for key, item in value.items()}
    return [deployed(item) for item in value] if isinstance(value, list) else value


def test_statements_that_differ_in_one_thing_only_are_one():
    names = ("GetObject", "PutObject", "ListBucket")
    read, write, look = (statement([f"s3:{name}"], ["bucket/*"]) for name in names)
    elsewhere = statement(["s3:PutObject", "s3:ListBucket", "s3:GetObject"], ["other/*"])
    limited = statement(["s3:PutObject"], ["bucket/*"], {"Bool": {"aws:SecureTransport": "true"}})
    refused = statement(["s3:PutObject"], ["bucket/*"], effect="Deny")
    assert document([read, write, limited, refused, look, read, elsewhere])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
            "Resource": ["bucket/*", "other/*"],
        },
        limited,
        refused,
    ]
