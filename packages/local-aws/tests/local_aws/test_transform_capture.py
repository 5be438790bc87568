"""What a transform job with DataCaptureConfig leaves: manifests, and predictions with ids."""

from __future__ import annotations

import json
import re
from datetime import UTC
from typing import Any

import pytest

from local_aws.files.storage import Location
from local_aws.sagemaker.input_objects import InputObject
from local_aws.sagemaker.transform_capture import InferenceIds, check_capture, write_manifests
from local_aws.sagemaker.transform_filters import FilterError

START = 1661518155.5
"""2022-08-26T12:49:15.5Z."""
ID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = "2022-08-26T12:49:15Z"


def details(accept: str | None = "text/csv", split: str = "Line", **capture: Any) -> dict[str, Any]:
    return {
        "TransformStartTime": START,
        "TransformInput": {"ContentType": "text/csv", "SplitType": split},
        "TransformOutput": {"S3OutputPath": "s3://outputs/run", **({"Accept": accept} if accept else {})},
        "DataCaptureConfig": {"DestinationS3Uri": "s3://captures/batch/", **capture},
    }


def added(body: bytes, accept: str | None = "text/csv", split: str = "Line") -> bytes:
    ids = InferenceIds.of(details(accept, split, GenerateInferenceId=True))
    assert ids
    return ids.added(body)


@pytest.mark.parametrize("accept", ["text/csv", "text/csv; charset=utf-8", None])
def test_csv_predictions_get_two_last_columns(accept: str | None) -> None:
    lines = added(b"0.5,a\n1\r\n", accept).decode().split("\n")
    assert re.fullmatch(f"0.5,a,{ID},{MOMENT}", lines[0])
    assert re.fullmatch(f"1,{ID},{MOMENT}\r", lines[1])
    assert lines[2:] == [""]


@pytest.mark.parametrize("accept, split", [("application/jsonlines", "None"), ("application/json", "Line")])
def test_json_lines_get_two_members_each(accept: str, split: str) -> None:
    lines = [json.loads(line) for line in added(b'{"a":1}\n{"a":2}', accept, split).splitlines()]
    assert [line["a"] for line in lines] == [1, 2]
    assert len({line["SageMakerInferenceId"] for line in lines}) == 2
    assert {line["SageMakerInferenceTime"] for line in lines} == {MOMENT}


def test_one_json_document_is_one_prediction() -> None:
    value = json.loads(added(b"[\n1,\n2]\n", "application/json", "None"))
    assert value.pop("SageMakerOutput") == [1, 2]
    assert value.keys() == {"SageMakerInferenceId", "SageMakerInferenceTime"}


def test_a_prediction_that_is_no_json_can_not_get_an_id() -> None:
    with pytest.raises(FilterError, match="can't get an inference id"):
        added(b"0.5,0.6", "application/jsonlines")


def test_ids_need_an_output_that_aws_can_read() -> None:
    check_capture(details("image/png"))
    check_capture(details(None, GenerateInferenceId=True))
    with pytest.raises(FilterError, match=r"GenerateInferenceId needs .*, not image/png"):
        check_capture(details("image/png", GenerateInferenceId=True))


def test_without_the_flag_predictions_stay_as_they_are() -> None:
    assert InferenceIds.of(details(GenerateInferenceId=False)) is None


class Puts:
    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.members: list[dict[str, Any]] = []

    def put_object(self, **members: Any) -> None:
        self.objects[f"{members['Bucket']}/{members['Key']}"] = json.loads(members["Body"])
        self.members.append(members)


def manifests(*objects: tuple[str, str], **capture: Any) -> tuple[list[Any], list[Any], Puts]:
    """The manifests of the input and the output, of objects with these keys and names."""
    puts = Puts()
    write_manifests(puts, details(**capture), [InputObject(Location("inputs", key), name) for key, name in objects])
    (input_key, input_manifest), (output_key, output_manifest) = puts.objects.items()
    assert re.fullmatch(rf"captures/batch/input/2022/08/26/12/{ID}\.jsonl", input_key)
    assert re.fullmatch(rf"captures/batch/output/2022/08/26/12/{ID}\.jsonl", output_key)
    return input_manifest, output_manifest, puts


def test_manifests_name_what_was_read_and_written() -> None:
    read, written, puts = manifests(("in/a.csv", "a.csv"), ("in/deep/b.csv", "deep/b.csv"), KmsKeyId="key")
    assert read == [{"prefix": "s3://inputs/in/"}, "a.csv", "deep/b.csv"]
    assert written == [{"prefix": "s3://outputs/run/"}, "a.csv.out", "deep/b.csv.out"]
    assert {put["SSEKMSKeyId"] for put in puts.members} == {"key"}


def test_a_prefix_within_a_name_has_the_common_folder() -> None:
    read, _, _ = manifests(("in/train/a", "a"), ("in/train-old/a", "train-old/a"))
    assert read == [{"prefix": "s3://inputs/in/"}, "train/a", "train-old/a"]


def test_a_job_without_capture_writes_nothing() -> None:
    puts = Puts()
    write_manifests(puts, {**details(), "DataCaptureConfig": None}, [])
    assert not puts.objects


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
