"""An answer in parts, and one through a queue: what is sent, what is read, and how each fails."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.async_invocations import LONGEST_INLINE, submit, wait_for_answer
from launchpad.platform_client.invocations import ModelAnsweredError, Question, predict, stream

ROWS = Question(b"1,2", "text/csv")
OUTPUT, FAILURE = "s3://models/demo/async/output/1.out", "s3://models/demo/async/failures/1-error.out"


class Aws:
    """An account with one endpoint, and objects in S3 by their URIs."""

    name, poll_seconds = "dev", 0.0

    def __init__(self, *events: dict[str, Any], error: ClientError | None = None) -> None:
        self.events, self.error = events, error
        self.objects: dict[str, bytes] = {}
        self.requests: list[dict[str, Any]] = []

    def client(self, _service: str) -> Aws:
        return self

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.error:
            raise self.error
        return {"Body": io.BytesIO(b"3"), "ContentType": "text/csv", "InvokedProductionVariant": "b"}

    def invoke_endpoint_with_response_stream(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return {"Body": self._stream()}

    def _stream(self) -> Any:
        yield from self.events
        if self.error:
            raise self.error

    def invoke_endpoint_async(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return {"InferenceId": "i-1", "OutputLocation": OUTPUT, "FailureLocation": FAILURE}

    def put_object(self, **request: Any) -> None:
        self.objects[f"s3://{request['Bucket']}/{request['Key']}"] = request["Body"]

    def get_object(self, **request: str) -> dict[str, Any]:
        body = self.objects.get(f"s3://{request['Bucket']}/{request['Key']}")
        if body is None:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "missing"}}, "GetObject")
        return {"Body": io.BytesIO(body), "ContentType": "application/json"}


def test_a_request_names_its_variant_its_id_and_its_model():
    aws: Any = Aws()
    question = Question(b"1", "text/csv", variant="b", inference_id="mine", target_model="demo/1.tar.gz")
    assert predict(aws, "dev-demo", question).variant == "b"
    (request,) = aws.requests
    assert (request["TargetVariant"], request["InferenceId"]) == ("b", "mine")
    assert request["TargetModel"] == "demo/1.tar.gz"


def test_a_model_that_is_still_loaded_is_asked_again_later():
    error = ClientError({"Error": {"Code": "ModelNotReadyException", "Message": "loading"}}, "InvokeEndpoint")
    with pytest.raises(LaunchpadError, match="dev-demo is still loading the model"):
        predict(Aws(error=error), "dev-demo", ROWS)  # type: ignore[arg-type]


def test_parts_are_yielded_as_they_come():
    aws: Any = Aws({"PayloadPart": {"Bytes": b"to"}}, {"PayloadPart": {"Bytes": b"ken"}})
    assert list(stream(aws, "dev-demo", ROWS)) == [b"to", b"ken"]


def test_an_answer_that_breaks_off_is_an_error_after_its_first_parts():
    broken = EventStreamError(
        {"Error": {"Code": "ModelStreamError", "Message": "the connection was closed"}}, "InvokeEndpoint"
    )
    parts = stream(Aws({"PayloadPart": {"Bytes": b"to"}}, error=broken), "dev-demo", ROWS)  # type: ignore[arg-type]
    assert next(parts) == b"to"
    with pytest.raises(ModelAnsweredError, match="the connection was closed"):
        next(parts)


@pytest.mark.parametrize(("size", "uploaded"), [(LONGEST_INLINE, False), (LONGEST_INLINE + 1, True)])
def test_a_large_request_to_a_queue_is_uploaded(size, uploaded):
    aws: Any = Aws()
    submit(aws, "dev-demo", Question(b"x" * size, "text/csv"), "models", "demo")
    (request,) = aws.requests
    assert ("InputLocation" in request, "Body" in request) == (uploaded, not uploaded)
    assert list(aws.objects) == ([request["InputLocation"]] if uploaded else [])
    assert all(uri.startswith("s3://models/demo/async/input/") for uri in aws.objects)


def test_the_answer_of_a_queue_is_waited_for():
    aws: Any = Aws()
    submitted = submit(aws, "dev-demo", ROWS, "models", "demo")
    answer = wait_for_answer(aws, "dev-demo", submitted, lambda: aws.objects.update({OUTPUT: b"[3]"}))
    assert (answer.body, answer.content_type) == (b"[3]", "application/json")


def test_a_failure_in_the_queue_is_the_models_error_with_its_reason():
    aws: Any = Aws()
    submitted = submit(aws, "dev-demo", ROWS, "models", "demo")
    aws.objects[FAILURE] = b"no column\n 'age'"
    with pytest.raises(ModelAnsweredError, match=r"request i-1 failed: no column 'age' \(its log: `launchpad logs"):
        wait_for_answer(aws, "dev-demo", submitted, lambda: None)


def test_a_queue_without_a_failure_folder_is_only_read_for_its_answer():
    aws: Any = Aws()
    aws.objects[OUTPUT] = b"3"
    submitted: Any = SimpleNamespace(inference_id="i", output=OUTPUT, failure="")
    assert wait_for_answer(aws, "dev-demo", submitted, lambda: None).body == b"3"
