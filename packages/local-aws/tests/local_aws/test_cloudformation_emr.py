"""EMR: a cluster's states, what it does to its VPC, and its resource types."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import get, group, ref, resource, role, s3_gateway, vpc

BETWEEN = (("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1))
GROUPS = {"Primary": group("primary"), "Core": group("core"), "Service": group("service")}


@pytest.fixture
def emr(plain_aws):
    return plain_aws.client("emr")


def rule(direction, owner, other, protocol, first, last):
    peer = "SourceSecurityGroupId" if direction == "Ingress" else "DestinationSecurityGroupId"
    return resource(
        f"EC2::SecurityGroup{direction}",
        GroupId=get(owner, "GroupId"),
        IpProtocol=protocol,
        FromPort=first,
        ToPort=last,
        **{peer: get(other, "GroupId")},
    )


def rules():
    """Every rule that EMR would otherwise add."""
    resources = {"ServiceIn": rule("Ingress", "Service", "Primary", "tcp", 9443, 9443)}
    for target in ("Primary", "Core"):
        resources[f"{target}Managed"] = rule("Ingress", target, "Service", "tcp", 8443, 8443)
        resources[f"{target}Out"] = rule("Egress", "Service", target, "tcp", 8443, 8443)
        for source in ("Primary", "Core"):
            for number, (protocol, first, last) in enumerate(BETWEEN):
                resources[f"{target}{source}{number}"] = rule("Ingress", target, source, protocol, first, last)
    return resources


def cluster(*, after=(), instances=None, **properties):
    sizes = {"InstanceType": "m5.xlarge", "InstanceCount": 1}
    return {
        "Role": role("elasticmapreduce.amazonaws.com"),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
        "Cluster": resource(
            "EMR::Cluster",
            after=("S3", *after),
            Name="spark",
            ReleaseLabel="emr-7.12.0",
            ServiceRole=get("Role", "Arn"),
            JobFlowRole=ref("Profile"),
            Instances={
                "MasterInstanceGroup": sizes,
                "CoreInstanceGroup": sizes,
                "Ec2SubnetId": ref("Subnet"),
                "EmrManagedMasterSecurityGroup": get("Primary", "GroupId"),
                "EmrManagedSlaveSecurityGroup": get("Core", "GroupId"),
                "ServiceAccessSecurityGroup": get("Service", "GroupId"),
                "KeepJobFlowAliveWhenNoSteps": True,
                **(instances or {}),
            },
            **properties,
        ),
    }


def test_a_cluster_waits_changes_in_place_and_ends_with_its_stack(stack, emr):
    limits = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 3}
    around = {**vpc(), **s3_gateway(), **GROUPS, **rules()}
    first = cluster(after=rules(), ManagedScalingPolicy={"ComputeLimits": limits}, Tags=[{"Key": "t", "Value": "1"}])
    assert stack.apply({**around, **first}, {"Cluster": ref("Cluster"), "Profile": ref("Profile")}) == "CREATE_COMPLETE"
    identifier = stack.outputs()["Cluster"]
    wait(emr, identifier, "WAITING")
    description = emr.describe_cluster(ClusterId=identifier)["Cluster"]
    assert description["Ec2InstanceAttributes"]["IamInstanceProfile"] == stack.outputs()["Profile"]
    larger = {"ComputeLimits": {**limits, "MaximumCapacityUnits": 5}}
    core = {"CoreInstanceGroup": {"InstanceType": "m5.xlarge", "InstanceCount": 2}}
    second = cluster(
        after=rules(),
        instances=core,
        ManagedScalingPolicy=larger,
        AutoTerminationPolicy={"IdleTimeout": 600},
        Tags=[{"Key": "t", "Value": "2"}],
    )
    assert stack.apply({**around, **second}, {"Cluster": ref("Cluster")}) == "UPDATE_COMPLETE"
    assert stack.outputs()["Cluster"] == identifier
    policy = emr.get_managed_scaling_policy(ClusterId=identifier)["ManagedScalingPolicy"]
    assert policy["ComputeLimits"]["MaximumCapacityUnits"] == 5
    assert emr.get_auto_termination_policy(ClusterId=identifier)["AutoTerminationPolicy"] == {"IdleTimeout": 600}
    sizes = {
        item["InstanceGroupType"]: item for item in emr.list_instance_groups(ClusterId=identifier)["InstanceGroups"]
    }
    assert sizes["CORE"]["RunningInstanceCount"] == 2
    assert {"Key": "t", "Value": "2"} in emr.describe_cluster(ClusterId=identifier)["Cluster"]["Tags"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert emr.describe_cluster(ClusterId=identifier)["Cluster"]["Status"]["State"] == "TERMINATED"


def test_the_rules_that_a_cluster_adds_keep_its_groups_from_deletion(stack, plain_aws):
    outputs = {name: get(name, "GroupId") for name in GROUPS}
    assert stack.apply({**vpc(), **s3_gateway(), **GROUPS, **cluster()}, outputs) == "CREATE_COMPLETE"
    group_ids = stack.outputs()
    assert stack.delete() == "DELETE_FAILED"
    assert any("has a dependent object" in reason for reason in stack.reasons())
    ec2 = plain_aws.client("ec2")
    for security_group in ec2.describe_security_groups(GroupIds=list(group_ids.values()))["SecurityGroups"]:
        if security_group["IpPermissions"]:
            ec2.revoke_security_group_ingress(
                GroupId=security_group["GroupId"], IpPermissions=security_group["IpPermissions"]
            )
        ec2.revoke_security_group_egress(
            GroupId=security_group["GroupId"], IpPermissions=security_group["IpPermissionsEgress"]
        )
    assert stack.delete() == "DELETE_COMPLETE"


def test_another_instance_type_makes_another_cluster(stack, emr):
    around = {**vpc(), **s3_gateway(), **GROUPS, **rules()}
    stack.apply({**around, **cluster(after=rules())}, {"Cluster": ref("Cluster")})
    first = stack.outputs()["Cluster"]
    other = {"MasterInstanceGroup": {"InstanceType": "m5.2xlarge", "InstanceCount": 1}}
    assert stack.apply({**around, **cluster(after=rules(), instances=other)}, {"Cluster": ref("Cluster")}) == (
        "UPDATE_COMPLETE"
    )
    assert stack.outputs()["Cluster"] != first
    assert emr.describe_cluster(ClusterId=first)["Cluster"]["Status"]["State"] == "TERMINATED"


def test_a_cluster_with_a_missing_profile_fails_the_stack(stack):
    parts = {**vpc(), **s3_gateway(), **GROUPS, **rules(), **cluster(after=rules())}
    parts["Cluster"]["Properties"]["JobFlowRole"] = "nobody"
    assert stack.apply(parts) == "ROLLBACK_COMPLETE"
    assert any("Invalid InstanceProfile: nobody" in reason for reason in stack.reasons())


def test_a_subnet_without_a_way_to_s3_fails_the_stack(stack):
    parts = {**vpc(), **s3_gateway(), **GROUPS, **rules(), **cluster(after=rules())}
    parts["S3"]["Properties"]["RouteTableIds"] = []
    assert stack.apply(parts) == "ROLLBACK_COMPLETE"
    assert any("No route to any external sources detected in Route Table" in reason for reason in stack.reasons())


@pytest.fixture
def waiting(plain_aws, emr):
    """The id of a cluster outside any VPC."""
    iam = plain_aws.client("iam")
    iam.create_instance_profile(InstanceProfileName="nodes")
    started = emr.run_job_flow(
        Name="alone",
        ReleaseLabel="emr-7.12.0",
        JobFlowRole="nodes",
        ServiceRole="arn:aws:iam::123456789012:role/emr",
        Instances={"MasterInstanceType": "m5.xlarge", "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True},
    )
    wait(emr, started["JobFlowId"], "WAITING")
    yield started["JobFlowId"]
    iam.delete_instance_profile(InstanceProfileName="nodes")


def wait(emr, identifier, state):
    deadline = time.monotonic() + 10
    while (status := emr.describe_cluster(ClusterId=identifier)["Cluster"]["Status"])["State"] != state:
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
    return status


def test_an_idle_cluster_ends_when_its_policy_says_so(emr, waiting):
    emr.put_auto_termination_policy(ClusterId=waiting, AutoTerminationPolicy={"IdleTimeout": 0})
    assert "auto-termination" in wait(emr, waiting, "TERMINATED")["StateChangeReason"]["Message"]


def test_a_protected_cluster_does_not_end(emr, waiting):
    emr.set_termination_protection(JobFlowIds=[waiting], TerminationProtected=True)
    with pytest.raises(ClientError, match="termination protected"):
        emr.terminate_job_flows(JobFlowIds=[waiting])


def test_a_security_configuration_is_json_under_a_generated_name(stack, emr):
    configuration = {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2}}
    parts = {"Security": resource("EMR::SecurityConfiguration", SecurityConfiguration=configuration)}
    assert stack.apply(parts, {"Security": ref("Security")}) == "CREATE_COMPLETE"
    name = stack.outputs()["Security"]
    assert (
        "MinimumInstanceMetadataServiceVersion"
        in emr.describe_security_configuration(Name=name)["SecurityConfiguration"]
    )
    with pytest.raises(ClientError, match="unknown sections: Encryption"):
        emr.create_security_configuration(Name="wrong", SecurityConfiguration='{"Encryption": {}}')


def test_a_studio_changes_in_place(stack, emr):
    def studio(description):
        return {
            **vpc(),
            **GROUPS,
            "Role": role("elasticmapreduce.amazonaws.com"),
            "Studio": resource(
                "EMR::Studio",
                AuthMode="IAM",
                Name=stack.name,
                Description=description,
                VpcId=ref("Vpc"),
                SubnetIds=[ref("Subnet")],
                EngineSecurityGroupId=get("Core", "GroupId"),
                WorkspaceSecurityGroupId=get("Service", "GroupId"),
                ServiceRole=get("Role", "Arn"),
                DefaultS3Location="s3://bucket/studio/",
            ),
        }

    assert stack.apply(studio("one"), {"Studio": ref("Studio"), "Url": get("Studio", "Url")}) == "CREATE_COMPLETE"
    identifier = stack.outputs()["Studio"]
    assert stack.apply(studio("two"), {"Studio": ref("Studio")}) == "UPDATE_COMPLETE"
    assert emr.describe_studio(StudioId=identifier)["Studio"]["Description"] == "two"
