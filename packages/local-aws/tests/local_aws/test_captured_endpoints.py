"""Endpoints whose DataCaptureConfig is enabled: what is in S3, and when, and what DescribeEndpoint says of it."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_async import until
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE, ROLE

FILE = re.compile(r"captured/[^/]+/(\w+)/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl")
CSV = "Handler.predict = lambda self, body: self.answer(200, b'0.5', Content_Type='text/csv; charset=utf-8')"
FAILING = "Handler.predict = lambda self, body: self.answer(400, b'no number')"


def capture(endpoints: PlainEndpoints, **members: Any) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{endpoints.bucket}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        **members,
    }


def capturing(endpoints: PlainEndpoints, *variants: dict[str, Any], **config: Any) -> str:
    """An endpoint in service that captures."""
    chosen = variants or (endpoints.variant(endpoints.model(server(CSV))),)
    name = endpoints.start(endpoints.config(*chosen, DataCaptureConfig=capture(endpoints), **config))
    described = endpoints.wait(name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    return name


def events(endpoints: PlainEndpoints, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Variant and record of each captured request of an endpoint."""
    s3 = endpoints.aws.client("s3")
    listing = s3.list_objects_v2(Bucket=endpoints.bucket, Prefix=f"captured/{name}/").get("Contents", ())
    lines = []
    for item in listing:
        match = FILE.fullmatch(item["Key"])
        assert match, item["Key"]
        body = s3.get_object(Bucket=endpoints.bucket, Key=item["Key"])["Body"].read()
        lines += [(match[1], json.loads(line)) for line in body.splitlines()]
    return lines


def inputs(endpoints: PlainEndpoints, name: str) -> list[str]:
    return sorted(event["captureData"]["endpointInput"]["data"] for _, event in events(endpoints, name))


def test_requests_and_answers_reach_s3_on_the_clock(updates):
    name = capturing(updates)
    assert updates.predict(name, b"1,2", ContentType="text/csv", InferenceId="row-1") == b"0.5"
    ((variant, event),) = until(lambda: events(updates, name))
    assert (variant, event["eventMetadata"]["inferenceId"]) == ("AllTraffic", "row-1")
    assert event["captureData"]["endpointOutput"] == {
        "observedContentType": "text/csv; charset=utf-8",
        "mode": "OUTPUT",
        "data": "0.5",
        "encoding": "CSV",
    }


def test_a_series_of_containers_is_captured_from_end_to_end(endpoints):
    model, containers = f"model-{uuid.uuid4().hex[:12]}", [server("VERSION = b'first:'"), server(CSV)]
    endpoints.sagemaker.create_model(
        ModelName=model,
        ExecutionRoleArn=ROLE,
        Containers=[{"Image": IMAGE, "ModelDataUrl": endpoints.archive(program)} for program in containers],
    )
    name = capturing(endpoints, endpoints.variant(model))
    endpoints.predict(name, b"row", ContentType="text/csv", CustomAttributes="tenant=a")
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
    ((_, event),) = until(lambda: events(endpoints, name))
    assert [payload["data"] for payload in event["captureData"].values()] == ["row", "0.5"]
    assert event["eventMetadata"]["customAttributes"] == ["tenant=a"]


def test_an_error_response_is_not_captured(endpoints):
    name = capturing(endpoints, endpoints.variant(endpoints.model(server(FAILING))))
    with pytest.raises(ClientError, match="no number"):
        endpoints.invoke(name)
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
    until(lambda: name not in [each["EndpointName"] for each in endpoints.sagemaker.list_endpoints()["Endpoints"]])
    assert not events(endpoints, name)


def test_a_full_volume_stops_capture_and_does_not_show(updates):
    filling = f"open('big', 'wb').truncate(900 * 2**20)\n{CSV}"
    name = capturing(updates, updates.variant(updates.model(server(filling)), VolumeSizeInGB=1))
    until(lambda: disk_use(updates, name) > 75)
    updates.predict(name, b"1,2", ContentType="text/csv")
    assert updates.describe(name)["DataCaptureConfig"]["CaptureStatus"] == "Started"
    updates.sagemaker.delete_endpoint(EndpointName=name)
    until(lambda: name not in [each["EndpointName"] for each in updates.sagemaker.list_endpoints()["Endpoints"]])
    assert not events(updates, name)


def disk_use(endpoints: PlainEndpoints, name: str) -> float:
    """The highest DiskUtilization that was published; 0 before the first."""
    points = endpoints.aws.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/Endpoints",
        MetricName="DiskUtilization",
        Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}],
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(hours=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((float(point["Maximum"]) for point in points), default=0.0)


def test_a_deleted_endpoint_and_its_shadow_leave_all_records(endpoints):
    shadow = endpoints.variant(endpoints.model(server(CSV)), "Shadow")
    name = capturing(endpoints, endpoints.variant(endpoints.model(server(CSV))), ShadowProductionVariants=[shadow])
    for number in range(30):  # copies to a shadow that are still on their way at the end are given up
        endpoints.predict(name, str(number).encode(), ContentType="text/csv")
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
    until(lambda: name not in [each["EndpointName"] for each in endpoints.sagemaker.list_endpoints()["Endpoints"]])
    assert [each["captureData"]["endpointInput"]["data"] for variant, each in events(endpoints, name)].count("2") == 2
    assert {variant for variant, _ in events(endpoints, name)} == {"AllTraffic", "Shadow"}


def test_an_update_follows_the_new_configuration(endpoints):
    name = capturing(endpoints)
    described = endpoints.describe(name)["DataCaptureConfig"]
    assert described == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{endpoints.bucket}/captured",
    }
    endpoints.predict(name, b"before", ContentType="text/csv")
    stopped = capture(endpoints, EnableCapture=False)
    config = endpoints.config(endpoints.variant(endpoints.model()), DataCaptureConfig=stopped)
    kept = endpoints.sagemaker.describe_endpoint_config(EndpointConfigName=config)["DataCaptureConfig"]
    assert kept == stopped
    endpoints.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=config,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    assert endpoints.wait(name, "InService")["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
    endpoints.predict(name, b"after", ContentType="text/csv")
    assert inputs(endpoints, name) == ["before"]


def test_capture_of_an_asynchronous_endpoint_is_refused(endpoints):
    output = {"OutputConfig": {"S3OutputPath": f"s3://{endpoints.bucket}/output"}}
    variant = endpoints.variant(endpoints.model())
    config = endpoints.config(variant, DataCaptureConfig=capture(endpoints), AsyncInferenceConfig=output)
    with pytest.raises(ClientError, match="data capture of an asynchronous endpoint"):
        endpoints.start(config)
