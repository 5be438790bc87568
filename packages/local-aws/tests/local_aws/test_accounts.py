"""Across accounts both sides must allow: the caller's own policies, and the resource's. With IAM enforced."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import DEV, SAGEMAKER, STAGING, Account, allow, for_account, for_role, policy
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_jobs import IMAGE
from tests.local_aws.test_iam import PULL
from tests.local_aws.test_model_packages import specification

ANY_ROLE = f"arn:aws:iam::{STAGING}:role/another"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, "--iam") as server:
        yield server


@pytest.fixture(scope="module")
def dev(aws: LocalAws) -> Account:
    return Account(aws, DEV)


@pytest.fixture(scope="module")
def staging(aws: LocalAws) -> Account:
    return Account(aws, STAGING)


def read(account: Account, credentials: dict[str, str], bucket: str) -> str:
    """An object's content, or the code of the refusal."""
    try:
        return str(account.client("s3", credentials).get_object(Bucket=bucket, Key="model")["Body"].read().decode())
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def put(account: Account, bucket: str) -> None:
    account.client("s3").put_object(Bucket=bucket, Key="model", Body=b"content")


@pytest.mark.parametrize(
    ("own", "theirs", "outcome"),
    [(True, True, "content"), (True, False, "AccessDenied"), (False, True, "AccessDenied")],
    ids=["both", "only the caller's", "only the bucket's"],
)
def test_an_object_takes_both_policies(
    dev: Account, staging: Account, *, own: bool, theirs: bool, outcome: str
) -> None:
    bucket = dev.bucket(*([for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*"))] if theirs else []))
    put(dev, bucket)
    _, session = staging.acting(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*" if own else "arn:aws:s3:::x/*"))
    assert read(staging, session, bucket) == outcome


def test_a_bucket_knows_the_role_and_no_other_of_its_account(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow("s3:GetObject"))
    _, another = staging.acting(allow("s3:GetObject"))
    bucket = dev.bucket(for_role(staging, role, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")))
    put(dev, bucket)
    assert read(staging, session, bucket) == "content"
    assert read(staging, another, bucket) == "AccessDenied"


def public(account: Account, *, restricted: bool) -> str:
    """A bucket whose policy lets every caller in, and whose settings perhaps do not."""
    s3, bucket = account.client("s3"), account.bucket()
    settings = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), False)
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**settings, "RestrictPublicBuckets": restricted}
    )
    everybody = {**allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), "Principal": "*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(everybody))
    return bucket


@pytest.mark.parametrize(("restricted", "outcome"), [(False, "content"), (True, "AccessDenied")])
def test_a_restricted_public_bucket_lets_its_own_account_in_only(
    dev: Account, staging: Account, *, restricted: bool, outcome: str
) -> None:
    bucket = public(dev, restricted=restricted)
    put(dev, bucket)
    assert read(staging, staging.acting(allow("s3:GetObject"))[1], bucket) == outcome
    assert read(staging, {"aws_access_key_id": STAGING}, bucket) == outcome
    assert read(dev, {"aws_access_key_id": DEV}, bucket) == "content"


def test_who_is_left_out_of_a_condition_is_not_let_in_as_its_account(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow("s3:GetObject"))
    _, another = staging.acting(allow("s3:GetObject"))
    objects = allow("s3:GetObject", "arn:aws:s3:::BUCKET/*", ArnNotEquals={"aws:PrincipalArn": role})
    bucket = dev.bucket(for_account(staging, objects))
    put(dev, bucket)
    assert read(staging, session, bucket) == "AccessDenied"
    assert read(staging, another, bucket) == "content"


def test_an_administrator_is_let_in_by_the_bucket_only(dev: Account, staging: Account) -> None:
    bucket = dev.bucket()
    put(dev, bucket)
    assert read(staging, {"aws_access_key_id": STAGING}, bucket) == "AccessDenied"


@pytest.mark.parametrize(
    ("own", "theirs", "outcome"),
    [(True, True, "content"), (True, False, "AccessDenied"), (False, True, "AccessDenied")],
    ids=["both", "only the caller's", "only the key's"],
)
def test_an_encrypted_object_takes_both_policies_for_its_key(
    dev: Account, staging: Account, *, own: bool, theirs: bool, outcome: str
) -> None:
    key = dev.key(*([for_account(staging, allow("kms:Decrypt"))] if theirs else []))
    bucket = dev.bucket(for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")), key=key)
    put(dev, bucket)
    _, session = staging.acting(allow("s3:GetObject"), *([allow("kms:Decrypt", key)] if own else []))
    assert read(staging, session, bucket) == outcome


@pytest.mark.parametrize(
    ("own", "theirs", "cause"),
    [
        ("Allow", None, "because no resource-based policy allows the kms:Decrypt action"),
        ("Allow", "Deny", "with an explicit deny in a resource-based policy"),
        (None, "Allow", "because no identity-based policy allows the kms:Decrypt action"),
        ("Deny", "Allow", "with an explicit deny in an identity-based policy"),
    ],
)
def test_a_refused_key_is_named_with_the_policy_that_is_the_cause(
    dev: Account, staging: Account, own: str | None, theirs: str | None, cause: str
) -> None:
    decrypt = allow("kms:Decrypt")
    key = dev.key(*([for_account(staging, {**decrypt, "Effect": theirs})] if theirs else []))
    bucket = dev.bucket(for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")), key=key)
    put(dev, bucket)
    role, session = staging.acting(allow("s3:GetObject"), *([{**decrypt, "Effect": own}] if own else []))
    with pytest.raises(ClientError) as error:
        staging.client("s3", session).get_object(Bucket=bucket, Key="model")
    caller = f"arn:aws:sts::{STAGING}:assumed-role/{role.rpartition('/')[2]}/test"
    refusal = error.value.response["Error"]
    assert refusal["Code"] == "AccessDenied"
    assert refusal["Message"] == f"User: {caller} is not authorized to perform: kms:Decrypt on resource: {key} {cause}"


@pytest.mark.parametrize(
    ("own", "message"),
    [(True, "Access Denied"), (False, "because no identity-based policy allows the s3:GetObject action")],
    ids=["the bucket's", "the caller's"],
)
def test_a_foreign_buckets_policy_is_not_named(dev: Account, staging: Account, *, own: bool, message: str) -> None:
    """AWS names the kind of policy within an account or an organization only, and these accounts have none."""
    bucket = dev.bucket()
    put(dev, bucket)
    _, session = staging.acting(allow("s3:GetObject" if own else "s3:PutObject"))
    with pytest.raises(ClientError) as error:
        staging.client("s3", session).get_object(Bucket=bucket, Key="model")
    assert error.value.response["Error"]["Message"].endswith(message)


def test_a_key_for_s3_only_decrypts_an_object(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow(["s3:GetObject", "kms:Decrypt"]))
    through_s3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    key = dev.key(for_role(staging, role, {**allow("kms:Decrypt"), "Condition": through_s3}))
    bucket = dev.bucket(for_role(staging, role, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")), key=key)
    put(dev, bucket)
    assert read(staging, session, bucket) == "content"


def test_no_other_account_reads_what_aws_managed_key_encrypts(dev: Account, staging: Account) -> None:
    bucket = dev.bucket(for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")))
    dev.client("s3").put_object(Bucket=bucket, Key="model", Body=b"content", ServerSideEncryption="aws:kms")
    _, session = staging.acting(allow(["s3:GetObject", "kms:Decrypt"]))
    assert read(staging, session, bucket) == "AccessDenied"
    assert read(staging, {"aws_access_key_id": STAGING}, bucket) == "AccessDenied"
    assert read(dev, {"aws_access_key_id": DEV}, bucket) == "content"


def assumes(account: Account, credentials: dict[str, str], role: str) -> bool:
    try:
        account.session(role, credentials)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        assert "is not authorized to perform: sts:AssumeRole" in str(error)
        return False
    return True


@pytest.mark.parametrize(
    ("trusted", "permitted"), [(True, True), (True, False), (False, True)], ids=["both", "trust only", "policy only"]
)
def test_a_role_of_another_account_takes_trust_and_permission(
    dev: Account, staging: Account, *, trusted: bool, permitted: bool
) -> None:
    role = dev.role(trust={"AWS": staging.root if trusted else dev.root})
    _, session = staging.acting(allow("sts:AssumeRole", role if permitted else ANY_ROLE))
    assert assumes(staging, session, role) == (trusted and permitted)


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


def serving(account: Account, bucket: str) -> str:
    """An execution role that may read a bucket of any account."""
    objects = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    return account.role(objects, allow(PULL), trust={"Service": SAGEMAKER})


def test_a_model_may_be_in_a_bucket_that_lets_its_role_in(dev: Account, staging: Account) -> None:
    bucket = dev.bucket()
    role = serving(staging, bucket)
    readers = policy(for_role(staging, role, allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")))
    dev.client("s3").put_bucket_policy(Bucket=bucket, Policy=readers)
    uri = _archive(dev, bucket)
    sagemaker, name = staging.client("sagemaker"), f"model-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": uri}
    )
    assert sagemaker.describe_model(ModelName=name)["PrimaryContainer"]["ModelDataUrl"] == uri


def test_a_model_in_a_private_bucket_of_another_account_is_refused(dev: Account, staging: Account) -> None:
    bucket = dev.bucket()
    container = {"Image": IMAGE, "ModelDataUrl": _archive(dev, bucket)}
    with pytest.raises(ClientError, match="Could not access model data at"):
        staging.client("sagemaker").create_model(
            ModelName="refused", ExecutionRoleArn=serving(staging, bucket), PrimaryContainer=container
        )


def test_a_model_in_a_restricted_public_bucket_is_refused(dev: Account, staging: Account) -> None:
    bucket = public(dev, restricted=True)
    container = {"Image": IMAGE, "ModelDataUrl": _archive(dev, bucket)}
    with pytest.raises(ClientError, match="Could not access model data at"):
        staging.client("sagemaker").create_model(
            ModelName="restricted", ExecutionRoleArn=serving(staging, bucket), PrimaryContainer=container
        )


def test_no_account_passes_the_role_of_another(dev: Account, staging: Account) -> None:
    role = serving(dev, "any")
    with pytest.raises(ClientError, match="Cross-account pass role is not allowed") as refused:
        staging.client("sagemaker").create_model(
            ModelName="passed", ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE}
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def _archive(account: Account, bucket: str) -> str:
    account.client("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=b"archive")
    return f"s3://{bucket}/model.tar.gz"
