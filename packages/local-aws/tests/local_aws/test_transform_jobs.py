"""Batch transform really predicts: objects in order, split, joined, filtered, and one bad row as AWS treats it."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from datetime import UTC

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import OVER

DOUBLE = """
    def predict(self, body):
        lines = body.decode().split("\\n")
        if any("bad" in line for line in lines):
            return self.answer(400, b"could not convert 'bad' to float")
        numbers = [float(line.split(",")[0]) * 2 for line in lines]
        self.answer(200, ("\\n".join(str(number) for number in numbers) + "\\n").encode())
    Handler.predict = predict
"""
"""Twice the first column of each line; 400 for a line with "bad" in it."""
ECHO = "Handler.predict = lambda self, body: self.answer(200, b'<' + body + b'>')"


class Transforms:
    def __init__(self, aws, bucket, endpoints):
        self.aws, self.bucket, self.endpoints = aws, bucket, endpoints
        self.sagemaker = aws.client("sagemaker")

    def put(self, key, body):
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def get(self, key):
        return self.aws.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()

    def keys(self, prefix="out/"):
        listing = self.aws.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in listing.get("Contents", ())]

    def request(self, predict=DOUBLE, *, split="Line", source=None, accept=None, model=None, **members):
        data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/in/", **(source or {})}
        content = {"ContentType": members.pop("content_type", "text/csv"), "SplitType": split}
        compression = members.pop("compression", "None")
        output = {"S3OutputPath": f"s3://{self.bucket}/out", "AssembleWith": members.pop("assemble", "Line")}
        return {
            "TransformJobName": f"transform-{uuid.uuid4().hex[:12]}",
            "ModelName": model or self.endpoints.model(server(predict)),
            "TransformInput": {"DataSource": {"S3DataSource": data}, **content, "CompressionType": compression},
            "TransformOutput": {**output, **({"Accept": accept} if accept else {})},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": members.pop("count", 1)},
            **members,
        }

    def start(self, *arguments, **members):
        request = self.request(*arguments, **members)
        self.sagemaker.create_transform_job(**request)
        return request["TransformJobName"]

    def run(self, *arguments, **members):
        return self.wait(self.start(*arguments, **members))

    def wait(self, name, *states):
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            job = self.sagemaker.describe_transform_job(TransformJobName=name)
            if job["TransformJobStatus"] in (states or OVER):
                return job
            time.sleep(0.02)
        raise AssertionError(f"{name} is still {job['TransformJobStatus']}")

    def lines(self, name, *, data_log):
        logs = self.aws.client("logs")
        group = "/aws/sagemaker/TransformJobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
        names = [item["logStreamName"] for item in streams if item["logStreamName"].endswith("/data-log") == data_log]
        pages = [logs.get_log_events(logGroupName=group, logStreamName=item)["events"] for item in names]
        return [event["message"] for events in pages for event in events]

    def bodies(self, name):
        """What the model's server was sent."""
        return [line.removeprefix("got ") for line in self.lines(name, data_log=False) if line.startswith("got ")]


@pytest.fixture
def transforms(plain_aws, bucket, endpoints: PlainEndpoints):
    return Transforms(plain_aws, bucket, endpoints)


def test_lines_are_predicted_in_order_and_keys_keep_their_places(transforms):
    rows = [str(number) for number in range(500)]
    transforms.put("in/a.csv", "\n".join(rows) + "\n")
    transforms.put("in/deep/b.csv", "7")
    job = transforms.run(MaxConcurrentTransforms=4, BatchStrategy="SingleRecord")
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert transforms.keys() == ["out/a.csv.out", "out/deep/b.csv.out"]
    assert transforms.get("out/a.csv.out").split() == [str(number * 2.0) for number in range(500)]
    assert transforms.get("out/deep/b.csv.out") == "14.0\n"


def test_a_multi_record_batch_holds_as_many_lines_as_the_payload_allows(transforms):
    line = "1," + "x" * 400_000
    transforms.put("in/a.csv", "\n".join([line] * 5))
    name = transforms.start(MaxPayloadInMB=1, BatchStrategy="MultiRecord")
    assert transforms.wait(name)["TransformJobStatus"] == "Completed"
    assert len(transforms.bodies(name)) == 3
    assert transforms.get("out/a.csv.out") == "2.0\n" * 5


def test_without_splitting_an_object_is_one_request_and_stays_as_it_is(transforms):
    transforms.put("in/image", b"one\ntwo\n")
    transforms.run(ECHO, split="None", assemble="None", content_type="application/x-image")
    assert transforms.get("out/image.out") == "<one\ntwo\n>"


def test_gzip_is_unpacked_before_it_is_split(transforms):
    transforms.put("in/a.csv.gz", gzip.compress(b"1\n2\n"))
    transforms.run(compression="Gzip")
    assert transforms.get("out/a.csv.gz.out") == "2.0\n4.0\n"


def test_csv_columns_are_filtered_before_and_joined_after(transforms):
    transforms.put("in/a.csv", 'id-1,3,"x, y"\nid-2,4,z\n')
    filters = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    transforms.run(accept="text/csv", DataProcessing=filters)
    assert transforms.get("out/a.csv.out") == "id-1,6.0\nid-2,8.0\n"


def test_json_lines_are_joined_as_sagemaker_output(transforms):
    transforms.put("in/a.jsonl", '{"id": 1, "features": [3, 4]}\n{"id": 2, "features": [5]}\n')
    predict = """
        def predict(self, body):
            sums = [json.dumps({"sum": sum(json.loads(line))}) for line in body.decode().split("\\n")]
            self.answer(200, "\\n".join(sums).encode())
        Handler.predict = predict
    """
    filters = {"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"}
    kind = "application/jsonlines"
    job = transforms.run(predict, content_type=kind, accept=kind, DataProcessing=filters)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert [json.loads(line) for line in transforms.get("out/a.jsonl.out").splitlines()] == [
        {"id": 1, "SageMakerOutput": {"sum": 7}},
        {"id": 2, "SageMakerOutput": {"sum": 5}},
    ]


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


def test_the_container_gets_the_batch_variables_and_the_jobs(transforms):
    transforms.put("in/a.csv", "1\n")
    names = "('SAGEMAKER_BATCH', 'SAGEMAKER_BATCH_STRATEGY', 'SAGEMAKER_MAX_PAYLOAD_IN_MB', 'COLOUR')"
    predict = (
        f"Handler.predict = lambda self, body: self.answer(200, repr([os.environ.get(n) for n in {names}]).encode())"
    )
    transforms.run(predict, BatchStrategy="SingleRecord", MaxPayloadInMB=3, Environment={"COLOUR": "red"})
    assert transforms.get("out/a.csv.out") == "['true', 'SINGLE_RECORD', '3', 'red']\n"


def test_what_the_request_leaves_open_the_container_may_choose(transforms):
    predict = """
        ask = {"MaxConcurrentTransforms": 2, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 1}
        def get(self):
            self.answer(200, json.dumps(ask).encode() if self.path == "/execution-parameters" else b"")
        Handler.do_GET = get
    """
    transforms.put("in/a.csv", "1\n2\n")
    name = transforms.start(predict)
    job = transforms.wait(name)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert len(transforms.bodies(name)) == 2
    assert "MaxConcurrentTransforms=2, MaxPayloadInMB=1, BatchStrategy=SINGLE_RECORD" in "".join(
        transforms.lines(name, data_log=True)
    )


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


def test_jobs_are_listed_with_their_status(transforms):
    transforms.put("in/a.csv", "1\n")
    name = transforms.start()
    transforms.wait(name)
    (summary,) = transforms.sagemaker.list_transform_jobs(NameContains=name)["TransformJobSummaries"]
    assert (summary["TransformJobName"], summary["TransformJobStatus"]) == (name, "Completed")


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


def test_a_job_with_capture_leaves_manifests_and_ids(transforms):
    transforms.put("in/a.csv", "1\n2\n")
    capture = {"DestinationS3Uri": f"s3://{transforms.bucket}/captured", "GenerateInferenceId": True}
    job = transforms.run(accept="text/csv", DataCaptureConfig=capture)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert job["DataCaptureConfig"] == capture
    rows = [line.split(",") for line in transforms.get("out/a.csv.out").splitlines()]
    assert [row[0] for row in rows] == ["2.0", "4.0"]
    assert {row[2] for row in rows} == {f"{job['TransformStartTime'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    read, written = [json.loads(transforms.get(key)) for key in transforms.keys("captured/")]
    assert read == [{"prefix": f"s3://{transforms.bucket}/in/"}, "a.csv"]
    assert written == [{"prefix": f"s3://{transforms.bucket}/out/"}, "a.csv.out"]


def test_a_failed_job_captures_nothing(transforms):
    transforms.put("in/a.csv", "bad\n")
    job = transforms.run(DataCaptureConfig={"DestinationS3Uri": f"s3://{transforms.bucket}/captured"})
    assert (job["TransformJobStatus"], transforms.keys("captured/")) == ("Failed", [])


def test_describe_has_what_the_request_left_out(transforms):
    request = transforms.request()
    left_out = {"SplitType": "TransformInput", "CompressionType": "TransformInput", "AssembleWith": "TransformOutput"}
    for name, member in left_out.items():
        del request[member][name]
    transforms.sagemaker.create_transform_job(**request)
    job = transforms.wait(request["TransformJobName"])
    assert (job["TransformInput"]["SplitType"], job["TransformInput"]["CompressionType"]) == ("None", "None")
    assert (job["TransformOutput"]["AssembleWith"], job["TransformOutput"]["KmsKeyId"]) == ("None", "")
    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
