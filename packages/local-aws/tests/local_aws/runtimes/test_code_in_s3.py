"""AWS's toolkits fetch the user's code from S3 by themselves, at the endpoint that the environment names."""

from __future__ import annotations

import io
import tarfile
import uuid

import pytest

from tests.local_aws.launcher import LocalAws
from tests.local_aws.runtimes.containers import Containers


@pytest.fixture
def source(plain_aws: LocalAws) -> str:
    """A sourcedir.tar.gz in S3 with a training script and inference handlers."""
    files = {
        "train.py": b"print('trained from S3')",
        "serve_it.py": b"def model_fn(d): return 1\ndef transform_fn(m, b, c, a): return 'served from S3'",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    s3, bucket = plain_aws.client("s3"), f"code-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="source/sourcedir.tar.gz", Body=buffer.getvalue())
    return f"s3://{bucket}/source/sourcedir.tar.gz"


def test_training_fetches_its_code(both_containers: Containers, plain_aws: LocalAws, source: str) -> None:
    job = both_containers.train(
        hyperparameters={"sagemaker_submit_directory": source}, environment=plain_aws.environment
    )
    assert job.wait() == 0, job.output
    assert job.printed("trained from S3")


def test_serving_fetches_its_code(both_containers: Containers, plain_aws: LocalAws, source: str) -> None:
    program = {"SAGEMAKER_SUBMIT_DIRECTORY": source, "SAGEMAKER_PROGRAM": "serve_it.py"}
    endpoint = both_containers.serve(environment={**plain_aws.environment, **program}).wait_until_ready()
    assert endpoint.invoke("x").body == b"served from S3"


def test_an_archive_that_is_not_there_is_a_failure(containers: Containers, plain_aws: LocalAws, source: str) -> None:
    job = containers.train(
        hyperparameters={"sagemaker_submit_directory": source + ".missing"}, environment=plain_aws.environment
    )
    assert job.wait() != 0
    assert "404" in (job.root / "output/failure").read_text()
