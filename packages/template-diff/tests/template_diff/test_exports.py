"""Exports in use: CloudFormation refuses to change their values, and the report says so beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.compare import compare
from template_diff.markdown import Compared, render
from template_diff.model import Difference, ExitCode, Template
from tests.template_diff.pairs import Resources, resource, template


def exporting(resources: Resources, value: Any, name: str = "network:Vpc") -> Template:
    return template(resources, Outputs={"Vpc": {"Value": value, "Export": {"Name": name}}})


def importing(*names: str) -> Template:
    values = [{"Fn::ImportValue": name} for name in names]
    return template({"It": resource("SSM::Parameter", {"Value": {"Fn::Join": ["", values]}})})


def vpc(cidr: str = "10.20.0.0/16", attribute: str | None = None) -> Template:
    value = {"Fn::GetAtt": ["Vpc", attribute]} if attribute else {"Ref": "Vpc"}
    return exporting({"Vpc": resource("EC2::VPC", {"CidrBlock": cidr})}, value)


def comparison(old: dict[str, Template], new: dict[str, Template]) -> Difference:
    return compare(*({("dev", stack): content for stack, content in side.items()} for side in (old, new)))


def network(before: Template, after: Template) -> Difference:
    return comparison(
        {"network": before, "jobs": importing("network:Vpc")}, {"network": after, "jobs": importing("network:Vpc")}
    )


def test_an_export_of_a_replaced_resource_fails_the_deploy() -> None:
    difference = network(vpc(), vpc("10.30.0.0/16"))
    (conflict,) = difference.exports
    assert (conflict.stack, conflict.output, conflict.importers) == ("network", "Vpc", ("jobs",))
    assert conflict.certain
    assert difference.exit_code is ExitCode.FAILS


def test_the_report_names_the_exports_of_a_stack_in_one_row() -> None:
    text = render(network(vpc(), vpc("10.30.0.0/16")), Compared("a", "b"))
    (row,) = [line for line in text.splitlines() if line.startswith("| **Deploy fails**")]
    assert row == (
        "| **Deploy fails** | dev · network | CloudFormation changes no export that another stack imports, and these"
        " change:<br>`Vpc` (imported by `jobs`): `${Vpc}` is replaced |"
    )


def test_an_export_that_no_stack_imports_may_change() -> None:
    assert comparison({"network": vpc()}, {"network": vpc("10.30.0.0/16")}).exports == ()


def test_an_attribute_that_stays_equal_is_no_conflict() -> None:
    def group(name: str) -> Template:
        properties = {"VpcId": "vpc-1", "GroupDescription": name}
        return exporting({"Group": resource("EC2::SecurityGroup", properties)}, {"Fn::GetAtt": ["Group", "VpcId"]})

    assert network(group("a"), group("b")).exports == ()


def test_an_attribute_that_refers_to_a_replaced_resource_is_a_conflict() -> None:
    def group(cidr: str) -> Template:
        properties = {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "a"}
        resources = {
            "Vpc": resource("EC2::VPC", {"CidrBlock": cidr}),
            "Group": resource("EC2::SecurityGroup", properties),
        }
        return exporting(resources, {"Fn::GetAtt": ["Group", "VpcId"]})

    (conflict,) = network(group("10.20.0.0/16"), group("10.30.0.0/16")).exports
    assert conflict.replaced == ("network/Vpc",)


def test_a_replacement_that_is_not_certain_may_fail_the_deploy() -> None:
    def domain(network_id: str) -> Template:
        return exporting({"Domain": resource("SageMaker::Domain", {"VpcId": network_id})}, {"Ref": "Domain"})

    difference = network(domain("vpc-1"), domain("vpc-2"))
    assert [conflict.certain for conflict in difference.exports] == [False]
    assert render(difference, Compared("a", "b")).startswith("**The deploy may fail and data may be lost.**")


@pytest.mark.parametrize(
    ("before", "after", "certain"),
    [
        ("a", "b", True),
        ({"Ref": "One"}, {"Ref": "Two"}, True),
        ({"Ref": "One"}, "name-of-one", False),
        ({"Ref": "One"}, {"Fn::GetAtt": ["One", "TopicName"]}, False),
    ],
    ids=["literals", "resources", "resource to literal", "attribute"],
)
def test_a_value_that_differs_in_the_templates_is_shown(before: Any, after: Any, certain: bool) -> None:
    topics = {name: resource("SNS::Topic") for name in ("One", "Two")}
    (conflict,) = network(exporting(topics, before), exporting(topics, after)).exports
    assert conflict.certain is certain
    assert conflict.old != conflict.new


def test_an_export_that_leaves_with_its_import_deploys() -> None:
    old = {"network": vpc(), "jobs": importing("network:Vpc")}
    new = {"network": template({"Vpc": resource("EC2::VPC", {"CidrBlock": "10.20.0.0/16"})}), "jobs": importing()}
    assert comparison(old, new).exports == ()


def test_an_export_that_leaves_while_its_resource_is_replaced_fails() -> None:
    """A deploy keeps the export until no stack imports it, so its value would change meanwhile."""
    old = {"network": vpc(), "jobs": importing("network:Vpc")}
    new = {"network": template({"Vpc": resource("EC2::VPC", {"CidrBlock": "10.30.0.0/16"})}), "jobs": importing()}
    assert comparison(old, new).exit_code is ExitCode.FAILS


def test_a_stack_that_leaves_imports_until_all_else_is_deployed() -> None:
    old = {"network": vpc(), "studio": importing("network:Vpc")}
    (conflict,) = comparison(old, {"network": vpc("10.30.0.0/16")}).exports
    assert conflict.importers == ("studio",)


def test_an_import_in_the_form_of_a_sub_is_seen() -> None:
    reads = template(
        {
            "It": resource(
                "SSM::Parameter", {"Value": {"Fn::Sub": ["${Vpc}", {"Vpc": {"Fn::ImportValue": "network:Vpc"}}]}}
            )
        }
    )
    difference = comparison({"network": vpc(), "jobs": reads}, {"network": vpc("10.30.0.0/16"), "jobs": reads})
    assert [conflict.importers for conflict in difference.exports] == [("jobs",)]
