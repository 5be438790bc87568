"""Serverless endpoints start with requests, end when idle, throttle and keep within their memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, processes_of, running_local_aws
from tests.local_aws.metrics import recent_sum
from tests.local_aws.plain_async import until
from tests.local_aws.plain_endpoints import PlainEndpoints, server

IDENTIFIED = """
    import uuid
    name = uuid.uuid4().hex.encode()
    Handler.predict = lambda self, body: self.answer(200, name)
"""
"""Answers with an id of the container."""


@pytest.fixture(scope="module")
def fast_aws() -> Iterator[LocalAws]:
    """A minute takes half a second, so that an idle container ends after some seconds."""
    with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": "120"}) as aws:
        yield aws


@pytest.fixture(scope="module")
def endpoints(fast_aws: LocalAws) -> PlainEndpoints:
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    fast_aws.client("s3").create_bucket(Bucket=bucket)
    return PlainEndpoints(fast_aws, bucket)


def start(endpoints: PlainEndpoints, program: str, **serverless: int) -> str:
    config = {"MemorySizeInMB": 1024, "MaxConcurrency": 5, **serverless}
    variant = {"VariantName": "AllTraffic", "ModelName": endpoints.model(program), "ServerlessConfig": config}
    return endpoints.start(endpoints.config(variant))


def serving(endpoints: PlainEndpoints, program: str, **serverless: int) -> str:
    name = start(endpoints, program, **serverless)
    described = endpoints.wait(name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    return name


def streams(endpoints: PlainEndpoints, name: str) -> int:
    """How many containers the endpoint has had."""
    logs = endpoints.aws.client("logs").describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    return len(logs["logStreams"])


def test_the_first_request_is_a_cold_start(endpoints):
    name = serving(endpoints, server(IDENTIFIED))
    created = streams(endpoints, name)
    first, second = endpoints.predict(name), endpoints.predict(name)
    assert first == second
    assert streams(endpoints, name) == created + 1
    cloudwatch, dimensions = endpoints.aws.client("cloudwatch"), {"EndpointName": name, "VariantName": "AllTraffic"}
    until(lambda: recent_sum(cloudwatch, "AWS/SageMaker", "ModelSetupTime", **dimensions) > 0)


def test_an_idle_container_ends_and_another_one_starts(endpoints):
    name = serving(endpoints, server(IDENTIFIED))
    first = endpoints.predict(name)
    until(lambda: running(endpoints, name) == 0)
    assert endpoints.predict(name) != first


def test_provisioned_containers_stay(endpoints):
    name = serving(endpoints, server(IDENTIFIED), ProvisionedConcurrency=1)
    created = streams(endpoints, name)
    endpoints.predict(name)
    assert streams(endpoints, name) == created == 1


def test_more_than_the_concurrency_is_throttled(endpoints):
    slow = "Handler.predict = lambda self, body: (time.sleep(2), self.answer(200, body))"
    name = serving(endpoints, server(slow), MaxConcurrency=1)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: outcome(endpoints, name), range(4)))
    assert sorted(outcomes) == ["200", *["ThrottlingException"] * 3]


def test_a_payload_over_4_mb_is_refused(endpoints):
    name = serving(endpoints, server(IDENTIFIED))
    with pytest.raises(ClientError, match="less than or equal to 4194304"):
        endpoints.predict(name, b"x" * (4 * 1024 * 1024 + 1))


def test_a_container_that_cannot_serve_fails_the_endpoint(endpoints):
    name = start(endpoints, "raise SystemExit('no such model')")
    described = endpoints.wait(name)
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith("Unable to successfully stand up your model within the allotted 180")
    assert "no such model" in described["FailureReason"]


def test_a_container_over_its_memory_is_killed(endpoints):
    hungry = """
        held = []
        def predict(self, body):
            held.append(bytearray(1200 * 1024 * 1024))
            time.sleep(10)
            self.answer(200, body)
        Handler.predict = predict
    """
    name = serving(endpoints, server(hungry))
    with pytest.raises(ClientError) as caught:
        endpoints.predict(name)
    assert caught.value.response["Error"]["Code"] == "ModelError"
    assert endpoints.describe(name)["EndpointStatus"] == "InService"


def test_concurrency_changes_without_a_new_configuration(endpoints):
    name = serving(endpoints, server(IDENTIFIED))
    update = {"MaxConcurrency": 7, "ProvisionedConcurrency": 1}
    endpoints.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "ServerlessUpdateConfig": update}],
    )
    (variant,) = endpoints.wait(name)["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 1024, **update}


def test_an_endpoint_with_instances_does_not_become_serverless(endpoints):
    name = endpoints.serving()
    model = endpoints.model()
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 5}
    config = endpoints.config({"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": serverless})
    with pytest.raises(ClientError, match="is currently not supported"):
        endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    back = serving(endpoints, server(IDENTIFIED))
    endpoints.sagemaker.update_endpoint(
        EndpointName=back, EndpointConfigName=endpoints.config(endpoints.variant(model))
    )
    assert endpoints.wait(back)["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def outcome(endpoints: PlainEndpoints, name: str) -> str:
    """The status of a call, or its error's code."""
    try:
        return str(endpoints.invoke(name)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def running(endpoints: PlainEndpoints, name: str) -> int:
    """Processes of the endpoint's containers, which run in folders with its name."""
    return sum(name in folder_of(process) for process in processes_of(endpoints.aws.process.pid))


def folder_of(process: int) -> str:
    try:
        return str(Path(f"/proc/{process}/cwd").readlink())
    except OSError:
        return ""
