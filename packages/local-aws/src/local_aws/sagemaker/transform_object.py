"""The steps for one input object of a transform job: read, split, filter, predict, join, write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.storage import Location
from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.input_objects import InputObject
from local_aws.sagemaker.job_run import JobRun
from local_aws.sagemaker.transform_calls import Parameters, TransformError, invoke
from local_aws.sagemaker.transform_capture import SUFFIX, InferenceIds
from local_aws.sagemaker.transform_filters import FilterError, Filters
from local_aws.sagemaker.transform_records import Batch, RecordError, assemble, batches, decompressed, split


class ObjectTransform:
    """Called once per input object, from several threads."""

    def __init__(
        self,
        run: JobRun,
        chosen: Parameters,
        instances: Iterator[ModelInstance],
        calls: Executor,
        log: Callable[[str], None],
    ) -> None:
        self._run, self._chosen, self._instances, self._calls, self._log = run, chosen, instances, calls, log
        self._details: dict[str, Any] = run.record.details
        self._filters = Filters.of(self._details)
        self._ids = InferenceIds.of(self._details)

    def __call__(self, item: InputObject) -> TransformError | None:
        """Write the object's output, or log why it has none."""
        name = f"{item.location.bucket}/{item.location.key}"
        try:
            self._write(item, self._predicted(self._read(item)))
        except TransformError as error:
            failure = TransformError(error.kind, f"{name}: {error}", error.detail)
        except (RecordError, FilterError) as error:
            failure = TransformError("ClientError", f"{name}: {error}")
        except (ClientError, BotoCoreError, Boto3Error) as error:
            failure = TransformError("ClientError", f"{name}: {error}")
        else:
            return None
        for line in filter(None, [str(failure), *(f"{name}: {text}" for text in failure.detail.splitlines()[:20])]):
            self._log(line)
        return failure

    def _read(self, item: InputObject) -> list[bytes]:
        settings = self._details["TransformInput"]
        body = self._run.client("s3").get_object(Bucket=item.location.bucket, Key=item.location.key)["Body"].read()
        return split(decompressed(body, settings.get("CompressionType", "None")), settings.get("SplitType", "None"))

    def _predicted(self, records: list[bytes]) -> bytes:
        """All responses in order; several mini-batches go to the model at a time."""
        chosen = self._chosen
        bodies = [self._filtered(number, record) for number, record in enumerate(records, 1)]
        parts = batches(records, bodies, single=chosen.single, megabytes=chosen.megabytes)
        answers = [self._calls.submit(self._predict, batch) for batch in parts]
        try:
            predictions = [future.result() for future in answers]
        finally:
            for future in answers:
                future.cancel()
        return assemble(predictions, self._details["TransformOutput"].get("AssembleWith", "None"))

    def _filtered(self, number: int, record: bytes) -> bytes:
        try:
            return self._filters.to_model(record) if self._filters else record
        except FilterError as error:
            raise FilterError(f"record {number}: {error}") from error

    def _predict(self, batch: Batch) -> bytes:
        headers = {
            "Content-Type": self._details["TransformInput"].get("ContentType"),
            "Accept": self._details["TransformOutput"].get("Accept"),
        }
        values = {name: value for name, value in headers.items() if value}
        prediction = invoke(next(self._instances), batch, values, self._chosen, self._run.stopping.is_set)
        output = self._joined(batch, prediction) if self._filters else prediction
        return self._ids.added(output) if self._ids else output

    def _joined(self, batch: Batch, body: bytes) -> bytes:
        """The response's records, one for each of the batch, filtered and joined."""
        assert self._filters  # noqa: S101 (only called with filters)
        line_by_line = self._details["TransformInput"].get("SplitType") == "Line"
        predictions = split(body, "Line") if line_by_line else [body]
        if len(predictions) != len(batch.records):
            raise FilterError(
                f"records {batch.first} to {batch.last}: the model answered {len(predictions)} lines for "
                f"{len(batch.records)} records, so they can't be told apart: set Accept to text/csv if it then answers "
                "a line for each, or BatchStrategy to SingleRecord"
            )
        pairs = zip(batch.records, predictions, strict=True)
        return b"\n".join(self._filters.to_output(record, prediction) for record, prediction in pairs)

    def _write(self, item: InputObject, content: bytes) -> None:
        output = self._details["TransformOutput"]
        target = Location.parse(output["S3OutputPath"]) / f"{item.name}{SUFFIX}"
        key = output.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        self._run.client("s3").put_object(Bucket=target.bucket, Key=target.key, Body=content, **encryption)
