"""Multi-model endpoints: models are loaded when they are invoked, and unloaded when room is needed."""

from __future__ import annotations

import io
import tarfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE, ROLE


class MultiModel:
    """An endpoint of `plain_multi_model`, and its models in S3; other containers may stand before it in a series."""

    def __init__(self, endpoints: PlainEndpoints, *before: dict[str, Any], **container: Any) -> None:
        self._endpoints = endpoints
        self.prefix = f"models-{uuid.uuid4().hex[:8]}"
        self.add("first")
        model = f"model-{uuid.uuid4().hex[:12]}"
        definition = {
            "Image": IMAGE,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{endpoints.bucket}/{self.prefix}/",
            **container,
        }
        endpoints.sagemaker.create_model(ModelName=model, ExecutionRoleArn=ROLE, Containers=[*before, definition])
        self.name = endpoints.start(endpoints.config(endpoints.variant(model)))
        described = endpoints.wait(self.name)
        assert described["EndpointStatus"] == "InService", described.get("FailureReason")

    def add(self, *names: str, text: str | None = None) -> None:
        for name in names:
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as tar:
                entry = tarfile.TarInfo("name")
                entry.size = len((text or name).encode())
                tar.addfile(entry, io.BytesIO((text or name).encode()))
            self.put(f"{name}.tar.gz", packed.getvalue())

    def put(self, name: str, body: bytes) -> None:
        s3 = self._endpoints.aws.client("s3")
        s3.put_object(Bucket=self._endpoints.bucket, Key=f"{self.prefix}/{name}", Body=body)

    def predict(self, name: str, body: bytes = b"row") -> str:
        return self._endpoints.predict(self.name, body, TargetModel=f"{name}.tar.gz").decode()

    def refusal(self, **members: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            self._endpoints.invoke(self.name, **members)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def logged(self, prefix: str, count: int) -> list[str]:
        """The lines of the container's log with a prefix, once there are so many."""
        logs = self._endpoints.aws.client("logs")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            events = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{self.name}")["events"]
            lines = [event["message"] for event in events if event["message"].startswith(prefix)]
            if len(lines) >= count:
                return lines
            time.sleep(0.1)
        raise AssertionError(f"only {lines}")

    def delete(self) -> None:
        self._endpoints.sagemaker.delete_endpoint(EndpointName=self.name)


def test_each_model_is_loaded_once_and_gets_its_name(endpoints: PlainEndpoints) -> None:
    several = MultiModel(endpoints)
    several.add("slow second")
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(several.predict, ["slow second"] * 4))
    assert answers == ["slow second:row:slow second.tar.gz"] * 4
    assert several.predict("/first") == "first:row:/first.tar.gz"
    assert several.logged("load", 2) == ["load slow second", "load first"]
    several.delete()


def test_a_series_ends_with_the_target_model(endpoints: PlainEndpoints) -> None:
    """A pipeline may have a multi-model container, as in AWS's own example (amazon-sagemaker-examples#1311)."""
    program = server("Handler.predict = lambda self, body: self.answer(200, body.upper())")
    several = MultiModel(endpoints, {"Image": IMAGE, "ModelDataUrl": endpoints.archive(program)})
    several.add("second")
    assert several.predict("second") == "second:ROW:second.tar.gz"
    assert several.predict("first") == "first:ROW:first.tar.gz"
    several.delete()


def test_a_model_that_the_container_has_lost_is_loaded_again(endpoints: PlainEndpoints) -> None:
    several = MultiModel(endpoints)
    for body in ("row", "forget", "row"):
        assert several.predict("first", body.encode()) == f"first:{body}:first.tar.gz"
    several.delete()


def test_the_model_used_least_recently_makes_room(endpoints: PlainEndpoints) -> None:
    several = MultiModel(endpoints, Environment={"MOST": "2"})
    several.add("second", "third")
    for name in ("first", "second", "first", "third", "second"):
        assert several.predict(name).startswith(name)
    assert several.logged("unload", 2) == ["unload second", "unload first"]
    several.delete()


def test_a_new_version_is_not_served_while_the_old_one_is_kept(endpoints: PlainEndpoints) -> None:
    several = MultiModel(endpoints)
    assert several.predict("first").startswith("first:")
    several.add("first", text="changed")
    assert several.predict("first").startswith("first:")
    several.delete()


def test_without_caching_a_model_is_forgotten_after_each_call(endpoints: PlainEndpoints) -> None:
    several = MultiModel(endpoints, MultiModelConfig={"ModelCacheSetting": "Disabled"})
    assert several.predict("first").startswith("first:")
    several.add("first", text="changed")
    assert several.predict("first").startswith("changed:")
    several.delete()


def test_loads_and_hits_are_cloudwatch_metrics(updates: PlainEndpoints) -> None:
    several = MultiModel(updates)
    for _ in range(3):
        several.predict("first")
    cloudwatch = updates.aws.client("cloudwatch")
    dimensions = [{"Name": "EndpointName", "Value": several.name}, {"Name": "VariantName", "Value": "AllTraffic"}]

    def values(metric: str, statistic: str, namespace: str = "AWS/SageMaker") -> list[float]:
        now = datetime.now(UTC)
        moments = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5), "Period": 600}
        names = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
        data = cloudwatch.get_metric_statistics(**names, **moments, Statistics=[statistic])["Datapoints"]
        return [point[statistic] for point in data]

    deadline = time.monotonic() + 30
    while sum(values("ModelCacheHit", "SampleCount")) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert sum(values("ModelCacheHit", "Sum")) == 2
    for metric in ("ModelLoadingWaitTime", "ModelDownloadingTime", "ModelLoadingTime"):
        assert values(metric, "Maximum")[0] > 0
    assert values("LoadedModelCount", "Maximum", "/aws/sagemaker/Endpoints") == [1]
    several.delete()


def test_what_can_not_be_loaded_is_refused_in_awss_words(endpoints: PlainEndpoints) -> None:
    several = MultiModel(endpoints)
    several.add("bad")
    several.put("plain.tar.gz", b"no archive")
    code, message = several.refusal(TargetModel="none.tar.gz")
    assert code == "ValidationError"
    assert message == (
        f"Failed to download model data(bucket: {endpoints.bucket}, key: {several.prefix}/none.tar.gz). Please ensure "
        "that there is an object located at the URL and that the role passed to CreateModel has permissions to "
        "download the model."
    )
    assert several.refusal(TargetModel="plain.tar.gz")[1].startswith("Failed to extract model data archive")
    code, message = several.refusal(TargetModel="bad.tar.gz")
    assert code == "ModelError"
    assert 'Received server error (500) from primary with message "bad model".' in message
    code, message = several.refusal()
    assert code == "ValidationError"
    assert message.endswith("is missing a target model header.")
    assert several.predict("first").startswith("first:")
    several.delete()


def test_a_single_model_endpoint_refuses_a_target_model(endpoints: PlainEndpoints) -> None:
    name = endpoints.serving()
    with pytest.raises(ClientError) as caught:
        endpoints.invoke(name, TargetModel="first.tar.gz")
    assert caught.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": f"Endpoint {name} is not a multi-model endpoint and does not support target model header.",
    }
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
