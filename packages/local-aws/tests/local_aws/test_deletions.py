"""What a deletion leaves: an endpoint outlives its model and configuration, a log group its streams."""

from __future__ import annotations

import time
import uuid

import pytest
from botocore.exceptions import ClientError


def test_an_endpoint_outlives_its_configuration_and_model(endpoints, sagemaker):
    name = endpoints.serving()
    config = endpoints.describe(name)["EndpointConfigName"]
    described = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    (model,) = (variant["ModelName"] for variant in described["ProductionVariants"])
    sagemaker.delete_model(ModelName=model)
    sagemaker.delete_endpoint_config(EndpointConfigName=config)
    assert endpoints.predict(name)
    assert endpoints.describe(name)["EndpointStatus"] == "InService"


@pytest.mark.parametrize("kind", ["model", "endpoint_config"])
def test_what_is_gone_cant_be_deleted_again(sagemaker, kind):
    member = {"model": "ModelName", "endpoint_config": "EndpointConfigName"}[kind]
    with pytest.raises(ClientError, match="Could not find"):
        getattr(sagemaker, f"delete_{kind}")(**{member: "no-such-thing"})


@pytest.fixture
def streams(plain_aws):
    """A client, and a log group with two streams, one with a line."""
    logs, group = plain_aws.client("logs"), f"group-{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    for stream in ("a/1", "b/1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": "line"}
    logs.put_log_events(logGroupName=group, logStreamName="a/1", logEvents=[event])
    return logs, group


def test_a_log_stream_has_no_size_and_goes_alone(streams):
    logs, group = streams
    listed = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [(stream["logStreamName"], stream["storedBytes"]) for stream in listed] == [("a/1", 0), ("b/1", 0)]
    assert listed[0]["lastIngestionTime"] > 0
    logs.delete_log_stream(logGroupName=group, logStreamName="a/1")
    assert [each["logStreamName"] for each in logs.describe_log_streams(logGroupName=group)["logStreams"]] == ["b/1"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_stream(logGroupName=group, logStreamName="a/1")


def test_streams_by_a_prefix_are_not_listed_by_time(streams):
    logs, group = streams
    with pytest.raises(ClientError, match="Cannot order by LastEventTime with a logStreamNamePrefix"):
        logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="a", orderBy="LastEventTime")
    assert logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime")["logStreams"]
