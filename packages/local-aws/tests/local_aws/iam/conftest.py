"""Tests with IAM enforced, all on the server that a session starts once."""

from __future__ import annotations

import uuid

import pytest

from tests.local_aws.accounts import DEV, STAGING, Account
from tests.local_aws.iam.saml import Company
from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_jobs import PlainJobs


@pytest.fixture(scope="session")
def aws(iam_aws: LocalAws) -> LocalAws:
    return iam_aws


@pytest.fixture
def jobs(aws: LocalAws) -> PlainJobs:
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    return PlainJobs(aws, bucket)


@pytest.fixture(scope="session")
def dev(aws: LocalAws) -> Account:
    return Account(aws, DEV)


@pytest.fixture(scope="session")
def staging(aws: LocalAws) -> Account:
    return Account(aws, STAGING)


@pytest.fixture(scope="module")
def company(aws: LocalAws) -> Company:
    """An account with a SAML provider."""
    return Company.create(aws)


@pytest.fixture(scope="module")
def role(company: Company) -> str:
    """The ARN of a role that trusts the company's provider."""
    return company.role()
