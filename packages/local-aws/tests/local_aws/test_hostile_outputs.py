"""What a job leaves is hostile: it can't hang the server, fill its memory, or send files of this machine to S3."""

from __future__ import annotations

import io
import signal
import tarfile
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs

SECRET = "only for the person at this machine"
FIFO_FAILURE = "import os; os.mkfifo('output/failure'); os._exit(1)"
SECONDS = 60
"""Generous, because a job that hangs does so for ever."""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder of this machine that is no job's; its file is named as a job's would be."""
    folder = tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    for name in ("failure", "message", "key", "data/key"):
        (folder / name).write_text(SECRET)
    return folder


def run(jobs: PlainJobs, script: str, *, plain: bool = False, **members: Any) -> dict[str, Any]:
    """Run a job to its end; ``plain`` is CompressionType NONE."""
    output = {"S3OutputPath": f"s3://{jobs.bucket}/output", **({"CompressionType": "NONE"} if plain else {})}
    return jobs.wait(jobs.start(script, OutputDataConfig=output, **members), seconds=SECONDS)


def contents(jobs: PlainJobs) -> dict[str, bytes]:
    """Every object of the bucket but the jobs' own code."""
    s3 = jobs.aws.client("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=jobs.bucket).get("Contents", ())]
    return {
        key: s3.get_object(Bucket=jobs.bucket, Key=key)["Body"].read() for key in keys if not key.endswith("train.py")
    }


def assert_no_secret(jobs: PlainJobs, job: dict[str, Any]) -> None:
    assert SECRET not in str(job)
    for body in contents(jobs).values():
        assert SECRET.encode() not in body
        if body[:2] == b"\x1f\x8b":
            with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                for member in archive.getmembers():
                    assert not member.isfile() or SECRET.encode() not in archive.extractfile(member).read()


# The failure file


def test_four_pipes_as_failure_files_keep_no_other_job_or_sigterm_waiting() -> None:
    with running_local_aws(*PLAIN, "--parallel-jobs", "2") as aws:
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        aws.client("s3").create_bucket(Bucket=bucket)
        jobs = PlainJobs(aws, bucket)
        for name in [jobs.start(FIFO_FAILURE) for _ in range(4)]:
            assert jobs.wait(name, seconds=SECONDS)["FailureReason"] == "AlgorithmError: , exit code: 1"
        assert jobs.wait(jobs.start("pass"), seconds=SECONDS)["TrainingJobStatus"] == "Completed"
        aws.process.send_signal(signal.SIGTERM)
        assert aws.process.wait(SECONDS) == 0


@pytest.mark.parametrize(
    "script",
    [
        "import os; os.symlink('{secret}/failure', 'output/failure')",
        "import os, shutil; shutil.rmtree('output'); os.symlink('{secret}', 'output')",
        "import os; os.symlink('/dev/zero', 'output/failure')",
    ],
    ids=["link", "linked folder", "linked device"],
)
def test_a_failure_file_that_is_no_file_of_the_job_is_not_read(jobs: PlainJobs, secret: Path, script: str) -> None:
    job = run(jobs, f"{script.format(secret=secret)}; raise SystemExit(1)")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] in (
        "AlgorithmError: , exit code: 1",
        "ClientError: Artifact upload failed:/opt/ml/output/data: Not a directory",
    )
    assert_no_secret(jobs, job)


def test_a_huge_failure_file_is_read_only_as_far_as_it_is_shown() -> None:
    script = """
        import os
        with open("output/failure", "w") as file:
            file.write("x" * 2000)
            file.truncate(1 << 40)
        os._exit(1)
    """
    with running_local_aws(*PLAIN) as aws:
        aws.client("s3").create_bucket(Bucket="huge")
        before = peak_memory(aws.process.pid)
        job = run(PlainJobs(aws, "huge"), script)
        assert job["FailureReason"] == f"AlgorithmError: {'x' * 1024}, exit code: 1"
        assert peak_memory(aws.process.pid) - before < 200 << 20


def peak_memory(process: int) -> int:
    """The most memory that a process ever had, in bytes."""
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


# Models and outputs

LINKS = {
    "file": "os.symlink('{secret}/key', '{folder}/link')",
    "folder": "os.symlink('{secret}', '{folder}/link')",
    "itself": "shutil.rmtree('{folder}'); os.symlink('{secret}', '{folder}')",
}


@pytest.mark.parametrize(
    ("folder", "link", "plain"),
    [
        ("model", "file", True),
        ("output/data", "file", True),
        ("model", "folder", True),
        ("model", "itself", True),
        ("model", "itself", False),
        ("output/data", "itself", False),
    ],
)
def test_no_artifact_has_what_a_link_leads_to(
    jobs: PlainJobs, secret: Path, folder: str, link: str, plain: bool
) -> None:
    job = run(jobs, f"import os, shutil; {LINKS[link].format(secret=secret, folder=folder)}", plain=plain)
    assert_no_secret(jobs, job)
    assert job["FailureReason"].startswith(f"ClientError: Artifact upload failed:/opt/ml/{folder}")


def test_links_are_packed_as_links(jobs: PlainJobs) -> None:
    script = """
        import os
        open("model/weights", "w").write("1")
        os.symlink("weights", "model/symbolic")
        os.link("model/weights", "model/zz-hard")
        os.mkfifo("model/pipe")
    """
    job = run(jobs, script)
    key = f"output/{job['TrainingJobName']}/output/model.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(contents(jobs)[key])) as archive:
        kinds = {member.name: (member.type, member.linkname) for member in archive.getmembers()}
    assert kinds == {
        "pipe": (tarfile.FIFOTYPE, ""),
        "symbolic": (tarfile.SYMTYPE, "weights"),
        "weights": (tarfile.REGTYPE, ""),
        "zz-hard": (tarfile.LNKTYPE, "weights"),
    }


def test_a_link_between_hosts_models_moves_no_file_out_of_the_job(jobs: PlainJobs, secret: Path) -> None:
    script = f"""
        import json, os
        if json.load(open("input/config/resourceconfig.json"))["current_host"] == "algo-1":
            os.symlink("{secret}", "model/part")
        else:
            os.makedirs("model/part")
            open("model/part/escaped", "w").write("from algo-2")
    """
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    job = run(jobs, script, ResourceConfig=resources)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert not (secret / "escaped").exists()
    assert_no_secret(jobs, job)


@pytest.mark.parametrize("plain", [True, False], ids=["NONE", "GZIP"])
def test_a_missing_model_folder_names_no_path_of_this_machine(jobs: PlainJobs, plain: bool) -> None:
    job = run(jobs, "import os; os.rmdir('model')", plain=plain)
    assert job["FailureReason"] == "ClientError: Artifact upload failed:/opt/ml/model: No such file or directory"


def test_a_missing_output_folder_is_as_good_as_an_empty_one(jobs: PlainJobs) -> None:
    assert run(jobs, "import os; os.rmdir('output/data')")["TrainingJobStatus"] == "Completed"


def test_a_name_that_is_not_utf8_fails_a_plain_upload_with_a_client_error(jobs: PlainJobs) -> None:
    job = run(jobs, "open(b'model/\\xff', 'w').close()", plain=True)
    assert job["FailureReason"] == ("ClientError: Artifact upload failed:The name of /opt/ml/model/\\xff is not UTF-8")


@pytest.mark.parametrize("plain", [True, False], ids=["NONE", "GZIP"])
def test_a_model_larger_than_the_volume_has_sagemakers_reason(jobs: PlainJobs, plain: bool) -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    job = run(jobs, "open('model/sparse', 'w').truncate(1 << 40)", plain=plain, ResourceConfig=resources)
    assert job["FailureReason"] == "ClientError: Artifact upload failed:Insufficient disk space"


def test_a_folder_too_deep_to_be_read_is_refused_and_removed(jobs: PlainJobs) -> None:
    script = """
        import os
        os.chdir("model")
        for _ in range(1900):
            os.mkdir("d")
            os.chdir("d")
        open("leaf", "w").write("deep")
    """
    job = run(jobs, script)
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:/opt/ml/model/d/d/")
    assert job["FailureReason"].endswith(": File name too long")
    assert not list((Path(jobs.aws.ready["state"]) / "jobs").glob(f"{job['TrainingJobName']}-*"))


# Checkpoints, pipes


def test_no_checkpoint_has_what_a_link_leads_to(jobs: PlainJobs, secret: Path) -> None:
    script = f"import os, shutil; {LINKS['itself'].format(secret=secret, folder='checkpoints')}"
    job = run(jobs, script, CheckpointConfig={"S3Uri": f"s3://{jobs.bucket}/checkpoints"})
    assert_no_secret(jobs, job)


def test_a_pipe_replaced_by_a_link_writes_to_no_file_of_the_machine(jobs: PlainJobs, secret: Path) -> None:
    jobs.put("rows/a", "written by the server")
    request = jobs.request(
        f"""
        import os, time
        os.unlink("input/data/rows_0")
        os.symlink("{secret}/key", "input/data/rows_0")
        time.sleep(1)
        """
    )
    request["InputDataConfig"].append(jobs.channel("rows", "rows/", InputMode="Pipe"))
    jobs.aws.client("sagemaker").create_training_job(**request)
    job = jobs.wait(request["TrainingJobName"], seconds=SECONDS)
    assert (secret / "key").read_text() == SECRET
    assert job["FailureReason"].startswith("ClientError: Data download failed:")


# Processing


def test_an_exit_message_that_is_a_pipe_or_a_link_is_none(processing: ProcessingJobs, secret: Path) -> None:
    for make in ("os.mkfifo('output/message')", f"os.symlink('{secret}/message', 'output/message')"):
        job = processing.run(f"import os; {make}")
        assert job["ProcessingJobStatus"] == "Completed"
        assert "ExitMessage" not in job


def test_an_output_folder_replaced_by_a_link_is_not_followed(processing: ProcessingJobs, secret: Path) -> None:
    script = f"import os; os.rmdir('processing/output/out'); os.symlink('{secret}', 'processing/output/out')"
    job = processing.run(script, outputs=[processing.output("out", "out")])
    assert processing.keys("out/") == []
    assert job["FailureReason"] == (
        f"ClientError: Failed to upload output out to s3://{processing.bucket}/out: "
        "/opt/ml/processing/output/out: Not a directory"
    )


def test_an_output_above_which_a_link_is_put_is_not_followed(processing: ProcessingJobs, secret: Path) -> None:
    (secret / "out").mkdir()
    (secret / "out" / "key").write_text(SECRET)
    script = f"import os; os.rename('processing/output', 'gone'); os.symlink('{secret}', 'processing/output')"
    processing.run(script, outputs=[processing.output("out", "out")])
    assert processing.keys("out/") == []
