"""A processing job's inputs come from S3, by prefix, manifest or shard, and its outputs go there."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_processing import PROCESSING


def test_inputs_come_and_outputs_go_by_their_names(processing):
    processing.put("in/a.csv", "1")
    processing.put("in/deep/b.csv", "2")
    job = processing.run(
        """
        from pathlib import Path
        for path in Path("processing/input/data").rglob("*.csv"):
            target = Path("processing/output/out", path.relative_to("processing/input/data"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text() * 2)
        """,
        processing.input("data", f"s3://{processing.bucket}/in/"),
        outputs=[processing.output("out", "result")],
    )
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert processing.get("result/a.csv") == b"11"
    assert processing.get("result/deep/b.csv") == b"22"


def test_a_manifest_names_the_objects_of_an_input(processing):
    processing.put("data/a", "A")
    processing.put("data/b", "B")
    manifest = processing.put("manifest.json", json.dumps([{"prefix": f"s3://{processing.bucket}/data/"}, "b"]))
    job = processing.run(
        "import os; print(os.listdir('processing/input/data'))",
        processing.input("data", manifest, S3DataType="ManifestFile"),
    )
    assert processing.log_lines(job["ProcessingJobName"]) == ["['b']"]


def test_a_manifest_of_a_thousand_objects_keeps_their_folders(processing):
    names = [f"churn/AllTraffic/2026/02/19/{number % 24:02d}/{number:04d}.jsonl" for number in range(1000)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: processing.put(f"captured/{name}", name), names))
    manifest = processing.put("m.json", json.dumps([{"prefix": f"s3://{processing.bucket}/captured/"}, *names]))
    job = processing.run(
        """
        from pathlib import Path
        root = Path("processing/input/captured")
        files = [path for path in root.rglob("*") if path.is_file()]
        print(len(files), all(path.read_text() == str(path.relative_to(root)) for path in files))
        """,
        processing.input("captured", manifest, S3DataType="ManifestFile"),
    )
    assert processing.log_lines(job["ProcessingJobName"]) == ["1000 True"]


def test_objects_are_shared_out_over_the_instances(processing):
    for number in range(4):
        processing.put(f"shards/{number}", "x")
    name = processing.start(
        """
        import json, os
        config = json.load(open("config/resourceconfig.json"))
        print(config["current_host"], config["hosts"], sorted(os.listdir("processing/input/data")))
        """,
        processing.input("data", f"s3://{processing.bucket}/shards/", S3DataDistributionType="ShardedByS3Key"),
        count=2,
    )
    assert processing.wait(name)["ProcessingJobStatus"] == "Completed"
    assert processing.log_lines(name, "algo-1") == ["algo-1 ['algo-1', 'algo-2'] ['0', '2']"]
    assert processing.log_lines(name, "algo-2") == ["algo-2 ['algo-1', 'algo-2'] ['1', '3']"]


def test_missing_input_fails_the_job_and_names_the_place(processing):
    job = processing.run("print()", processing.input("data", f"s3://{processing.bucket}/nothing/"))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Failed to download data. No S3 objects found under S3 URL")
    assert "nothing/" in job["FailureReason"]


def test_an_upload_that_is_interrupted_fails_the_job_and_names_the_output(processing):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    processing.aws.client("s3").create_bucket(Bucket=bucket)
    output = processing.output("out", "x")
    output["S3Output"]["S3Uri"] = f"s3://{bucket}/x"
    name = processing.start(
        """
        import time
        print("begun", flush=True)
        time.sleep(1)
        open("processing/output/out/file", "w").write("x")
        """,
        outputs=[output],
    )
    processing.wait_for_line(name, "begun")
    processing.aws.client("s3").delete_bucket(Bucket=bucket)
    job = processing.wait(name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert f"Failed to upload output out to s3://{bucket}/x" in job["FailureReason"]


def test_a_continuous_output_is_in_s3_while_the_job_runs(processing):
    name = processing.start(
        """
        import time
        open("processing/output/live/early", "w").write("first")
        print("begun", flush=True)
        time.sleep(60)
        """,
        outputs=[processing.output("live", "live", "Continuous")],
    )
    processing.wait_for_line(name, "begun")
    deadline = time.monotonic() + 10
    while not processing.keys("live/") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processing.get("live/early") == b"first"
    assert processing.wait(name, "InProgress")
    processing.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert processing.wait(name)["ProcessingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"LocalPath": "/data"}, "LocalPath must begin with /opt/ml/processing/"),
        ({"LocalPath": f"{PROCESSING}/../code"}, "LocalPath must begin with /opt/ml/processing/"),
        ({"S3InputMode": "Pipe"}, "S3InputMode Pipe; set it to File"),
    ],
)
def test_what_an_input_can_not_be_is_refused(processing, change, message):
    request = processing.request("print()", processing.input("data", f"s3://{processing.bucket}/x", **change))
    with pytest.raises(ClientError, match=message):
        processing.sagemaker.create_processing_job(**request)
