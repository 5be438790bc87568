"""Templates whose text alone is refused."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("[" * 5_000, "nests too deep"),
        ("a: " + "{b: " * 300 + "1" + "}" * 300, "nests too deep"),
        ('{"a":' * 300 + "1" + "}" * 300, "nests too deep"),
        ("Resources: &a [*a]", "YAML aliases are not allowed"),
        ("Resources: &a {}\nMetadata: *a", "YAML aliases are not allowed"),
    ],
    ids=["lists", "flow", "json", "itself", "alias"],
)
def test_a_template_that_no_reader_should_load_is_refused(plain_aws, template, message):
    with pytest.raises(ClientError, match=f"Template format error: .*{message}") as caught:
        plain_aws.client("cloudformation").create_stack(StackName="text", TemplateBody=template)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


QUEUE = {"Type": "AWS::SQS::Queue"}


def queue_of(value):
    return {**QUEUE, "Properties": {"QueueName": value}}


REFUSED = {
    "nothing": ({}, "Template format error: At least one Resources member must be defined."),
    "name": ({"a-b": QUEUE}, "Template format error: Resource name a-b is non alphanumeric."),
    "reference": (
        {"A": queue_of({"Ref": "Missing"})},
        "Template format error: Unresolved resource dependencies [Missing] in the Resources block of the template",
    ),
    "attribute": (
        {"A": queue_of({"Fn::GetAtt": ["Missing", "Arn"]})},
        "Template error: instance of Fn::GetAtt references undefined resource Missing",
    ),
    "text": (
        {"A": queue_of({"Fn::Sub": "${Missing}-${AWS::Region}"})},
        "Template format error: Unresolved resource dependencies [Missing] in the Resources block of the template",
    ),
    "order": (
        {"A": {**QUEUE, "DependsOn": ["Missing"]}},
        "Template format error: Unresolved resource dependencies [Missing] in the Resources block of the template",
    ),
    "circle": (
        {"A": queue_of({"Ref": "B"}), "B": queue_of({"Ref": "A"}), "C": queue_of({"Ref": "A"})},
        "Circular dependency between resources: [A, B, C]",
    ),
    "itself": ({"A": queue_of({"Ref": "A"})}, "Circular dependency between resources: [A]"),
}


@pytest.mark.parametrize(("resources", "message"), REFUSED.values(), ids=list(REFUSED))
def test_a_template_that_no_stack_can_have_is_refused(plain_aws, resources, message):
    cloudformation, body = plain_aws.client("cloudformation"), json.dumps({"Resources": resources})
    for call in (
        lambda: cloudformation.create_stack(StackName="none", TemplateBody=body),
        lambda: cloudformation.validate_template(TemplateBody=body),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"] | {"Type": ""} == {
            "Type": "",
            "Code": "ValidationError",
            "Message": message,
        }


def test_an_output_of_nothing_is_refused(plain_aws):
    template = {"Resources": {"A": QUEUE}, "Outputs": {"Name": {"Value": {"Ref": "Missing"}}}}
    with pytest.raises(ClientError, match=r"dependencies \[Missing\] in the Outputs block of the template"):
        plain_aws.client("cloudformation").create_stack(StackName="none", TemplateBody=json.dumps(template))


@pytest.mark.parametrize(
    ("properties", "given", "missing"),
    [({}, [], "CAPABILITY_IAM"), ({"RoleName": "own-name"}, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM")],
    ids=["a role", "a role with a name"],
)
def test_a_role_needs_the_capability_of_who_deploys(plain_aws, properties, given, missing):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": [trust]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy, **properties}}
    template = json.dumps({"Resources": {"Role": role}})
    cloudformation = plain_aws.client("cloudformation")
    with pytest.raises(ClientError, match=rf"Requires capabilities : \[{missing}\]") as caught:
        cloudformation.create_stack(StackName="capable", TemplateBody=template, Capabilities=given)
    assert caught.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
    assert not [stack for stack in cloudformation.list_stacks()["StackSummaries"] if stack["StackName"] == "capable"]
