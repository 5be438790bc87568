"""A model whose artifact or role is of another account."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import Account, for_role, policy, public
from tests.local_aws.permissions import PULL, SAGEMAKER, allow
from tests.local_aws.plain_jobs import IMAGE


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
