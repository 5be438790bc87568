"""Replacements that cause other replacements."""

from __future__ import annotations

from template_diff.compare import compare
from template_diff.model import Action, ExitCode
from tests.template_diff.pairs import changed, difference, resource, template


def domain(auth: str) -> dict:
    return resource("SageMaker::Domain", {"AuthMode": auth}, UpdateReplacePolicy="Retain")


def test_a_replacement_spreads_along_create_only_references() -> None:
    profile = resource("SageMaker::UserProfile", {"DomainId": {"Fn::GetAtt": ["Domain", "DomainId"]}})
    space = resource(
        "SageMaker::Space", {"DomainId": {"Ref": "Domain"}, "OwnershipSettings": {"Owner": {"Ref": "Profile"}}}
    )
    rest = {"Profile": profile, "Space": space}
    comparison = difference({"Domain": domain("IAM"), **rest}, {"Domain": domain("SSO"), **rest})
    assert [changed(comparison, name).action for name in ("Domain", "Profile", "Space")] == [Action.REPLACED] * 3
    assert changed(comparison, "Profile").follows == ("stack/Domain",)
    assert changed(comparison, "Space").follows == ("stack/Domain", "stack/Profile")
    assert changed(comparison, "Profile").loses_data
    assert comparison.exit_code is ExitCode.LOSES_DATA


def test_an_updatable_reference_does_not_spread_a_replacement() -> None:
    topic = resource("SNS::Subscription", {"Endpoint": "x", "Protocol": "sqs", "TopicArn": {"Ref": "Topic"}})
    parameter = resource("SSM::Parameter", {"Type": "String", "Value": {"Ref": "Domain"}})
    comparison = difference(
        {"Domain": domain("IAM"), "Parameter": parameter, "Other": topic},
        {"Domain": domain("SSO"), "Parameter": parameter, "Other": topic},
    )
    assert [change.place.logical_id for change in comparison.resources] == ["Domain"]


def test_a_possible_replacement_spreads_as_a_possible_one() -> None:
    profile = resource("SageMaker::UserProfile", {"DomainId": {"Ref": "Domain"}})
    old, new = (
        {"Domain": resource("SageMaker::Domain", {"VpcId": vpc}), "Profile": profile} for vpc in ("vpc-1", "vpc-2")
    )
    assert changed(difference(old, new), "Profile").action is Action.MAY_BE_REPLACED


def test_a_replacement_spreads_to_other_stacks_through_exports() -> None:
    def app(auth: str) -> dict:
        output = {"Value": {"Ref": "Domain"}, "Export": {"Name": {"Fn::Sub": "dev-studio:DomainId"}}}
        profile = resource("SageMaker::UserProfile", {"DomainId": {"Fn::ImportValue": "dev-studio:DomainId"}})
        return {
            ("dev", "studio"): template({"Domain": domain(auth)}, Outputs={"DomainId": output}),
            ("dev", "users"): template({"Profile": profile}),
        }

    comparison = compare(app("IAM"), app("SSO"))
    assert changed(comparison, "Profile").action is Action.REPLACED
    assert changed(comparison, "Profile").follows == ("studio/Domain",)
