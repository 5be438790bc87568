"""Which resources are added, removed, changed, renamed or replaced, and what that does to data."""

from __future__ import annotations

import pytest

from template_diff.compare import compare
from template_diff.model import Action, ExitCode
from tests.template_diff.pairs import changed, difference, resource, template

QUEUE = resource("SQS::Queue", {"VisibilityTimeout": 30})
LOG_GROUP = resource("Logs::LogGroup", {"LogGroupName": "a"})
NOTEBOOK = resource("SageMaker::NotebookInstance", {"InstanceType": "ml.t3.medium", "KmsKeyId": "old"})


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def test_equal_templates_do_not_differ() -> None:
    comparison = difference({"Queue": QUEUE}, {"Queue": QUEUE})
    assert comparison.resources == comparison.permissions == comparison.network == ()
    assert comparison.exit_code is ExitCode.SAFE


def test_a_new_resource_is_added() -> None:
    comparison = difference({}, {"Queue": QUEUE})
    assert changed(comparison, "Queue").action is Action.ADDED
    assert comparison.exit_code is ExitCode.SAFE


def test_a_property_that_can_change_in_place_replaces_nothing() -> None:
    comparison = difference({"Queue": QUEUE}, {"Queue": resource("SQS::Queue", {"VisibilityTimeout": 60})})
    change = changed(comparison, "Queue")
    assert change.action is Action.CHANGED
    assert [(prop.path, prop.old, prop.new) for prop in change.properties] == [("VisibilityTimeout", "30", "60")]
    assert comparison.exit_code is ExitCode.SAFE


@pytest.mark.parametrize(
    ("kind", "path", "old", "new"),
    [
        ("SQS::Queue", "QueueName", {"QueueName": "a"}, {"QueueName": "b"}),
        ("SQS::Queue", "FifoQueue", {}, {"FifoQueue": True}),
        (
            "ECR::Repository",
            "EncryptionConfiguration",
            {"EncryptionConfiguration": {"EncryptionType": "AES256"}},
            {"EncryptionConfiguration": {"EncryptionType": "KMS"}},
        ),
        ("EFS::FileSystem", "Encrypted", {"Encrypted": False}, {"Encrypted": True}),
        (
            "SageMaker::UserProfile",
            "UserSettings.RStudioServerProAppSettings.UserGroup",
            {"UserSettings": {"RStudioServerProAppSettings": {"UserGroup": "users"}}},
            {"UserSettings": {"RStudioServerProAppSettings": {"UserGroup": "admins"}}},
        ),
        (
            "MSK::Replicator",
            "ReplicationInfoList.*.TargetCompressionType",
            {"ReplicationInfoList": [{"TargetCompressionType": "NONE"}]},
            {"ReplicationInfoList": [{"TargetCompressionType": "GZIP"}]},
        ),
        (
            "EMR::Cluster",
            "Instances.Ec2SubnetId",
            {"Instances": {"Ec2SubnetId": "subnet-1"}},
            {"Instances": {"Ec2SubnetId": "subnet-2"}},
        ),
    ],
)
def test_a_create_only_property_replaces_also_nested_and_in_lists(kind: str, path: str, old: dict, new: dict) -> None:
    change = changed(difference({"It": resource(kind, old)}, {"It": resource(kind, new)}), "It")
    assert change.action is Action.REPLACED
    assert change.causes == (path,)


def test_a_change_next_to_a_nested_create_only_property_replaces_nothing() -> None:
    old = {"UserSettings": {"RStudioServerProAppSettings": {"UserGroup": "users"}, "SecurityGroups": ["a"]}}
    new = {"UserSettings": {"RStudioServerProAppSettings": {"UserGroup": "users"}, "SecurityGroups": ["b"]}}
    comparison = difference(
        {"It": resource("SageMaker::UserProfile", old)}, {"It": resource("SageMaker::UserProfile", new)}
    )
    assert changed(comparison, "It").action is Action.CHANGED


def test_a_conditional_create_only_property_may_lose_data() -> None:
    old, new = ({"It": resource("SageMaker::Domain", {"VpcId": vpc})} for vpc in ("vpc-1", "vpc-2"))
    comparison = difference(old, new)
    assert changed(comparison, "It").action is Action.MAY_BE_REPLACED
    assert changed(comparison, "It").causes == ("VpcId",)
    assert comparison.exit_code is ExitCode.LOSES_DATA


@pytest.mark.parametrize(
    "kind",
    [
        "KMS::Key",
        "Logs::LogGroup",
        "EFS::FileSystem",
        "SageMaker::Domain",
        "SageMaker::UserProfile",
        "SageMaker::NotebookInstance",
        "SQS::Queue",
        "DynamoDB::Table",
        "EMR::Cluster",
        "EC2::Volume",
    ],
)
@pytest.mark.parametrize(("policy", "loses_data"), [(None, True), ("Delete", True), ("Retain", False)])
def test_removing_what_holds_data_loses_it_unless_retained(kind: str, policy: str | None, loses_data: bool) -> None:
    comparison = difference({"It": resource(kind, {}, **({"DeletionPolicy": policy} if policy else {}))}, {})
    assert changed(comparison, "It").action is Action.REMOVED
    assert changed(comparison, "It").loses_data is loses_data
    assert comparison.exit_code is (ExitCode.LOSES_DATA if loses_data else ExitCode.SAFE)


@pytest.mark.parametrize(
    ("kind", "properties", "loses_data"),
    [
        ("S3::Bucket", {}, False),
        ("S3::Bucket", {"Tags": [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}]}, True),
        ("ECR::Repository", {}, False),
        ("ECR::Repository", {"EmptyOnDelete": False}, False),
        ("ECR::Repository", {"EmptyOnDelete": True}, True),
        ("SageMaker::ModelPackageGroup", {}, False),
    ],
)
def test_what_only_goes_when_empty_stays_with_its_data(kind: str, properties: dict, loses_data: bool) -> None:
    comparison = difference({"It": resource(kind, properties)}, {})
    assert changed(comparison, "It").loses_data is loses_data
    assert changed(comparison, "It").data.undeletable is not loses_data


def test_a_replaced_bucket_stays_unless_it_is_empty() -> None:
    old, new = ({"It": resource("S3::Bucket", {"BucketName": name})} for name in "ab")
    change = changed(difference(old, new), "It")
    assert (change.action, change.loses_data, change.data.undeletable) == (Action.REPLACED, False, True)


def test_the_order_of_a_set_replaces_nothing() -> None:
    old, new = (
        {"It": resource("SageMaker::NotebookInstance", {"SecurityGroupIds": groups})}
        for groups in (["sg-1", "sg-2"], ["sg-2", "sg-1"])
    )
    assert changed(difference(old, new), "It").action is Action.CHANGED


def test_the_order_of_a_list_replaces() -> None:
    old, new = (
        {"It": resource("ECS::TaskDefinition", {"ContainerDefinitions": [{"Command": command}]})}
        for command in (["a", "b"], ["b", "a"])
    )
    assert changed(difference(old, new), "It").action is Action.REPLACED


def test_removing_what_holds_no_data_loses_none() -> None:
    comparison = difference({"It": resource("SNS::Topic")}, {})
    assert changed(comparison, "It").data is None
    assert comparison.exit_code is ExitCode.SAFE


@pytest.mark.parametrize(
    ("attributes", "loses_data"),
    [
        ({}, True),
        ({"DeletionPolicy": "Retain"}, True),
        ({"UpdateReplacePolicy": "Delete"}, True),
        ({"UpdateReplacePolicy": "Retain"}, False),
        ({"UpdateReplacePolicy": "RetainExceptOnCreate"}, False),
    ],
)
def test_a_replacement_obeys_the_update_replace_policy_only(attributes: dict, loses_data: bool) -> None:
    old, new = ({"It": resource("Logs::LogGroup", {"LogGroupName": name}, **attributes)} for name in "ab")
    comparison = difference(old, new)
    assert changed(comparison, "It").action is Action.REPLACED
    assert changed(comparison, "It").loses_data is loses_data
    assert comparison.exit_code is (ExitCode.LOSES_DATA if loses_data else ExitCode.SAFE)


def test_a_replacement_obeys_the_new_templates_policy() -> None:
    retained = {"UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"}
    bare_a, bare_b = (resource("Logs::LogGroup", {"LogGroupName": name}) for name in "ab")
    kept_a, kept_b = (resource("Logs::LogGroup", {"LogGroupName": name}, **retained) for name in "ab")
    assert not changed(difference({"It": bare_a}, {"It": kept_b}), "It").loses_data
    assert changed(difference({"It": kept_a}, {"It": bare_b}), "It").loses_data
    assert not changed(difference({"It": kept_a}, {}), "It").loses_data


@pytest.mark.parametrize(("kind", "loses_data"), [("EC2::Volume", False), ("Logs::LogGroup", True)])
def test_a_snapshot_keeps_data_only_where_cloudformation_can_take_one(kind: str, loses_data: bool) -> None:
    assert changed(difference({"It": resource(kind, {}, DeletionPolicy="Snapshot")}, {}), "It").loses_data is loses_data


def test_a_database_is_snapshotted_unasked_unless_its_cluster_is() -> None:
    alone, member = resource("RDS::DBInstance"), resource("RDS::DBInstance", {"DBClusterIdentifier": "c"})
    assert not changed(difference({"It": alone}, {}), "It").loses_data
    assert changed(difference({"It": member}, {}), "It").loses_data


def test_lifting_a_policy_that_kept_data_is_reported_but_is_no_loss() -> None:
    old, new = (resource("Logs::LogGroup", {}, DeletionPolicy=policy) for policy in ("Retain", "Delete"))
    comparison = difference({"It": old}, {"It": new})
    assert [(prop.path, prop.old, prop.new) for prop in changed(comparison, "It").unprotected] == [
        ("DeletionPolicy", "Retain", "Delete")
    ]
    assert comparison.exit_code is ExitCode.SAFE


def test_a_condition_that_may_turn_false_may_remove_data() -> None:
    old = template({"It": LOG_GROUP})
    new = template(
        {"It": LOG_GROUP | {"Condition": "Wanted"}},
        Conditions={"Wanted": {"Fn::Equals": [ref("AWS::Region"), "eu-west-1"]}},
    )
    comparison = compare({("dev", "stack"): old}, {("dev", "stack"): new})
    assert changed(comparison, "It").action is Action.MAY_BE_REMOVED
    assert comparison.exit_code is ExitCode.LOSES_DATA


def test_a_condition_that_is_defined_anew_may_remove_data() -> None:
    conditional = {"It": LOG_GROUP | {"Condition": "Wanted"}}
    old, new = (
        {("dev", "stack"): template(conditional, Conditions={"Wanted": {"Fn::Equals": [ref("AWS::Region"), region]}})}
        for region in ("eu-west-1", "us-east-1")
    )
    assert changed(compare(old, new), "It").action is Action.MAY_BE_REMOVED


def test_another_type_under_the_same_logical_id_is_a_replacement() -> None:
    comparison = difference({"It": QUEUE}, {"It": resource("SNS::Topic")})
    assert changed(comparison, "It").causes == ("Type",)
    assert comparison.exit_code is ExitCode.LOSES_DATA


def test_spelling_metadata_and_order_of_creation_make_no_difference() -> None:
    old = template(
        {"It": resource("SQS::Queue", {"VisibilityTimeout": 30, "QueueName": {"Fn::Join": ["-", [ref("Name"), "q"]]}})},
        Parameters={"Name": {"Type": "String", "Default": "my"}},
    )
    new = template(
        {
            "It": resource(
                "SQS::Queue", {"VisibilityTimeout": "30", "QueueName": "my-q"}, Metadata={"a": 1}, DependsOn="Other"
            )
        }
    )
    assert compare({("dev", "s"): old}, {("dev", "s"): new}).resources == ()


def test_a_literal_that_became_a_reference_is_a_change() -> None:
    old, new = (
        {"It": resource("SSM::Parameter", {"Value": value})} for value in ("${AWS::Region}", ref("AWS::Region"))
    )
    assert changed(difference(old, new), "It").action is Action.CHANGED


def test_types_that_no_schema_knows_are_compared_without_replacements() -> None:
    old, new = ({"It": {"Type": "Custom::Thing", "Properties": {"Name": name}}} for name in "ab")
    assert changed(difference(old, new), "It").action is Action.CHANGED
