"""SageMaker Studio: a domain must be empty to go, and what it brought along stays as on AWS."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import ref, resource, vpc

ROLE = "arn:aws:iam::123456789012:role/studio"


def domain(name, **properties):
    return resource(
        "SageMaker::Domain",
        DomainName=name,
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": ROLE},
        VpcId=ref("Vpc"),
        SubnetIds=[ref("Subnet")],
        **properties,
    )


USER = resource("SageMaker::UserProfile", DomainId=ref("Domain"), UserProfileName="ada")
NO_FILES = {"HomeEfsFileSystemCreation": "Disabled"}


def wait(check):
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_domain_without_a_file_system_leaves_nothing(stack, sagemaker):
    parts = {**vpc(), "Domain": domain(stack.name, **NO_FILES), "User": USER}
    assert stack.apply(parts, {"Domain": ref("Domain"), "User": ref("User")}) == "CREATE_COMPLETE"
    created = stack.outputs()
    assert created["User"] == f"ada|{created['Domain']}"
    assert sagemaker.list_user_profiles(DomainIdEquals=created["Domain"])["UserProfiles"][0]["Status"] == "InService"
    settings = {"DockerSettings": {"EnableDockerAccess": "DISABLED"}}
    changed = {**parts, "Domain": domain(stack.name, DomainSettings=settings, **NO_FILES)}
    assert stack.apply(changed, {"Domain": ref("Domain")}) == "UPDATE_COMPLETE"
    assert sagemaker.describe_domain(DomainId=created["Domain"])["DomainSettings"] == settings
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_domain(DomainId=created["Domain"])


def test_a_domains_file_system_stays_behind_and_keeps_the_vpc(stack, sagemaker, plain_aws):
    stack.apply({**vpc(), "Domain": domain(stack.name)}, {"Domain": ref("Domain"), "Vpc": ref("Vpc")})
    created = stack.outputs()
    files = sagemaker.describe_domain(DomainId=created["Domain"])["HomeEfsFileSystemId"]
    assert stack.delete() == "DELETE_FAILED"
    assert any("has dependencies and cannot be deleted" in reason for reason in stack.reasons())
    efs, ec2 = plain_aws.client("efs"), plain_aws.client("ec2")
    assert efs.describe_file_systems(FileSystemId=files)["FileSystems"][0]["Encrypted"]
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [created["Vpc"]]}])["SecurityGroups"]
    efs_groups = [group for group in groups if group["GroupName"].startswith("security-group-for-")]
    assert len(efs_groups) == 2
    for group in efs_groups:
        for direction, rules in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            if group[rules]:
                revoke = getattr(ec2, f"revoke_security_group_{direction}")
                revoke(GroupId=group["GroupId"], IpPermissions=group[rules])
    for group in efs_groups:
        ec2.delete_security_group(GroupId=group["GroupId"])
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_domain_goes_with_all_it_brought_when_asked_to(stack, sagemaker, plain_aws):
    stack.apply(vpc(), {"Vpc": ref("Vpc"), "Subnet": ref("Subnet")})
    created = stack.outputs()
    identifier = sagemaker.create_domain(
        DomainName=stack.name,
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": ROLE},
        VpcId=created["Vpc"],
        SubnetIds=[created["Subnet"]],
    )["DomainId"]
    wait(lambda: sagemaker.describe_domain(DomainId=identifier)["Status"] == "InService")
    files = sagemaker.describe_domain(DomainId=identifier)["HomeEfsFileSystemId"]
    sagemaker.delete_domain(DomainId=identifier, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    wait(lambda: identifier not in [item["DomainId"] for item in sagemaker.list_domains()["Domains"]])
    existing = plain_aws.client("efs").describe_file_systems()["FileSystems"]
    assert files not in [item["FileSystemId"] for item in existing]


def test_a_user_with_an_app_and_a_domain_with_a_user_can_not_go(stack, sagemaker):
    stack.apply({**vpc(), "Domain": domain(stack.name, **NO_FILES), "User": USER}, {"Domain": ref("Domain")})
    user = {"DomainId": stack.outputs()["Domain"], "UserProfileName": "ada"}
    app = {**user, "AppType": "JupyterLab", "AppName": "default"}
    sagemaker.create_app(**app)
    with pytest.raises(ClientError, match="it has apps"):
        sagemaker.delete_user_profile(**user)
    with pytest.raises(ClientError, match=r"App\(s\) are associated"):
        sagemaker.delete_domain(DomainId=user["DomainId"])
    sagemaker.delete_app(**app)
    wait(lambda: not sagemaker.list_apps(DomainIdEquals=user["DomainId"])["Apps"])
    with pytest.raises(ClientError, match=r"UserProfile\(s\) are associated"):
        sagemaker.delete_domain(DomainId=user["DomainId"])
