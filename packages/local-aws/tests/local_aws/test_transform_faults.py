"""Transform jobs that fail, are stopped or are refused: a bad row, a model that does not answer, a missing object."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError


def test_a_bad_row_costs_its_own_object_only_and_the_log_names_the_record(transforms):
    transforms.put("in/bad.csv", "1\nbad\n3\n")
    transforms.put("in/good.csv", "1\n2\n")
    name = transforms.start(BatchStrategy="SingleRecord")
    job = transforms.wait(name)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: See job logs for more information")
    assert f"{transforms.bucket}/in/bad.csv: record 2: ClientError: 400" in job["FailureReason"]
    assert transforms.keys() == ["out/good.csv.out"]
    log = "\n".join(transforms.lines(name, data_log=True))
    assert f"[sagemaker logs]: {transforms.bucket}/in/bad.csv: record 2: ClientError: 400" in log
    assert "could not convert 'bad' to float" in log


def test_a_record_that_a_filter_can_not_read_is_named(transforms):
    transforms.put("in/a.csv", "1,2\n3\n")
    job = transforms.run(DataProcessing={"InputFilter": "$[1]"})
    assert "record 2: the record has nothing at $[1]" in job["FailureReason"]


def test_a_server_error_is_tried_again_as_often_as_asked(transforms):
    flaky = """
        calls = []
        def predict(self, body):
            calls.append(body)
            self.answer(500 if len(calls) < 3 else 200, b"later")
        Handler.predict = predict
    """
    transforms.put("in/a.csv", "1\n")
    config = {"InvocationsMaxRetries": 2, "InvocationsTimeoutInSeconds": 10}
    assert transforms.run(flaky, ModelClientConfig=config)["TransformJobStatus"] == "Completed"
    config["InvocationsMaxRetries"] = 1
    job = transforms.run(flaky, ModelClientConfig=config)
    assert job["FailureReason"].startswith("AlgorithmError: See job logs")


def test_a_model_that_is_too_slow_fails_the_object(transforms):
    transforms.put("in/a.csv", "1\n")
    slow = "Handler.predict = lambda self, body: time.sleep(30)"
    config = {"InvocationsMaxRetries": 0, "InvocationsTimeoutInSeconds": 1}
    job = transforms.run(slow, ModelClientConfig=config)
    assert (job["TransformJobStatus"], "no answer from the model" in job["FailureReason"]) == ("Failed", True)


def test_a_model_that_does_not_start_fails_the_job_with_its_last_words(transforms):
    transforms.put("in/a.csv", "1\n")
    job = transforms.run("sys.exit('the model is corrupt')")
    assert job["TransformJobStatus"] == "Failed"
    assert "the model is corrupt" in job["FailureReason"]
    assert "production variant" not in job["FailureReason"]


def test_stop_ends_the_model_server_and_the_job_is_stopped(transforms):
    transforms.put("in/a.csv", "1\n")
    name = transforms.start("Handler.predict = lambda self, body: time.sleep(60)")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not _begun(transforms, name):
        time.sleep(0.1)
    transforms.sagemaker.stop_transform_job(TransformJobName=name)
    assert transforms.wait(name)["TransformJobStatus"] == "Stopped"
    assert transforms.keys() == []


def _begun(transforms, name):
    try:
        return bool(transforms.bodies(name))
    except ClientError:
        return False


def test_an_output_bucket_that_is_not_there_fails_the_job_by_name(transforms):
    transforms.put("in/a.csv", "1\n")
    request = transforms.request()
    request["TransformOutput"]["S3OutputPath"] = "s3://no-such-bucket-here/out"
    transforms.sagemaker.create_transform_job(**request)
    job = transforms.wait(request["TransformJobName"])
    assert (job["TransformJobStatus"], "in/a.csv" in job["FailureReason"]) == ("Failed", True)


def test_missing_input_fails_the_job(transforms):
    job = transforms.run()
    assert job["FailureReason"].startswith("ClientError: No S3 objects found under S3 URL")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"split": "RecordIO"}, "SplitType RecordIO: set it to Line or None"),
        ({"split": "TFRecord"}, "SplitType TFRecord: set it to Line or None"),
        ({"model": "no-such-model"}, "Could not find model"),
        ({"DataProcessing": {"InputFilter": "$[?(@.a)]"}}, "is no path of batch transform: write such as"),
        ({"DataProcessing": {"JoinSource": "Input"}, "accept": "application/json"}, "can't join text/csv with"),
        (
            {"DataProcessing": {"InputFilter": "$[0]"}, "content_type": "image/png"},
            "needs a TransformInput.ContentType",
        ),
        ({"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 4}, "can't exceed 100"),
    ],
)
def test_what_can_not_be_run_as_asked_is_refused(transforms, members, message):
    with pytest.raises(ClientError) as caught:
        transforms.start(**members)
    assert message in str(caught.value)
