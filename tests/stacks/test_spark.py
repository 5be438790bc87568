"""Spark's promises: encrypted, unreachable, ended when idle, and each step with no more permissions than it needs."""

from __future__ import annotations

import json
import re

import pytest

from tests.stacks.inspection import only, resources

SPARK = {"certificates": "spark/tls.zip", "idle_minutes": 30}


@pytest.fixture(scope="module")
def platform(templates):
    return templates(name="dev", region="eu-west-1", spark=SPARK)


@pytest.fixture(scope="module")
def spark(platform):
    return platform["spark"]


@pytest.fixture(scope="module")
def cluster(spark):
    return only(spark, "AWS::EMR::Cluster")


@pytest.fixture(scope="module")
def scaling(templates):
    spark = {**SPARK, "minimum_units": 1, "maximum_units": 8, "repository": "https://host/team/project.git"}
    return templates(name="dev", region="eu-west-1", spark=spark, network={"nat": True})["spark"]


def statements(template, role):
    """What the policies of a role allow, as text: action and resource of each statement."""
    return [
        statement
        for policy in resources(template, "AWS::IAM::Policy").values()
        if role in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_without_a_spark_section_there_is_none(dev):
    assert "spark" not in dev


def test_disks_and_s3_are_encrypted_with_the_environments_key(spark):
    security = only(spark, "AWS::EMR::SecurityConfiguration")["SecurityConfiguration"]
    encryption = security["EncryptionConfiguration"]
    at_rest = encryption["AtRestEncryptionConfiguration"]
    assert encryption["EnableAtRestEncryption"] is True
    assert at_rest["S3EncryptionConfiguration"]["EncryptionMode"] == "SSE-KMS"
    assert at_rest["LocalDiskEncryptionConfiguration"]["EnableEbsEncryption"] is True
    for part in at_rest.values():
        assert "Key961B73FD" in json.dumps(part["AwsKmsKey"])


def test_traffic_is_encrypted_with_the_configs_certificates(spark):
    security = only(spark, "AWS::EMR::SecurityConfiguration")["SecurityConfiguration"]
    encryption = security["EncryptionConfiguration"]
    assert encryption["EnableInTransitEncryption"] is True
    tls = encryption["InTransitEncryptionConfiguration"]["TLSCertificateConfiguration"]
    assert "/spark/tls.zip" in json.dumps(tls["S3Object"])


def test_each_step_has_a_separate_role_and_no_user_logs_in(spark, cluster):
    security = only(spark, "AWS::EMR::SecurityConfiguration")["SecurityConfiguration"]
    assert security["AuthorizationConfiguration"]["IAMConfiguration"]["EnableApplicationScopedIAMRole"] is True
    assert "Ec2KeyName" not in cluster["Instances"]
    ports = {rule["Properties"].get("FromPort") for rule in resources(spark, "AWS::EC2::SecurityGroupIngress").values()}
    assert ports == {0, -1, 443, 8443, 9443, 18888}


def test_instances_answer_metadata_requests_with_a_session_only(spark):
    security = only(spark, "AWS::EMR::SecurityConfiguration")["SecurityConfiguration"]
    assert security["InstanceMetadataServiceConfiguration"]["MinimumInstanceMetadataServiceVersion"] == 2


def test_the_cluster_is_in_a_private_subnet_with_separate_groups(cluster):
    instances = cluster["Instances"]
    assert "Subnetprivate1" in json.dumps(instances["Ec2SubnetId"])
    for group in ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup"):
        assert "Groups" in json.dumps(instances[group])


def test_an_idle_cluster_ends_itself(cluster):
    assert cluster["AutoTerminationPolicy"] == {"IdleTimeout": 1800}
    assert cluster["Instances"]["TerminationProtected"] is False


def test_a_cluster_without_a_way_out_keeps_its_size(cluster):
    assert "ManagedScalingPolicy" not in cluster
    assert cluster["Instances"]["CoreInstanceGroup"]["InstanceCount"] == 2


def test_a_cluster_with_a_way_out_is_scaled_between_the_configs_bounds(scaling):
    limits = only(scaling, "AWS::EMR::Cluster")["ManagedScalingPolicy"]["ComputeLimits"]
    assert limits == {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 8}


def test_logs_go_encrypted_to_the_log_bucket(cluster):
    assert "LogBucket" in json.dumps(cluster["LogUri"])
    assert "Key961B73FD" in json.dumps(cluster["LogEncryptionKmsKeyId"])


def test_another_generation_is_another_cluster(templates, cluster):
    other = templates(name="dev", region="eu-west-1", spark={**SPARK, "generation": 2})["spark"]
    assert cluster["Name"] == "launchpad-dev-1"
    assert only(other, "AWS::EMR::Cluster")["Name"] == "launchpad-dev-2"


def test_functions_read_the_clusters_id_from_a_parameter(spark, platform):
    exported = json.dumps([output for output in spark["Outputs"].values() if "Export" in output])
    assert "SparkCluster" not in exported
    for function in resources(platform["jobs"], "AWS::Lambda::Function").values():
        assert "/launchpad/dev/spark/cluster-id" in json.dumps(function["Properties"]["Environment"])


def test_rules_between_groups_exist_before_the_cluster(spark):
    rules = {*resources(spark, "AWS::EC2::SecurityGroupIngress"), *resources(spark, "AWS::EC2::SecurityGroupEgress")}
    for kind in ("AWS::EMR::Cluster", "AWS::EMR::Studio"):
        (resource,) = resources(spark, kind).values()
        assert rules <= set(resource["DependsOn"])
    for group in resources(spark, "AWS::EC2::SecurityGroup").values():
        assert "SecurityGroupIngress" not in group["Properties"]
        assert "GroupId" not in json.dumps(group["Properties"]["SecurityGroupEgress"])


def test_nodes_talk_to_each_other_as_emr_writes_its_own_rules(spark):
    between = [
        rule["Properties"]
        for name, rule in resources(spark, "AWS::EC2::SecurityGroupIngress").items()
        if re.search("(Primary|Core)To(Primary|Core)", name)
    ]
    assert len(between) == 12
    assert {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in between} == {
        ("tcp", 0, 65535),
        ("udp", 0, 65535),
        ("icmp", -1, -1),
    }


def test_nothing_outside_the_vpc_is_admitted(spark):
    for rule in resources(spark, "AWS::EC2::SecurityGroupIngress").values():
        assert "SourceSecurityGroupId" in rule["Properties"]


def test_no_role_has_a_policy_of_awss(spark):
    for role in resources(spark, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]


def test_only_describe_actions_are_for_every_resource(spark):
    for policy in resources(spark, "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert not [action for action in actions(statement) if "*" in action]
            if statement["Resource"] == "*":
                assert all(action.startswith("ec2:Describe") for action in actions(statement)), statement


def test_emr_starts_instances_in_these_subnets_and_groups_only(spark):
    (places,) = [
        statement
        for statement in statements(spark, "RolesService")
        if "ec2:RunInstances" in actions(statement) and "subnet/" in json.dumps(statement["Resource"])
    ]
    text = json.dumps(places["Resource"])
    assert "subnet/*" not in text
    assert "security-group/*" not in text
    assert len(places["Resource"]) == 5


def test_emr_hands_the_nodes_role_to_ec2_and_no_other(spark):
    (passing,) = [
        statement for statement in statements(spark, "RolesService") if actions(statement) == ["iam:PassRole"]
    ]
    assert "RolesInstance" in json.dumps(passing["Resource"])
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_the_nodes_read_their_certificates_and_no_data(spark):
    reads = [
        json.dumps(statement["Resource"])
        for statement in statements(spark, "RolesInstance")
        if "s3:GetObject" in actions(statement)
    ]
    assert len(reads) == 1
    assert "/spark/tls.zip" in reads[0]


def test_only_the_nodes_take_on_the_role_of_a_step(spark):
    roles = resources(spark, "AWS::IAM::Role")
    (step,) = [role for name, role in roles.items() if name.startswith("RolesStep")]
    for statement in step["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        assert "RolesInstance" in json.dumps(statement["Principal"]["AWS"])


def test_steps_cannot_overwrite_scripts(spark):
    (denied,) = [statement for statement in statements(spark, "RolesStep") if statement["Effect"] == "Deny"]
    assert sorted(actions(denied)) == ["s3:DeleteObject", "s3:PutObject"]
    assert "/code/*" in json.dumps(denied["Resource"])


def test_steps_are_submitted_with_the_steps_role_only(spark):
    submitting = [
        statement
        for role in ("LaunchRole", "StateMachineRole")
        for statement in statements(spark, role)
        if "elasticmapreduce:AddJobFlowSteps" in actions(statement)
    ]
    assert len(submitting) == 2
    for statement in submitting:
        assert "RolesStep" in json.dumps(statement["Condition"]["StringEquals"]["elasticmapreduce:ExecutionRoleArn"])
        assert "SparkCluster" in json.dumps(statement["Resource"])


def test_the_studio_uses_iam_and_keeps_notebooks_encrypted(spark):
    studio = only(spark, "AWS::EMR::Studio")
    assert studio["AuthMode"] == "IAM"
    assert "DataBucket" in json.dumps(studio["DefaultS3Location"])
    assert "/emr-studio/" in json.dumps(studio["DefaultS3Location"])
    assert "Key961B73FD" in json.dumps(studio["EncryptionKeyArn"])


def test_only_a_repository_opens_workspaces_to_the_internet(spark, scaling):
    def workspace(template):
        (group,) = [
            group
            for name, group in resources(template, "AWS::EC2::SecurityGroup").items()
            if name.startswith("GroupsWorkspace")
        ]
        return group["Properties"]["SecurityGroupEgress"][0]["CidrIp"]

    assert workspace(spark) == "255.255.255.255/32"
    assert workspace(scaling) == "0.0.0.0/0"


def test_only_a_repository_lets_workspaces_read_secrets(spark, scaling):
    assert "secretsmanager" not in json.dumps(spark)
    assert "secretsmanager:GetSecretValue" in json.dumps(scaling)
    assert scaling["Outputs"]["StudioRepository"]["Value"] == "https://host/team/project.git"


@pytest.mark.parametrize(
    ("region", "bucket"), [("eu-west-1", "aws157-logs-prod-eu-west-1"), ("us-east-1", "aws157-logs-prod")]
)
def test_emr_may_send_its_logs_and_history_through_the_endpoint_of_s3(templates, region, bucket):
    settings = {"name": "dev", "region": region, "spark": {"certificates": "spark/tls.zip"}}
    endpoint = resources(templates(**settings)["network"], "AWS::EC2::VPCEndpoint")["S3"]
    statements = {item["Sid"]: item for item in endpoint["Properties"]["PolicyDocument"]["Statement"]}
    assert f"s3:::{bucket}/*" in json.dumps(statements["EmrLogs"]["Resource"])
    assert f"s3:::prod.{region}.appinfo.src/*" in json.dumps(statements["EmrHistory"]["Resource"])
    assert "s3:PutObject" in statements["EmrLogs"]["Action"]
    assert "s3:GetObject" not in statements["EmrLogs"]["Action"]


def test_emr_is_reached_privately_with_its_packages_and_no_other_bucket(platform):
    network = json.dumps(platform["network"])
    assert "com.amazonaws.eu-west-1.elasticmapreduce" in network
    assert "repo.eu-west-1.emr.amazonaws.com/*" in network
    assert "al2023-repos-eu-west-1-de612dc2/*" in network
