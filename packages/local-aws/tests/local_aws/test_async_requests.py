"""What InvokeEndpointAsync accepts, and the messages that report how its requests ended."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.async_backlog import Backlog, Entry
from local_aws.sagemaker.hosting.async_delivery import MAX_INPUT, Delivery, DeliveryError
from local_aws.sagemaker.hosting.async_messages import MAX_INCLUDED, TEST_MESSAGE, Result, message, topic_of
from local_aws.sagemaker.hosting.async_metrics import backlog_metrics
from local_aws.sagemaker.hosting.async_requests import accepted, restored
from local_aws.sagemaker.hosting.invocation_limits import check
from local_aws.sagemaker.hosting.invocation_modes import Call

ROLE = "arn:aws:iam::123456789012:role/model"
SUCCESS, ERROR = (f"arn:aws:sns:us-east-1:123456789012:{name}" for name in ("success", "error"))
OUTPUT = {
    "S3OutputPath": "s3://bucket/output/",
    "S3FailurePath": "s3://bucket/failures",
    "NotificationConfig": {
        "SuccessTopic": SUCCESS,
        "ErrorTopic": ERROR,
        "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"],
    },
}
INPUT = {"InputLocation": "s3://bucket/rows.csv"}


def request(body: bytes = b"", output: dict | None = None, **headers: str):
    lower = {f"x-amzn-sagemaker-{name.lower()}": value for name, value in headers.items()}
    call = Call(Scope("123456789012", "us-east-1"), "rows", "InvokeEndpointAsync", lower, body)
    return accepted(call, {"OutputConfig": OUTPUT if output is None else output}, ROLE)


def named(**headers: str):
    """A request with header names that have dashes, written with underscores."""
    return request(**{**INPUT, **{name.replace("_", "-"): value for name, value in headers.items()}})


def test_the_output_is_named_by_a_new_id_below_the_output_path():
    first, second = request(**INPUT), request(**INPUT)
    assert first.output.startswith("s3://bucket/output/")
    assert first.output.endswith(".out")
    assert first.output != second.output
    assert first.inference_id not in first.output


def test_the_failure_is_named_like_the_output():
    accepted_request = request(**INPUT)
    name = accepted_request.output.removeprefix("s3://bucket/output/").removesuffix(".out")
    assert accepted_request.failure == f"s3://bucket/failures/{name}-error.out"


def test_extension_and_filename_name_the_output():
    named_request = request(**INPUT, S3OutputPathExtension="/2026/11/", Filename="rows.json")
    assert named_request.output == "s3://bucket/output/2026/11/rows.json"


def test_without_a_failure_path_there_is_no_failure_location():
    assert request(output={"S3OutputPath": "s3://bucket/output"}, **INPUT).failure is None


def test_the_callers_inference_id_is_kept():
    assert named(Inference_Id="row-7").inference_id == "row-7"


def test_ttl_and_timeout_have_awss_defaults():
    plain = request(**INPUT)
    assert (plain.ttl_seconds, plain.timeout_seconds) == (21_600, 900)


def test_the_container_gets_type_accept_and_attributes():
    headers = named(Content_Type="text/csv", Accept="application/json", Custom_Attributes="trace=1").headers
    assert headers == {
        "Content-Type": "text/csv",
        "Accept": "application/json",
        "X-Amzn-SageMaker-Custom-Attributes": "trace=1",
    }


@pytest.mark.parametrize("body, headers", [(b"", {}), (b"1,2", INPUT)], ids=["neither", "both"])
def test_exactly_one_of_body_and_location_is_needed(body, headers):
    with pytest.raises(AwsError, match="Provide exactly one of them") as caught:
        request(body, **headers)
    assert caught.value.code == "ValidationError"


@pytest.mark.parametrize(
    "header, value, member",
    [
        ("RequestTTLSeconds", "59", "requestTTLSeconds"),
        ("RequestTTLSeconds", "21601", "requestTTLSeconds"),
        ("InvocationTimeoutSeconds", "3601", "invocationTimeoutSeconds"),
        ("Filename", "two.dots.json", "filename"),
        ("S3OutputPathExtension", "s3://other/place", "s3OutputPathExtension"),
        ("InputLocation", "file:///etc/passwd", "inputLocation"),
    ],
)
def test_values_out_of_range_are_refused(header, value, member):
    headers = {f"x-amzn-sagemaker-{name.lower()}": text for name, text in {**INPUT, header: value}.items()}
    with pytest.raises(AwsError, match=f"Value '{value}' at '{member}' failed to satisfy constraint") as caught:
        check(Call(Scope("123456789012", "us-east-1"), "rows", "InvokeEndpointAsync", headers, b""))
    assert caught.value.code == "ValidationError"


def test_a_request_survives_being_kept_as_json():
    original = request(b"\x00\xff", Filename="a.out")
    kept = restored(json.loads(json.dumps(original.as_details())))
    assert kept == original
    assert kept.inline == b"\x00\xff"


def test_a_success_has_awss_members_in_awss_order():
    asked = named(Content_Type="text/csv", Inference_Id="row-7")
    text = message("us-east-1", asked, Result(asked.received + 1, "text/plain", b"1.5"))
    assert list(json.loads(text)) == [
        "awsRegion",
        "eventTime",
        "receivedTime",
        "invocationStatus",
        "requestParameters",
        "responseParameters",
        "responseBody",
        "inferenceId",
        "eventVersion",
        "eventSource",
        "eventName",
    ]
    members = json.loads(text)
    assert members["invocationStatus"] == "Completed"
    assert members["requestParameters"] == {
        "contentType": "text/csv",
        "endpointName": "rows",
        "inputLocation": "s3://bucket/rows.csv",
    }
    assert members["responseParameters"] == {"contentType": "text/plain", "outputLocation": asked.output}
    assert base64.b64decode(members["responseBody"]["content"]) == b"1.5"


def test_a_failure_has_its_reason_and_no_response_parameters():
    asked = request(**INPUT)
    failed = Result(asked.received, "text/plain", b"boom", failure="ClientError: boom")
    members = json.loads(message("us-east-1", asked, failed))
    assert (members["invocationStatus"], members["failureReason"]) == ("Failed", "ClientError: boom")
    assert members["failureLocation"] == asked.failure
    assert not {"responseParameters", "responseBody"} & set(members)


def test_a_large_response_is_left_out_of_the_message():
    asked = request(**INPUT)
    members = json.loads(message("us-east-1", asked, Result(asked.received, None, b"x" * (MAX_INCLUDED + 1))))
    assert "content" not in members["responseBody"]


def test_each_result_goes_to_its_own_topic():
    asked = request(**INPUT)
    assert topic_of(asked, Result(0)) == SUCCESS
    assert topic_of(asked, Result(0, failure="no")) == ERROR
    assert topic_of(request(output={}, **INPUT), Result(0)) is None


def test_the_test_notification_is_awss():
    assert json.loads(TEST_MESSAGE) == {
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "TestNotification",
    }


def test_an_input_over_a_gigabyte_is_refused():
    class Storage:
        def head_object(self, **_: str) -> dict[str, int]:
            return {"ContentLength": MAX_INPUT + 1}

    context = SimpleNamespace(client=lambda *_: Storage())
    with pytest.raises(DeliveryError, match="at most 1073741824 are allowed"):
        Delivery(context, Scope("123456789012", "us-east-1"), ROLE).fetch(request(**INPUT))


def test_a_request_expires_by_the_clock():
    asked = named(RequestTTLSeconds="60")
    assert not asked.has_expired(asked.received + 59, speed=1)
    assert asked.has_expired(asked.received + 2, speed=60)


def test_a_given_back_request_is_first_again():
    backlog = Backlog(Scope("123456789012", "us-east-1"), "rows")
    first, second = (Entry(request(**INPUT), None) for _ in range(2))
    backlog.add(first)
    backlog.add(second)
    backlog.begin(first)
    assert backlog.sizes() == (1, 1)
    backlog.give_back(first)
    assert backlog.next(0) is first


def test_a_backlog_without_instances_has_no_size_per_instance():
    metrics = backlog_metrics(waiting=3, running=0, instances=0, age=7.0)
    assert metrics == {
        "ApproximateBacklogSize": 3,
        "HasBacklogWithoutCapacity": 1.0,
        "ApproximateAgeOfOldestRequest": 7.0,
    }


def test_a_backlog_counts_what_is_in_progress():
    metrics = backlog_metrics(waiting=3, running=2, instances=2, age=7.0)
    assert metrics["ApproximateBacklogSizePerInstance"] == 2.5
    assert metrics["HasBacklogWithoutCapacity"] == 0.0
