"""A model package group of another account: who reads, lists and changes it, and its policy."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import ANY_ROLE, DEV, STAGING, Account, for_account, for_role, policy
from tests.local_aws.permissions import allow
from tests.local_aws.test_model_packages import specification


def registered(account: Account, *readers: dict[str, Any]) -> str:
    """The ARN of a version, of a group with this policy."""
    sagemaker, name = account.client("sagemaker"), f"group-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    if readers:
        sagemaker.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=policy(*readers))
    version = sagemaker.create_model_package(
        ModelPackageGroupName=name, InferenceSpecification=specification(), ModelApprovalStatus="Approved"
    )
    return str(version["ModelPackageArn"])


@pytest.mark.parametrize(("own", "theirs"), [(True, True), (True, False), (False, True)], ids=["both", "own", "theirs"])
def test_a_version_takes_both_policies(dev: Account, staging: Account, *, own: bool, theirs: bool) -> None:
    role, session = staging.acting(allow("sagemaker:DescribeModelPackage" if own else "sagemaker:ListModels"))
    reader = for_role(staging, role if theirs else ANY_ROLE, allow("sagemaker:DescribeModelPackage"))
    version = registered(dev, reader)
    sagemaker = staging.client("sagemaker", session)
    if own and theirs:
        assert sagemaker.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"] == "Approved"
        return
    reason = "identity-based" if theirs else "resource-based"
    with pytest.raises(ClientError, match=f"no {reason} policy allows the sagemaker:DescribeModelPackage") as refused:
        sagemaker.describe_model_package(ModelPackageName=version)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_versions_of_a_shared_group_are_listed_by_its_arn(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow("sagemaker:ListModelPackages"))
    version = registered(dev, for_role(staging, role, allow("sagemaker:ListModelPackages")))
    group = version.rpartition("/")[0].replace(":model-package/", ":model-package-group/")
    (summary,) = staging.client("sagemaker", session).list_model_packages(ModelPackageGroupName=group)[
        "ModelPackageSummaryList"
    ]
    assert summary["ModelPackageArn"] == version


def group_of(version: str) -> str:
    """The ARN of a version's group."""
    return version.rpartition("/")[0].replace(":model-package/", ":model-package-group/")


def test_a_group_is_listed_if_its_policy_names_its_versions(dev: Account, staging: Account) -> None:
    version = registered(dev)
    versions = f"{version.rpartition('/')[0]}/*"
    reader = for_account(staging, allow("sagemaker:ListModelPackages", versions))
    dev.client("sagemaker").put_model_package_group_policy(
        ModelPackageGroupName=group_of(version).rpartition("/")[2], ResourcePolicy=policy(reader)
    )
    listed = staging.client("sagemaker").list_model_packages(ModelPackageGroupName=group_of(version))
    assert [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]] == [version]


def test_no_version_is_made_in_another_accounts_group(dev: Account, staging: Account) -> None:
    version = registered(dev, for_account(staging, allow("sagemaker:*")))
    sagemaker = staging.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=group_of(version).rpartition("/")[2])  # of that name
    with pytest.raises(ClientError, match="another account's model package group"):
        sagemaker.create_model_package(ModelPackageGroupName=group_of(version), InferenceSpecification=specification())


@pytest.mark.parametrize("shared", [True, False])
def test_a_group_is_described_by_its_arn(dev: Account, staging: Account, *, shared: bool) -> None:
    group = group_of(registered(dev, *([for_account(staging, allow("sagemaker:*"))] if shared else [])))
    described = dev.client("sagemaker").describe_model_package_group(ModelPackageGroupName=group)
    assert described["ModelPackageGroupArn"] == group
    sagemaker = staging.client("sagemaker")
    if shared:
        assert sagemaker.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"] == group
        return
    with pytest.raises(ClientError, match="AccessDenied"):
        sagemaker.describe_model_package_group(ModelPackageGroupName=group)


def test_no_endpoint_knows_another_regions_groups(dev: Account, staging: Account) -> None:
    version = registered(dev, for_account(staging, allow("sagemaker:*")))
    elsewhere = {"region_name": "eu-west-1"}
    with pytest.raises(ClientError, match="AccessDenied"):
        staging.client("sagemaker", {"aws_access_key_id": STAGING, **elsewhere}).describe_model_package(
            ModelPackageName=version
        )
    own = dev.client("sagemaker", {"aws_access_key_id": DEV, **elsewhere})
    own.create_model_package_group(ModelPackageGroupName=group_of(version).rpartition("/")[2])
    with pytest.raises(ClientError, match="does not exist"):
        own.create_model_package(ModelPackageGroupName=group_of(version), InferenceSpecification=specification())


def test_a_group_is_deleted_by_its_arn(dev: Account) -> None:
    sagemaker, name = dev.client("sagemaker"), f"group-{uuid.uuid4().hex[:8]}"
    group = sagemaker.create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    assert not sagemaker.list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]


@pytest.mark.parametrize(
    "statement",
    [
        "abc",
        {"Effect": "Maybe", "Principal": "*", "Action": "sagemaker:*"},
        {"Effect": "Allow", "Action": "sagemaker:*"},
    ],
)
def test_a_malformed_policy_of_a_group_is_refused(dev: Account, statement: Any) -> None:
    name = group_of(registered(dev)).rpartition("/")[2]
    with pytest.raises(ClientError, match="ValidationException"):
        dev.client("sagemaker").put_model_package_group_policy(
            ModelPackageGroupName=name, ResourcePolicy=json.dumps({"Statement": statement})
        )


def test_a_groups_policy_is_kept_until_it_is_deleted(dev: Account) -> None:
    version = registered(dev, for_role(dev, ANY_ROLE, allow("sagemaker:DescribeModelPackage")))
    sagemaker, name = dev.client("sagemaker"), version.rpartition("/")[0].rpartition("/")[2]
    kept = sagemaker.get_model_package_group_policy(ModelPackageGroupName=name)["ResourcePolicy"]
    assert json.loads(kept)["Statement"][0]["Action"] == "sagemaker:DescribeModelPackage"
    sagemaker.delete_model_package_group_policy(ModelPackageGroupName=name)
    with pytest.raises(ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName=name)
