"""Custom names: what CloudFormation refuses to replace, and names that are still taken."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.compare import compare
from template_diff.markdown import Compared, render
from template_diff.model import REFUSED, Action, ExitCode
from template_diff.names import name_paths
from tests.template_diff.pairs import changed, difference, resource, template

ROLE = {"RoleName": "deploy", "AssumeRolePolicyDocument": {}}


def notebook(subnet: str, name: str | None = "dev-team", **more: Any) -> dict[str, Any]:
    properties = {"SubnetId": subnet, **({"NotebookInstanceName": name} if name else {}), **more}
    return resource("SageMaker::NotebookInstance", properties)


def test_a_custom_named_resource_is_not_replaced_and_loses_nothing() -> None:
    comparison = difference({"Team": notebook("subnet-1")}, {"Team": notebook("subnet-2")})
    change = changed(comparison, "Team")
    assert (change.label, change.kept_name, change.data) == (REFUSED, "dev-team", None)
    assert comparison.exit_code is ExitCode.FAILS


def test_the_report_says_that_the_deploy_fails() -> None:
    comparison = difference({"Team": notebook("subnet-1")}, {"Team": notebook("subnet-2")})
    text = render(comparison, Compared("a", "b"))
    assert text.startswith("**The deploy fails.** Resources: 1 refused. Dangers: deploy fails: 1.")
    assert "Would be replaced, because `SubnetId` can't be changed in place. CloudFormation" in text
    assert "that keeps its custom name (`dev-team`): **the deploy fails**, no data is lost." in text


@pytest.mark.parametrize(("before", "after"), [("a", "b"), (None, None), (None, "a")])
def test_a_resource_with_another_or_a_generated_name_is_replaced(before: str | None, after: str | None) -> None:
    change = changed(difference({"It": notebook("s-1", before)}, {"It": notebook("s-2", after)}), "It")
    assert (change.label, change.loses_data) == (Action.REPLACED, True)


def test_a_replacement_that_follows_another_is_refused_too() -> None:
    def side(description: str) -> dict[str, Any]:
        group = resource("EC2::SecurityGroup", {"GroupDescription": description})
        return {"Group": group, "Team": notebook("s", SecurityGroupIds=[{"Fn::GetAtt": ["Group", "GroupId"]}])}

    comparison = difference(side("a"), side("b"))
    assert changed(comparison, "Group").label == Action.REPLACED
    assert changed(comparison, "Team").label == REFUSED
    assert changed(comparison, "Team").follows == ("stack/Group",)


def test_what_refers_to_a_refused_resource_is_not_replaced() -> None:
    def side(subnet: str) -> dict[str, Any]:
        alias = {"AliasName": "alias/a", "TargetKeyId": "k"}
        reader = resource("SageMaker::UserProfile", {"DomainId": {"Ref": "Team"}})
        return {"Team": notebook(subnet), "Reader": reader, "Alias": resource("KMS::Alias", alias)}

    comparison = difference(side("s-1"), side("s-2"))
    assert [change.place.logical_id for change in comparison.resources] == ["Team"]


def test_a_name_that_refers_to_a_replaced_resource_changes_with_it() -> None:
    def side(mode: str) -> dict[str, Any]:
        profile = {"DomainId": {"Ref": "Domain"}, "UserProfileName": "ada"}
        return {
            "Domain": resource("SageMaker::Domain", {"AuthMode": mode}),
            "Ada": resource("SageMaker::UserProfile", profile),
        }

    assert changed(difference(side("IAM"), side("SSO")), "Ada").label == Action.REPLACED


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("S3::Bucket", ("BucketName",)),
        ("SNS::Topic", ("TopicName",)),
        ("SQS::Queue", ("QueueName",)),
        ("IAM::ManagedPolicy", ("ManagedPolicyName",)),
        ("EC2::SecurityGroup", ("GroupName",)),
        ("SageMaker::UserProfile", ("UserProfileName", "DomainId")),
        ("EMRServerless::Application", ()),
        ("EMR::Cluster", ()),
        ("KMS::Key", ()),
    ],
)
def test_the_custom_name_of_a_type_is_what_identifies_it(kind: str, paths: tuple[str, ...]) -> None:
    assert name_paths(f"AWS::{kind}") == paths


def test_a_renamed_resource_that_keeps_its_name_can_not_be_created() -> None:
    comparison = difference({"Old": resource("IAM::Role", ROLE)}, {"New": resource("IAM::Role", ROLE)})
    assert (changed(comparison, "New").action, changed(comparison, "New").kept_name) == (Action.RENAMED, "deploy")
    assert comparison.exit_code is ExitCode.FAILS
    assert "The old one still has its custom name `deploy` then: **the deploy fails**" in render(
        comparison, Compared("a", "b")
    )


def test_a_new_resource_can_not_take_the_name_of_a_removed_one() -> None:
    wider = resource("IAM::Role", {**ROLE, "MaxSessionDuration": 7200})
    comparison = difference({"Old": resource("IAM::Role", ROLE)}, {"New": wider})
    assert changed(comparison, "New").kept_name == "deploy"
    assert changed(comparison, "Old").kept_name is None


QUEUE = resource("SQS::Queue")


@pytest.mark.parametrize(
    ("policy", "leaves", "is_taken"),
    [("Delete", False, False), ("Retain", False, True), ("Delete", True, True)],
    ids=["deleted", "retained", "in a stack that is deleted last"],
)
def test_a_name_moves_to_another_stack_if_it_is_free_then(policy: str, leaves: bool, is_taken: bool) -> None:
    role = resource("IAM::Role", ROLE, DeletionPolicy=policy)
    old = {("dev", "a"): template({"It": role, "Queue": QUEUE}), ("dev", "b"): template({})}
    rest = {} if leaves else {("dev", "a"): template({"Queue": QUEUE})}
    comparison = compare(old, {**rest, ("dev", "b"): template({"It": role})})
    assert (changed(comparison, "It").kept_name == "deploy") is is_taken
