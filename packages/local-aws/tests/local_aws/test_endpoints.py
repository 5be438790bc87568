"""Endpoints serve, fail, change and go as on SageMaker."""

from __future__ import annotations

import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import processes_of
from tests.local_aws.plain_endpoints import server


def test_an_endpoint_in_service_answers(endpoints):
    name = endpoints.serving()
    response = endpoints.invoke(name, b"1,2,3", ContentType="text/csv")
    assert response["Body"].read() == b"1:1,2,3"
    assert response["ContentType"] == "text/plain"
    assert response["InvokedProductionVariant"] == "AllTraffic"


@pytest.mark.parametrize("kind", ["application/json", "text/csv; charset=utf-8", "application/x-npy", "text/xml"])
def test_the_containers_content_type_comes_back_as_it_is(endpoints, kind):
    name = endpoints.serving(
        server(f"Handler.predict = lambda self, body: self.answer(200, body, Content_Type='{kind}')")
    )
    assert endpoints.invoke(name)["ContentType"] == kind


def test_an_endpoint_is_creating_until_its_container_answers_a_ping(endpoints):
    slow = server("time.sleep(1)")
    name = endpoints.start(endpoints.config(endpoints.variant(endpoints.model(slow))))
    assert endpoints.describe(name)["EndpointStatus"] == "Creating"
    with pytest.raises(ClientError, match="not found") as caught:
        endpoints.invoke(name)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert endpoints.wait(name)["EndpointStatus"] == "InService"


def test_describe_shows_the_variants_as_sagemaker_does(endpoints):
    described = endpoints.describe(endpoints.serving())
    (variant,) = described["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == variant["DesiredInstanceCount"] == 1
    assert variant["CurrentWeight"] == variant["DesiredWeight"] == 1.0
    assert variant["DeployedImages"][0]["SpecifiedImage"].endswith("plain:1")


def test_headers_reach_the_container_and_come_back(endpoints):
    echo = server(
        """
        def predict(self, body):
            seen = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
            self.answer(200, seen, X_Amzn_SageMaker_Custom_Attributes="trace=2")
        Handler.predict = predict
        """
    )
    response = endpoints.invoke(
        endpoints.serving(echo), ContentType="text/csv", Accept="application/json", CustomAttributes="trace=1"
    )
    assert response["CustomAttributes"] == "trace=2"
    headers = json.loads(response["Body"].read())
    assert headers["content-type"] == "text/csv"
    assert headers["accept"] == "application/json"
    assert headers["x-amzn-sagemaker-custom-attributes"] == "trace=1"
    assert "authorization" not in headers


@pytest.mark.parametrize(("status", "side"), [(415, "client"), (400, "client"), (500, "server")])
def test_an_error_of_the_model_becomes_a_model_error_with_its_status(endpoints, status, side):
    name = endpoints.serving(server(f"Handler.predict = lambda self, body: self.answer({status}, b'no such type')"))
    with pytest.raises(ClientError) as caught:
        endpoints.invoke(name)
    response = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == status
    assert response["OriginalMessage"] == "no such type"
    assert f'Received {side} error ({status}) from primary with message "no such type"' in response["Error"]["Message"]
    assert f"/aws/sagemaker/Endpoints/{name}" in response["LogStreamArn"]
    assert endpoints.describe(name)["EndpointStatus"] == "InService"


def test_a_container_that_dies_at_the_start_fails_the_endpoint(endpoints):
    name = endpoints.start(endpoints.config(endpoints.variant(endpoints.model("raise SystemExit('no model_fn here')"))))
    failed = endpoints.wait(name)
    assert failed["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in failed["FailureReason"]
    assert "no model_fn here" in failed["FailureReason"]


def test_an_image_that_cannot_run_fails_the_endpoint_with_the_remedy(endpoints):
    model = endpoints.model(Image="123456789012.dkr.ecr.us-east-1.amazonaws.com/missing:1")
    failed = endpoints.wait(endpoints.start(endpoints.config(endpoints.variant(model))))
    assert failed["EndpointStatus"] == "Failed"
    assert "No such image" in failed["FailureReason"]


def test_a_container_gets_its_environment_and_the_roles_credentials(endpoints):
    shows = server("Handler.predict = lambda self, body: self.answer(200, json.dumps(dict(os.environ)).encode())")
    name = endpoints.start(
        endpoints.config(endpoints.variant(endpoints.model(shows, Environment={"SAGEMAKER_PROGRAM": "inference.py"})))
    )
    endpoints.wait(name)
    variables = json.loads(endpoints.predict(name))
    assert variables["SAGEMAKER_PROGRAM"] == "inference.py"
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["AWS_ENDPOINT_URL"] == variables["SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"] == endpoints.aws.url
    assert variables["AWS_ACCESS_KEY_ID"]


def test_a_containers_output_is_in_the_endpoints_log_group(endpoints):
    name = endpoints.serving()
    endpoints.predict(name, b"a row to log")
    logs, group = endpoints.aws.client("logs"), f"/aws/sagemaker/Endpoints/{name}"
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=group)["events"]
        if any("a row to log" in event["message"] for event in events):
            assert events[0]["logStreamName"].startswith("AllTraffic/i-")
            return
        time.sleep(0.05)
    raise AssertionError(f"not in {group}")


def test_an_update_drops_no_request(endpoints):
    name = endpoints.serving()
    slow = server(
        "VERSION = b'2:'\nHandler.predict = lambda self, body: (time.sleep(0.02), self.answer(200, VERSION + body))"
    )
    versions, failures, stopping = [], [], threading.Event()

    def load():
        while not stopping.is_set():
            try:
                versions.append(endpoints.predict(name)[:1])
            except Exception as error:  # any error at all is a dropped request
                failures.append(repr(error))

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        config = endpoints.config(endpoints.variant(endpoints.model(slow)))
        endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
        assert endpoints.describe(name)["EndpointStatus"] == "Updating"
        assert endpoints.wait(name)["EndpointConfigName"] == config
        time.sleep(0.2)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert {b"1", b"2"} == set(versions)
    assert endpoints.predict(name) == b"2:row"


def test_a_failed_update_leaves_the_endpoint_as_it_was_and_says_why(endpoints):
    name = endpoints.serving()
    before = endpoints.describe(name)["EndpointConfigName"]
    broken = endpoints.config(endpoints.variant(endpoints.model("raise SystemExit('broken release')")))
    endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    after = endpoints.wait(name)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", before)
    assert "broken release" in after["FailureReason"]
    assert endpoints.predict(name) == b"1:row"


def test_delete_ends_the_containers_and_the_endpoint_is_gone(endpoints):
    name = endpoints.serving(server("Handler.predict = lambda self, body: self.answer(200, str(os.getpid()).encode())"))
    process = int(endpoints.predict(name))
    assert process in processes_of(endpoints.aws.process.pid)
    endpoints.sagemaker.delete_endpoint(EndpointName=name)
    endpoints.sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100}
    )
    assert process not in processes_of(endpoints.aws.process.pid)


def test_weights_and_capacities_change_in_service(endpoints):
    first, second = endpoints.model(), endpoints.model(server("VERSION = b'2:'"))
    config = endpoints.config(
        endpoints.variant(first, "One"), endpoints.variant(second, "Two", InitialVariantWeight=0.0)
    )
    name = endpoints.start(config)
    endpoints.wait(name)
    assert {endpoints.predict(name) for _ in range(5)} == {b"1:row"}
    assert endpoints.predict(name, TargetVariant="Two") == b"2:row"
    endpoints.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "One", "DesiredWeight": 0},
            {"VariantName": "Two", "DesiredWeight": 1, "DesiredInstanceCount": 2},
        ],
    )
    variants = {item["VariantName"]: item for item in endpoints.wait(name)["ProductionVariants"]}
    assert variants["Two"]["CurrentInstanceCount"] == 2
    assert variants["One"]["CurrentWeight"] == 0
    assert {endpoints.predict(name) for _ in range(5)} == {b"2:row"}


def test_an_update_may_keep_what_the_endpoint_was_scaled_to(endpoints):
    model = endpoints.model()
    name = endpoints.start(endpoints.config(endpoints.variant(model)))
    endpoints.wait(name)
    endpoints.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}]
    )
    endpoints.wait(name)
    endpoints.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=endpoints.config(endpoints.variant(model)),
        RetainAllVariantProperties=True,
    )
    (variant,) = endpoints.wait(name)["ProductionVariants"]
    assert variant["DesiredInstanceCount"] == 2


def test_an_endpoint_in_progress_refuses_other_changes(endpoints):
    config = endpoints.config(endpoints.variant(endpoints.model(server("time.sleep(1)"))))
    name = endpoints.start(config)
    for change in (
        lambda: endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config),
        lambda: endpoints.sagemaker.delete_endpoint(EndpointName=name),
    ):
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            change()


def test_a_body_over_six_megabytes_is_refused(endpoints):
    runtime = endpoints.aws.client("sagemaker-runtime")
    name = endpoints.serving()
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName=name, Body=b"x" * (6 * 1024 * 1024 + 1))
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert endpoints.predict(name, b"y" * (6 * 1024 * 1024)).endswith(b"yyy")
