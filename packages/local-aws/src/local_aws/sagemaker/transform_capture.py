"""Data capture of a batch transform job: manifests of what it read and wrote, and an id for each prediction.

Source: "Capture data from batch transform job" (developer guide). It names neither a manifest's file name, nor what is
captured of a job that fails: here a random name, and nothing.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.files.storage import Location
from local_aws.sagemaker.input_objects import InputObject
from local_aws.sagemaker.transform_filters import FORMATS, FilterError, media_type

Details = Mapping[str, Any]
SUFFIX = ".out"
"""The end of an output object's key."""


def check_capture(request: Details) -> None:
    """Raise `FilterError` if predictions can't get ids: AWS supports CSV, JSON and JSON Lines."""
    kind = _output_type(request)
    if _generates_ids(request) and kind not in FORMATS:
        raise FilterError(
            f"DataCaptureConfig.GenerateInferenceId needs a TransformOutput.Accept (or, without it, a "
            f"TransformInput.ContentType) of {', '.join(FORMATS)}, not {kind}."
        )


@dataclass(frozen=True)
class InferenceIds:
    """Adds an id and the job's start time to each prediction."""

    moment: str
    is_csv: bool
    by_line: bool

    @classmethod
    def of(cls, details: Details) -> InferenceIds | None:
        """The ids of a running job, from Describe's response; None if it generates none."""
        if not _generates_ids(details):
            return None
        kind = _output_type(details)
        by_line = kind != "application/json" or details["TransformInput"].get("SplitType") == "Line"
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(details["TransformStartTime"]))
        return cls(moment, kind == "text/csv", by_line)

    def added(self, body: bytes) -> bytes:
        """A response of the model with an id in each of its predictions. Raises `FilterError` for unreadable JSON."""
        if not self.by_line:
            return self._with_id(body)
        lines = body.split(b"\n")
        return b"\n".join(self._with_id(line) if line.strip() else line for line in lines)

    def _with_id(self, prediction: bytes) -> bytes:
        if self.is_csv:
            ending = b"\r" if prediction.endswith(b"\r") else b""
            columns = f",{uuid.uuid4()},{self.moment}".encode()
            return prediction.removesuffix(ending) + columns + ending
        try:
            value = json.loads(prediction)
        except ValueError as error:
            raise FilterError(f"{prediction[:80]!r} can't be read, so it can't get an inference id: {error}") from error
        members = value if isinstance(value, dict) else {"SageMakerOutput": value}
        members = {**members, "SageMakerInferenceId": str(uuid.uuid4()), "SageMakerInferenceTime": self.moment}
        return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()


def write_manifests(s3: Any, details: Details, objects: list[InputObject]) -> None:
    """Write which objects a job has read and written, in the folder of the hour (UTC) in which it started."""
    capture = details.get("DataCaptureConfig")
    if capture is None:
        return
    output = Location.parse(details["TransformOutput"]["S3OutputPath"]) / ""
    written = [f"{item.name}{SUFFIX}" for item in objects]
    hour = time.strftime("%Y/%m/%d/%H", time.gmtime(details["TransformStartTime"]))
    key = capture.get("KmsKeyId")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    for tree, manifest in (("input", _read(objects)), ("output", [{"prefix": str(output)}, *written])):
        target = Location.parse(capture["DestinationS3Uri"]) / f"{tree}/{hour}/{uuid.uuid4()}.jsonl"
        s3.put_object(Bucket=target.bucket, Key=target.key, Body=json.dumps(manifest), **encryption)


def _read(objects: list[InputObject]) -> list[Any]:
    """The manifest of the input: names relative to the input, or to the folder that all have in common."""
    bases = {item.location.key.removesuffix(item.name) for item in objects}
    base = bases.pop() if len(bases) == 1 else _common_folder(item.location.key for item in objects)
    bucket = objects[0].location.bucket
    return [{"prefix": f"s3://{bucket}/{base}"}, *(item.location.key[len(base) :] for item in objects)]


def _common_folder(keys: Iterable[str]) -> str:
    first, *others = sorted(keys)
    length = next((i for i, pair in enumerate(zip(first, others[-1], strict=False)) if pair[0] != pair[1]), len(first))
    return first[: first.rfind("/", 0, length) + 1]


def _generates_ids(details: Details) -> bool:
    return bool(details.get("DataCaptureConfig", {}).get("GenerateInferenceId"))


def _output_type(details: Details) -> str | None:
    accept = media_type(details["TransformOutput"].get("Accept"))
    return accept or media_type(details["TransformInput"].get("ContentType"))
