"""Keys of objects that are no names of files fail a job with a client error, in every mode that makes files of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs

NAMES = ["..", "a\0b", "x" * 256]


@pytest.mark.parametrize("mode", ["File", "FastFile"])
@pytest.mark.parametrize("name", NAMES, ids=["dots", "null byte", "long"])
def test_a_training_channel_with_such_a_key_fails_the_job(jobs: PlainJobs, name: str, mode: str) -> None:
    jobs.put(f"rows/{name}", "1")
    request = jobs.request("pass")
    request["InputDataConfig"].append(jobs.channel("rows", "rows/", InputMode=mode))
    jobs.aws.client("sagemaker").create_training_job(**request)
    job = jobs.wait(request["TrainingJobName"], seconds=60)
    assert job["FailureReason"].startswith("ClientError: Data download failed:The key ")
    assert "has no file name" in job["FailureReason"]


@pytest.mark.parametrize("name", NAMES, ids=["dots", "null byte", "long"])
def test_a_processing_input_with_such_a_key_fails_the_job(plain_aws: Any, bucket: str, name: str) -> None:
    processing = ProcessingJobs(plain_aws, bucket)
    processing.put(f"rows/{name}", "1")
    job = processing.run("pass", processing.input("rows", f"s3://{bucket}/rows/"))
    assert job["FailureReason"].startswith("ClientError: Failed to download data. The key ")


def test_a_folder_of_lazy_files_refuses_such_a_key_before_it_is_mounted() -> None:
    from local_aws.files.storage import DownloadError, Location
    from local_aws.sagemaker.input_objects import InputObject
    from local_aws.sagemaker.training_lazy import lazy_files

    with pytest.raises(DownloadError, match="has no file name"):
        lazy_files(None, [InputObject(Location("bucket", "k6/.."), "..")])
