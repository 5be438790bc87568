"""A disk that is full: the program, the data and the model each fail the job with the reason; the server goes on."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import HERE, PYTHON, ROOT, START_SECONDS, LocalAws, stop
from tests.local_aws.plain_jobs import PlainJobs

MEGABYTES = 48
FILL = """
    import os, sys, traceback
    try:
        with open("{path}", "wb") as file:
            while True:
                file.write(b"x" * 1_000_000)
    except OSError as error:
        open("/dev/stderr", "w").write(str(error))
        {after}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server whose folder is a small disk that only it and its children see."""
    folder = tmp_path_factory.mktemp("small")
    disk, ready = folder / "disk", folder / "ready.json"
    disk.mkdir()
    options = ["--port", "0", "--ready-file", str(ready), "--state", str(disk), *PLAIN]
    mount = f"mount -t tmpfs -o size={MEGABYTES}m tmpfs {disk}"
    enter = ["unshare", "--mount", "--map-root-user"] if os.geteuid() else ["unshare", "--mount"]
    if subprocess.run([*enter, "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives no mount namespaces")
    process = subprocess.Popen(
        [*enter, "sh", "-c", f'{mount} && exec "$@"', "sh", str(PYTHON), "-m", "local_aws", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        text=True,
    )
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists():
        assert process.poll() is None and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.05)
    server = LocalAws(process, json.loads(ready.read_text()))
    try:
        server.client("s3").create_bucket(Bucket="small")
        yield PlainJobs(server, "small")
    finally:
        stop(process)


def test_a_script_that_fills_the_disk_fails_and_its_log_says_why(small):
    job = small.run(FILL.format(path="model/weights", after="raise"), StoppingCondition={"MaxRuntimeInSeconds": 30})
    assert job["TrainingJobStatus"] == "Failed"
    assert any("No space left on device" in line for line in small.log_lines(job["TrainingJobName"]))


def test_a_model_that_cannot_be_packed_fails_the_job_as_on_sagemaker(small):
    job = small.run(FILL.format(path="model/weights", after="sys.exit()"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: Artifact upload failed:Insufficient disk space"


def test_data_that_fills_the_disk_fails_the_job_as_on_sagemaker(small):
    for number in range(2):  # S3 has the same disk: the objects fit, and their copies do not
        small.put(f"large/{number}", b"0" * (MEGABYTES // 3) * 1024 * 1024)
    request = small.request("pass")
    request["InputDataConfig"].append(small.channel("training", "large/"))
    small.aws.client("sagemaker").create_training_job(**request)
    job = small.wait(request["TrainingJobName"])
    assert job["FailureReason"] == "ClientError: Data download failed:Insufficient disk space"


def test_the_server_has_room_again_after_each_of_them(small):
    job = small.run("open('model/small', 'w').write('fits')")
    assert job["TrainingJobStatus"] == "Completed"
    assert small.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"small": b"fits"}
