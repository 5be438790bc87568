"""Input modes: Pipe as named pipes per epoch, FastFile as files that are read on demand, manifests, shares of hosts."""

from __future__ import annotations

import gzip
import json
import struct

import pytest
from botocore.exceptions import ClientError

READ_EPOCHS = """
    import json, time
    read = []
    for epoch in range(2):
        with open(f"input/data/training_{epoch}", "rb") as pipe:
            read.append(pipe.read().decode("latin-1"))
    print(json.dumps(read))
"""


def run_with(jobs, script, *channels, **members):
    request = jobs.request(script, **members)
    request["InputDataConfig"] += channels
    jobs.aws.client("sagemaker").create_training_job(**request)
    return jobs.wait(request["TrainingJobName"])


def piped(jobs, prefix="data/", data_type="S3Prefix", source=None, **members):
    described = {"S3DataType": data_type, "S3Uri": f"s3://{jobs.bucket}/{prefix}", **(source or {})}
    return {"ChannelName": "training", "InputMode": "Pipe", "DataSource": {"S3DataSource": described}, **members}


def epochs(jobs, *channels):
    job = run_with(jobs, READ_EPOCHS, *channels)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return json.loads(jobs.log_lines(job["TrainingJobName"])[0])


def records(stream):
    """The records of RecordIO data."""
    data, contents = stream.encode("latin-1"), []
    while data:
        magic, length = struct.unpack("<II", data[:8])
        assert magic == 0xCED7230A
        contents.append(data[8 : 8 + length])
        data = data[8 + length + (-length % 4) :]
    return contents


def test_a_pipe_per_epoch_streams_all_objects_in_order(jobs):
    jobs.put("data/a", "1,2\n")
    jobs.put("data/b", "3,4\n")
    assert epochs(jobs, piped(jobs)) == ["1,2\n3,4\n", "1,2\n3,4\n"]


def test_gzip_is_undone_on_the_way(jobs):
    jobs.put("data/a.gz", gzip.compress(b"first ") + gzip.compress(b"second"))
    assert epochs(jobs, piped(jobs, CompressionType="Gzip"))[0] == "first second"


def test_recordio_makes_each_object_a_record(jobs):
    jobs.put("data/a", "abc")
    jobs.put("data/b", "12345678")
    assert records(epochs(jobs, piped(jobs, RecordWrapperType="RecordIO"))[0]) == [b"abc", b"12345678"]


def test_shuffling_gives_each_epoch_an_order_that_the_seed_decides(jobs):
    for number in range(20):
        jobs.put(f"data/{number:02}", f"{number:02} ")
    first, second = epochs(jobs, piped(jobs, ShuffleConfig={"Seed": 7}))
    assert sorted(first.split()) == sorted(second.split()) == [f"{number:02}" for number in range(20)]
    assert first != second
    assert epochs(jobs, piped(jobs, ShuffleConfig={"Seed": 7})) == [first, second]
    assert epochs(jobs, piped(jobs, ShuffleConfig={"Seed": 8})) != [first, second]


def test_an_augmented_manifest_streams_the_attributes_of_each_line(jobs):
    lines = [{"image-ref": jobs.put(f"images/{name}", name * 3), "label": {"class": name}} for name in ("cat", "dog")]
    jobs.put("images.manifest", "\n".join(map(json.dumps, lines)))
    source = {"AttributeNames": ["image-ref", "label"]}
    channel = piped(jobs, "images.manifest", "AugmentedManifestFile", source, RecordWrapperType="RecordIO")
    expected = [b"catcatcat", b'{"class": "cat"}', b"dogdogdog", b'{"class": "dog"}']
    assert records(epochs(jobs, channel)[0]) == expected


def test_a_line_without_the_attribute_fails_the_job_with_the_line(jobs):
    jobs.put("images.manifest", '{"label": 1}\n{"lable": 2}')
    channel = piped(jobs, "images.manifest", "AugmentedManifestFile", {"AttributeNames": ["label"]})
    job = run_with(jobs, READ_EPOCHS, channel)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:A line of s3://")
    assert "has no attribute 'label': {\"lable\": 2}" in job["FailureReason"]


def test_a_program_may_stop_reading_early(jobs):
    jobs.put("data/large", "x" * 3_000_000)
    script = """
        for epoch in range(3):
            with open(f"input/data/training_{epoch}", "rb", buffering=0) as pipe:
                print(len(pipe.read(10)))
    """
    job = run_with(jobs, script, piped(jobs))
    assert jobs.log_lines(job["TrainingJobName"]) == ["10", "10", "10"]


def test_the_jobs_own_input_mode_holds_for_channels_that_name_none(jobs):
    jobs.put("data/a", "whole")
    request = jobs.request(READ_EPOCHS)
    request["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    request["InputDataConfig"][0]["InputMode"] = "File"
    request["InputDataConfig"].append(jobs.channel("training", "data/"))
    jobs.aws.client("sagemaker").create_training_job(**request)
    job = jobs.wait(request["TrainingJobName"])
    assert json.loads(jobs.log_lines(job["TrainingJobName"])[0]) == ["whole", "whole"]


def test_where_a_machine_cannot_mount_fast_file_copies_and_says_so(jobs):
    jobs.put("data/deep/a", "content")
    channel = {**jobs.channel("training", "data/"), "InputMode": "FastFile"}
    job = run_with(jobs, "print(open('input/data/training/deep/a').read())", channel)
    warning, read = jobs.log_lines(job["TrainingJobName"])
    assert "can't mount a channel: training (FastFile) is copied before the start" in warning
    assert read == "content"


def test_a_copied_fast_file_channel_is_read_only(jobs):
    jobs.put("data/a", "content")
    channels = [{**jobs.channel("training", "data/"), "InputMode": "FastFile"}, jobs.channel("test", "data/")]
    request = jobs.request("import os; print(os.environ['READ_ONLY'])")
    request["InputDataConfig"] += channels
    jobs.aws.client("sagemaker").create_training_job(**request)
    jobs.wait(request["TrainingJobName"])
    assert jobs.log_lines(request["TrainingJobName"])[-1] == "input/data/training"


def test_data_that_does_not_fit_on_the_volume_fails_as_on_sagemaker(jobs, monkeypatch):
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    body = b"\0" * (64 * 1024 * 1024)
    s3 = jobs.aws.client("s3")
    for number in range(17):
        jobs.put(f"huge/{number}", body) if number == 0 else s3.copy_object(
            Bucket=jobs.bucket, Key=f"huge/{number}", CopySource=f"{jobs.bucket}/huge/0"
        )
    job = run_with(jobs, "pass", jobs.channel("training", "huge/"), ResourceConfig=resources)
    assert job["FailureReason"] == "ClientError: Data download failed:Insufficient disk space"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"CompressionType": "Gzip", "InputMode": "File"}, "CompressionType can only be used with input mode Pipe"),
        ({"RecordWrapperType": "RecordIO", "InputMode": "FastFile"}, "RecordWrapperType can only be used with"),
    ],
)
def test_what_only_pipe_mode_can_do_is_refused_in_other_modes(jobs, change, message):
    jobs.put("data/a", "1")
    request = jobs.request("pass")
    request["InputDataConfig"].append({**piped(jobs), **change})
    with pytest.raises(ClientError, match=message):
        jobs.aws.client("sagemaker").create_training_job(**request)
