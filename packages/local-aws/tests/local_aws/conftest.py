"""The local AWS as fixtures: `aws` runs real images, `plain_aws` runs the programs that a test brings along."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_aws.algorithm_jobs import running_algorithms
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs
from tests.local_aws.plain_transforms import Transforms
from tests.local_aws.plain_tuning import Tuning
from tests.local_aws.private_networks import Vpc
from tests.local_aws.stacks import Stack
from tests.local_aws.state_machines import StateMachines
from tests.local_aws.workflow_steps import Workflows

PLAIN = ("--runtime", "plain_runtime:PlainRuntime", "--stop-grace", "1")


@pytest.fixture(scope="session")
def plain_aws() -> Iterator[LocalAws]:
    """One server for all tests of a session; each test uses different names."""
    with running_local_aws(*PLAIN, "--parallel-jobs", "4") as server:
        yield server


@pytest.fixture(scope="session")
def fast_aws() -> Iterator[LocalAws]:
    """One server for all tests whose waiting times would be long; ml.c5.large has no capacity."""
    environment = {"LOCAL_AWS_CLOCK": "60", "LOCAL_AWS_NO_CAPACITY": "ml.c5.large"}
    with running_local_aws(*PLAIN, environment=environment) as server:
        yield server


@pytest.fixture(scope="session")
def iam_aws() -> Iterator[LocalAws]:
    """One server with IAM enforced, for all tests that create their own roles and users."""
    with running_local_aws(*PLAIN, "--iam") as server:
        yield server


@pytest.fixture(scope="session")
def algorithms_aws() -> Iterator[LocalAws]:
    """One server for the tests of all built-in algorithms."""
    with running_algorithms() as server:
        yield server


@pytest.fixture(scope="session")
def updates(fast_aws: LocalAws) -> PlainEndpoints:
    """Endpoints on the fast server."""
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    fast_aws.client("s3").create_bucket(Bucket=bucket)
    return PlainEndpoints(fast_aws, bucket)


@pytest.fixture
def bucket(plain_aws: LocalAws) -> str:
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    plain_aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def s3(plain_aws: LocalAws) -> Any:
    return plain_aws.client("s3")


@pytest.fixture
def sagemaker(plain_aws: LocalAws) -> Any:
    return plain_aws.client("sagemaker")


@pytest.fixture
def jobs(plain_aws: LocalAws, bucket: str) -> PlainJobs:
    """Makes, runs and describes training jobs whose program is a few lines of Python."""
    return PlainJobs(plain_aws, bucket)


@pytest.fixture
def tuning(jobs: PlainJobs) -> Tuning:
    """Tuning jobs on the server of `jobs`."""
    return Tuning(jobs)


@pytest.fixture
def endpoints(plain_aws: LocalAws, bucket: str) -> PlainEndpoints:
    """Makes models and endpoints whose server is a few lines of Python."""
    return PlainEndpoints(plain_aws, bucket)


@pytest.fixture
def processing(plain_aws: LocalAws, bucket: str) -> ProcessingJobs:
    """Runs processing jobs whose program is a few lines of Python."""
    return ProcessingJobs(plain_aws, bucket)


@pytest.fixture
def transforms(plain_aws: LocalAws, bucket: str, endpoints: PlainEndpoints) -> Transforms:
    """Runs transform jobs whose model is a few lines of Python."""
    return Transforms(plain_aws, bucket, endpoints)


@pytest.fixture
def workflows(jobs: PlainJobs, endpoints: PlainEndpoints) -> Workflows:
    """Makes and runs pipelines whose steps are a few lines of Python."""
    return Workflows(jobs, endpoints)


@pytest.fixture
def machines(plain_aws: LocalAws) -> StateMachines:
    """Makes and runs state machines."""
    return StateMachines(plain_aws)


@pytest.fixture
def vpc(plain_aws: LocalAws) -> Vpc:
    """A VPC of the test's own, without a way to any service."""
    return Vpc.create(plain_aws)


@pytest.fixture
def stack(plain_aws: LocalAws) -> Iterator[Stack]:
    """A CloudFormation stack of the test's own; deleted at the end."""
    new_stack = Stack(plain_aws)
    yield new_stack
    new_stack.delete()
