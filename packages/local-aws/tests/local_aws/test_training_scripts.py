"""Training on the real image: files that are read on demand, a model to go on from, a program of the request's own."""

from __future__ import annotations

import pytest

from tests.local_aws.script_jobs import running_script_jobs

LAZY = """
    import boto3, os, time
    folder = "/opt/ml/input/data/training"
    for base, folders, names in sorted(os.walk(folder)):
        for name in sorted(names):
            print("sees", os.path.relpath(os.path.join(base, name), folder), os.path.getsize(os.path.join(base, name)))
    print("read", open(f"{folder}/early.txt").read())
    print("waiting")
    s3 = boto3.client("s3")
    while "Contents" in s3.list_objects_v2(Bucket="scripts", Prefix="lazy/late.txt"):
        time.sleep(0.05)
    with open(f"{folder}/deep/large.bin", "rb") as file:
        file.seek(2_500_004)
        print("middle", file.read(8))
    try:
        open(f"{folder}/late.txt").read()
    except OSError as error:
        print("late", error.strerror)
"""
WEIGHTS = """
    import glob, tarfile, joblib, numpy
    from sklearn.linear_model import SGDRegressor
    x = numpy.linspace(-1, 1, 50).reshape(-1, 1)
    model = SGDRegressor(random_state=0, learning_rate="constant", eta0=0.01)
    for archive in glob.glob("/opt/ml/input/data/model/*"):
        print("given", archive)
        with tarfile.open(archive) as opened:
            opened.extractall("/tmp/earlier")
        model = joblib.load("/tmp/earlier/model.joblib")
    for _ in range(5):
        model.partial_fit(x, 3 * x.ravel())
    print("slope", model.coef_[0])
    print("steps", model.t_)
    joblib.dump(model, "/opt/ml/model/model.joblib")
"""


@pytest.fixture(scope="module")
def scripts():
    with running_script_jobs() as jobs:
        yield jobs


def test_fast_file_shows_every_object_and_fetches_what_is_read(scripts):
    for name, content in (("early.txt", "first"), ("late.txt", "last"), ("deep/large.bin", b"01234567" * 500_000)):
        scripts.put(f"lazy/{name}", content)
    channel = {**scripts.channel("training", "lazy/"), "InputMode": "FastFile"}
    name = scripts.start(LAZY, channels=[channel])
    scripts.wait_for_line(name, "waiting")
    scripts.aws.client("s3").delete_object(Bucket="scripts", Key="lazy/late.txt")
    job = scripts.wait(name, seconds=60)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    if any("can't mount" in line for line in scripts.host_lines(name)):
        pytest.skip("this machine can't mount a channel")
    assert scripts.printed(job, "sees") == ["early.txt 5", "late.txt 4", "deep/large.bin 4000000"]
    assert scripts.printed(job, "read") == ["first"]
    assert scripts.printed(job, "middle") == ["b'45670123'"]
    assert scripts.printed(job, "late") == ["Input/output error"], "it was not read before, so it was never fetched"


def test_a_second_training_goes_on_from_the_weights_of_the_first(scripts):
    first = scripts.completed(WEIGHTS)
    archive = first["ModelArtifacts"]["S3ModelArtifacts"]
    source = {"S3DataType": "S3Prefix", "S3Uri": archive, "S3DataDistributionType": "FullyReplicated"}
    channel = {
        "ChannelName": "model",
        "ContentType": "application/x-sagemaker-model",
        "InputMode": "File",
        "DataSource": {"S3DataSource": source},
    }
    second = scripts.completed(WEIGHTS, channels=[channel])
    assert scripts.printed(second, "given") == ["/opt/ml/input/data/model/model.tar.gz"]
    assert [scripts.printed(job, "steps") for job in (first, second)] == [["251.0"], ["501.0"]]
    slopes = [float(scripts.printed(job, "slope")[0]) for job in (first, second)]
    assert abs(3 - slopes[1]) < abs(3 - slopes[0])


def test_an_entrypoint_of_the_request_runs_instead_of_the_images_program(scripts):
    own = {"ContainerEntrypoint": ["/bin/bash"], "ContainerArguments": ["-c", "echo told $0; echo from $(pwd)"]}
    job = scripts.completed("pass", algorithm=own)
    assert scripts.host_lines(job["TrainingJobName"]) == ["told /bin/bash", "from /opt/ml"]


def test_an_entrypoint_that_fails_is_reported_with_its_exit_code(scripts):
    own = {"ContainerEntrypoint": ["/bin/sh", "-c", "exit 7"]}
    job = scripts.wait(scripts.start("pass", algorithm=own), seconds=60)
    assert job["FailureReason"] == "AlgorithmError: , exit code: 7"
