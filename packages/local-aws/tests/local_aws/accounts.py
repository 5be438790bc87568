"""Principals of several accounts on one local AWS, and what one account lets another do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws
from tests.local_aws.permissions import allow

DEV, STAGING = "111111111111", "222222222222"
ANY_ROLE = f"arn:aws:iam::{STAGING}:role/another"


@dataclass(frozen=True)
class Account:
    """One account, as its administrator sees it."""

    aws: LocalAws
    number: str

    @property
    def root(self) -> str:
        return f"arn:aws:iam::{self.number}:root"

    def client(self, service: str, credentials: Mapping[str, str] | None = None) -> Any:
        return self.aws.client(service, **(credentials or {"aws_access_key_id": self.number}))

    def role(self, *statements: dict[str, Any], trust: Mapping[str, str]) -> str:
        """The ARN of a new role that `trust` may assume, and that may do what the statements say."""
        iam, name = self.client("iam"), f"role-{uuid.uuid4().hex[:12]}"
        document = {"Statement": [{"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}]}
        response = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=policy(*statements))
        return str(response["Role"]["Arn"])

    def session(self, role: str, credentials: Mapping[str, str] | None = None) -> dict[str, str]:
        """Assume a role, by the account's own key or the `credentials`."""
        answer = self.client("sts", credentials).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    def acting(self, *statements: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """A role of the account, and a session of it."""
        role = self.role(*statements, trust={"AWS": self.root})
        return role, self.session(role)

    def bucket(self, *statements: dict[str, Any], key: str | None = None) -> str:
        """A bucket with this policy, encrypted with `key`."""
        s3, name = self.client("s3"), f"bucket-{uuid.uuid4().hex[:12]}"
        s3.create_bucket(Bucket=name)
        if key:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        if statements:
            filled = json.loads(policy(*statements).replace("BUCKET", name))
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps(filled))
        return name

    def key(self, *statements: dict[str, Any]) -> str:
        """The ARN of a key that the account's own IAM policies decide on, and those of `statements`."""
        own = {**allow("kms:*"), "Principal": {"AWS": self.root}}
        response = self.client("kms").create_key(Policy=policy(own, *statements))
        return str(response["KeyMetadata"]["Arn"])


def for_account(account: Account, statement: dict[str, Any]) -> dict[str, Any]:
    """The statement, for all of an account that its own policies let in."""
    return {**statement, "Principal": {"AWS": account.root}}


def for_role(account: Account, role: str, statement: dict[str, Any]) -> dict[str, Any]:
    """The statement, for one role, which need not exist."""
    condition = {**statement.get("Condition", {}), "ArnEquals": {"aws:PrincipalArn": role}}
    return {**for_account(account, statement), "Condition": condition}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def read(account: Account, credentials: dict[str, str], bucket: str) -> str:
    """An object's content, or the code of the refusal."""
    try:
        return str(account.client("s3", credentials).get_object(Bucket=bucket, Key="model")["Body"].read().decode())
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def put(account: Account, bucket: str) -> None:
    account.client("s3").put_object(Bucket=bucket, Key="model", Body=b"content")


def public(account: Account, *, restricted: bool) -> str:
    """A bucket whose policy lets every caller in, and whose settings perhaps do not."""
    s3, bucket = account.client("s3"), account.bucket()
    settings = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), False)
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**settings, "RestrictPublicBuckets": restricted}
    )
    public_read = {**allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), "Principal": "*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(public_read))
    return bucket
