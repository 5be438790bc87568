"""Batch transform really predicts: objects in order, split, joined and filtered, and as its job describes."""

from __future__ import annotations

import gzip
import json

from tests.local_aws.plain_transforms import ECHO


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


def test_jobs_are_listed_with_their_status(transforms):
    transforms.put("in/a.csv", "1\n")
    name = transforms.start()
    transforms.wait(name)
    (summary,) = transforms.sagemaker.list_transform_jobs(NameContains=name)["TransformJobSummaries"]
    assert (summary["TransformJobName"], summary["TransformJobStatus"]) == (name, "Completed")


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
