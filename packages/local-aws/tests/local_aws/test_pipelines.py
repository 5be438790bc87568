"""Models with several containers: in series, each answer is the next one's request; or one is called directly."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE, ROLE

ECHO = """
    import json
    def predict(self, body):
        seen = {name.lower(): value for name, value in self.headers.items()}
        said = {name: seen.get(name) for name in ("content-type", "accept", "x-amzn-sagemaker-custom-attributes")}
        said["before"] = body.decode()
        said["bound"] = os.environ.get("SAGEMAKER_BIND_TO_PORT")
        self.answer(200, json.dumps(said).encode(), Content_Type="text/TYPE")
    Handler.predict = predict
"""
REFUSES = "Handler.predict = lambda self, body: self.answer(415, b'not mine')"
DIES = """
    def predict(self, body):
        os._exit(3) if b"die" in body else self.answer(200, VERSION + body)
    Handler.predict = predict
"""


def pipeline(endpoints: PlainEndpoints, *programs: str, mode: str = "Serial", names: tuple[str, ...] = ()) -> str:
    """A model with a container for each program."""
    model = f"model-{uuid.uuid4().hex[:12]}"
    containers = [{"Image": IMAGE, "ModelDataUrl": endpoints.archive(server(program))} for program in programs]
    for container, name in zip(containers, names, strict=False):
        container["ContainerHostname"] = name
    endpoints.sagemaker.create_model(
        ModelName=model, ExecutionRoleArn=ROLE, Containers=containers, InferenceExecutionConfig={"Mode": mode}
    )
    return model


def serving(endpoints: PlainEndpoints, model: str) -> str:
    name = endpoints.start(endpoints.config(endpoints.variant(model)))
    described = endpoints.wait(name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    return name


def refusal(endpoints: PlainEndpoints, name: str, **members: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        endpoints.invoke(name, **members)
    return caught.value.response


def test_each_answer_is_the_request_of_the_next_container(endpoints: PlainEndpoints, plain_aws: LocalAws) -> None:
    model = pipeline(endpoints, ECHO.replace("TYPE", "first"), ECHO.replace("TYPE", "second"))
    name = serving(endpoints, model)
    response = endpoints.invoke(name, b"row", ContentType="text/csv", Accept="text/plain", CustomAttributes="mine")
    assert response["ContentType"] == "text/second"
    second = json.loads(response["Body"].read())
    first = json.loads(second["before"])
    assert (first["content-type"], first["accept"], first["before"]) == ("text/csv", None, "row")
    assert (second["content-type"], second["accept"]) == ("text/first", "text/plain")
    assert first["x-amzn-sagemaker-custom-attributes"] == "mine"
    assert len({first["bound"], second["bound"], "8080"}) == 3
    streams = plain_aws.client("logs").describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    endings = {stream["logStreamName"].rpartition("/")[2] for stream in streams["logStreams"]}
    assert endings == {"container-1", "container-2"}
    endpoints.sagemaker.delete_endpoint(EndpointName=name)


def test_an_error_names_the_container_that_caused_it(endpoints: PlainEndpoints) -> None:
    name = serving(endpoints, pipeline(endpoints, "", REFUSES, names=("prepare", "predict")))
    error = refusal(endpoints, name)
    assert error["Error"]["Message"].startswith('Received client error (415) from predict with message "not mine".')
    assert error["LogStreamArn"].endswith("/predict")
    endpoints.sagemaker.delete_endpoint(EndpointName=name)


def test_a_container_that_does_not_start_is_named(endpoints: PlainEndpoints) -> None:
    model = pipeline(endpoints, "", "raise SystemExit('no model here')")
    described = endpoints.wait(endpoints.start(endpoints.config(endpoints.variant(model))))
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith(
        "The container-2 for production variant AllTraffic did not pass the ping health check."
    )
    assert "no model here" in described["FailureReason"]


def test_a_direct_endpoint_calls_the_container_that_is_named(endpoints: PlainEndpoints) -> None:
    programs = ('VERSION = b"one:"', 'VERSION = b"two:"')
    name = serving(endpoints, pipeline(endpoints, *programs, mode="Direct", names=("one", "two")))
    assert endpoints.predict(name, b"row", TargetContainerHostname="two") == b"two:row"
    assert endpoints.predict(name, b"row", TargetContainerHostname="one") == b"one:row"
    for members in ({}, {"TargetContainerHostname": "three"}):
        assert refusal(endpoints, name, **members)["Error"]["Code"] == "ValidationError"
    endpoints.sagemaker.delete_endpoint(EndpointName=name)


def test_a_series_refuses_a_target_container(endpoints: PlainEndpoints) -> None:
    name = serving(endpoints, pipeline(endpoints, "", "", names=("one", "two")))
    assert endpoints.predict(name) == b"1:1:row"
    assert refusal(endpoints, name, TargetContainerHostname="one")["Error"]["Code"] == "ValidationError"
    endpoints.sagemaker.delete_endpoint(EndpointName=name)


def test_a_stream_comes_from_the_last_container(endpoints: PlainEndpoints, plain_aws: LocalAws) -> None:
    name = serving(endpoints, pipeline(endpoints, "", ""))
    runtime = plain_aws.client("sagemaker-runtime")
    events = runtime.invoke_endpoint_with_response_stream(EndpointName=name, Body=b"row")["Body"]
    assert b"".join(event["PayloadPart"]["Bytes"] for event in events) == b"1:1:row"
    endpoints.sagemaker.delete_endpoint(EndpointName=name)


def test_a_transform_job_sends_its_records_through_all_containers(endpoints: PlainEndpoints) -> None:
    s3 = endpoints.aws.client("s3")
    s3.put_object(Bucket=endpoints.bucket, Key="in/rows.csv", Body=b"row")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{endpoints.bucket}/in/"}}
    job = {
        "TransformJobName": f"transform-{uuid.uuid4().hex[:8]}",
        "TransformInput": {"DataSource": source},
        "TransformOutput": {"S3OutputPath": f"s3://{endpoints.bucket}/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    programs = ('VERSION = b"one:"', 'VERSION = b"two:"')
    direct = pipeline(endpoints, *programs, mode="Direct", names=("one", "two"))
    with pytest.raises(ClientError, match="Direct can't be used in a transform job"):
        endpoints.sagemaker.create_transform_job(**job, ModelName=direct)
    endpoints.sagemaker.create_transform_job(**job, ModelName=pipeline(endpoints, *programs))
    endpoints.sagemaker.get_waiter("transform_job_completed_or_stopped").wait(
        TransformJobName=job["TransformJobName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert s3.get_object(Bucket=endpoints.bucket, Key="out/rows.csv.out")["Body"].read() == b"two:one:row"


def test_a_container_that_ends_takes_its_instance_with_it_and_is_replaced(endpoints: PlainEndpoints) -> None:
    name = serving(endpoints, pipeline(endpoints, "", DIES))
    assert "from container-2" in refusal(endpoints, name, body=b"die")["Error"]["Message"]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(ClientError):
            assert endpoints.predict(name) == b"1:1:row"
            break
        time.sleep(0.1)
    else:
        raise AssertionError("no instance responds again")
    assert endpoints.describe(name)["EndpointStatus"] == "InService"
    streams = endpoints.aws.client("logs").describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    assert len(streams["logStreams"]) == 4
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
