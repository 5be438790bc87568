"""Asynchronous endpoints queue, answer, fail and report as on SageMaker; the server's clock is 60 times as fast."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.metrics import recent_sum
from tests.local_aws.plain_async import AsyncEndpoints, until
from tests.local_aws.plain_endpoints import PlainEndpoints, server


@pytest.fixture(scope="module")
def fast_aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": "60"}) as aws:
        yield aws


@pytest.fixture(scope="module")
def requests(fast_aws: LocalAws) -> AsyncEndpoints:
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    fast_aws.client("s3").create_bucket(Bucket=bucket)
    return AsyncEndpoints(PlainEndpoints(fast_aws, bucket))


@pytest.fixture(scope="module")
def echo(requests: AsyncEndpoints) -> str:
    return requests.serving()


def test_the_output_appears_at_its_location(requests, echo):
    accepted = requests.invoke(echo, b"1,2", ContentType="text/csv", InferenceId="row-7")
    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert accepted["InferenceId"] == "row-7"
    assert requests.result(accepted["OutputLocation"]) == b"1:1,2"
    assert requests.read(accepted["FailureLocation"]) is None


def test_an_inline_body_needs_no_object(requests, echo):
    runtime = requests.endpoints.aws.client("sagemaker-runtime")
    accepted = runtime.invoke_endpoint_async(EndpointName=echo, Body=b"inline", Filename="mine.out")
    assert accepted["OutputLocation"].endswith("/output/mine.out")
    assert requests.result(accepted["OutputLocation"]) == b"1:inline"


def test_describe_shows_the_configuration(requests, echo):
    described = requests.endpoints.describe(echo)
    assert described["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"].endswith("/output")


def test_an_input_may_be_larger_than_a_synchronous_one(requests):
    name = requests.serving(server("Handler.predict = lambda self, body: self.answer(200, str(len(body)).encode())"))
    accepted = requests.invoke(name, b"x" * 9_000_000)
    assert requests.result(accepted["OutputLocation"]) == b"9000000"


def test_both_kinds_of_endpoint_refuse_the_others_calls(requests, echo):
    with pytest.raises(ClientError, match="is asynchronous") as caught:
        requests.endpoints.invoke(echo)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    real_time = requests.endpoints.serving()
    with pytest.raises(ClientError, match="is not asynchronous") as caught:
        requests.invoke(real_time)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_results_are_published_and_counted(requests, fast_aws):
    good, bad = requests.mailbox(), requests.mailbox()
    topics = {"SuccessTopic": good.topic, "ErrorTopic": bad.topic}
    refusing = server(
        """
        def predict(self, body):
            self.answer(400 if body == b"bad" else 200, b"cannot read it" if body == b"bad" else body)
        Handler.predict = predict
        """
    )
    name = requests.serving(refusing, NotificationConfig=topics)
    assert [message["eventName"] for message in good.messages()] == ["TestNotification"]
    assert [message["eventName"] for message in bad.messages()] == ["TestNotification"]
    accepted = requests.invoke(name, b"good", InferenceId="first")
    (success,) = until(good.messages)
    assert (success["inferenceId"], success["invocationStatus"]) == ("first", "Completed")
    assert success["responseParameters"]["outputLocation"] == accepted["OutputLocation"]
    failed = requests.invoke(name, b"bad", InferenceId="second")
    assert requests.result(failed["FailureLocation"]) == b"cannot read it"
    (failure,) = until(bad.messages)
    assert (failure["inferenceId"], failure["invocationStatus"]) == ("second", "Failed")
    assert failure["failureReason"].startswith("ClientError: Received client error (400) from model.")
    assert any("[second] Received client error (400) from primary" in line for line in data_log(fast_aws, name))
    dimensions = {"EndpointName": name, "VariantName": "AllTraffic"}
    cloudwatch = fast_aws.client("cloudwatch")
    until(lambda: recent_sum(cloudwatch, "AWS/SageMaker", "InvocationsProcesssed", **dimensions) == 2)
    assert recent_sum(cloudwatch, "AWS/SageMaker", "InvocationFailures", **dimensions) == 1


def test_a_missing_input_fails_the_request(requests, echo):
    failed = requests.invoke(echo, InputLocation=f"s3://{requests.endpoints.bucket}/nothing")
    assert b"it does not exist" in requests.result(failed["FailureLocation"])


def test_an_output_that_cannot_be_written_fails_the_request(requests):
    name = requests.serving(S3OutputPath="s3://no-such-bucket-anywhere/output")
    failed = requests.invoke(name)
    assert b"Could not upload to s3://no-such-bucket-anywhere" in requests.result(failed["FailureLocation"])


def test_a_slow_model_fails_the_request_at_its_timeout(requests):
    name = requests.serving(server("Handler.predict = lambda self, body: time.sleep(30)"))
    failed = requests.invoke(name, InvocationTimeoutSeconds=1)
    assert b"Received server error (0) from model" in requests.result(failed["FailureLocation"])


def test_requests_wait_without_instances_until_one_comes_back(requests, fast_aws):
    name = requests.serving()
    requests.scale(name, 0)
    assert requests.endpoints.describe(name)["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    accepted = [requests.invoke(name, str(number).encode()) for number in range(3)]
    cloudwatch = fast_aws.client("cloudwatch")
    until(lambda: recent_sum(cloudwatch, "AWS/SageMaker", "HasBacklogWithoutCapacity", EndpointName=name) > 0)
    assert not any(requests.read(each["OutputLocation"]) for each in accepted)
    requests.scale(name, 1)
    assert [requests.result(each["OutputLocation"]) for each in accepted] == [b"1:0", b"1:1", b"1:2"]


def test_waiting_requests_survive_an_update(requests):
    name = requests.serving()
    requests.scale(name, 0)
    accepted = requests.invoke(name, b"row")
    model = requests.endpoints.model(server("VERSION = b'2:'"))
    config = requests.endpoints.describe(name)["AsyncInferenceConfig"]
    requests.endpoints.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=requests.endpoints.config(requests.endpoints.variant(model), AsyncInferenceConfig=config),
    )
    assert requests.result(accepted["OutputLocation"]) == b"2:row"


def test_an_update_publishes_a_test_message(requests):
    box = requests.mailbox()
    name = requests.serving(NotificationConfig={"SuccessTopic": box.topic})
    until(box.messages)
    configuration = requests.endpoints.describe(name)["EndpointConfigName"]
    requests.endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=configuration)
    assert requests.endpoints.wait(name)["EndpointStatus"] == "InService"
    assert [message["eventName"] for message in until(box.messages)] == ["TestNotification"]


def test_an_alarm_on_the_backlog_wakes_the_endpoint_up(requests, fast_aws):
    name = requests.serving()
    requests.scale(name, 0)
    accepted = requests.invoke(name, b"row")
    wake_up(fast_aws, name)
    assert until(lambda: requests.read(accepted["OutputLocation"]), seconds=60) == b"1:row"


def test_a_response_without_its_length_fails_the_request(requests):
    chunked = """
        def predict(self, body):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\\r\\nrow\\r\\n0\\r\\n\\r\\n")
        Handler.predict = predict
    """
    failed = requests.invoke(requests.serving(server(chunked)))
    assert b"did not specify the required Content-Length header" in requests.result(failed["FailureLocation"])


def test_a_request_that_waits_too_long_expires(requests):
    name = requests.serving()
    requests.scale(name, 0)
    expired = requests.invoke(name, RequestTTLSeconds=60)
    assert b"for longer than its RequestTTLSeconds, 60" in requests.result(expired["FailureLocation"])


def test_an_instance_gets_no_more_requests_than_configured(requests):
    counting = server(
        """
        import threading
        running, highest, lock = [], [0], threading.Lock()
        def predict(self, body):
            with lock:
                running.append(1)
                highest[0] = max(highest[0], len(running))
            time.sleep(0.2)
            with lock:
                running.pop()
            self.answer(200, str(highest[0]).encode())
        Handler.predict = predict
        """
    )
    name = requests.serving(counting, client={"MaxConcurrentInvocationsPerInstance": 2})
    accepted = [requests.invoke(name) for _ in range(6)]
    assert {int(requests.result(each["OutputLocation"])) for each in accepted} <= {1, 2}


def test_a_topic_that_refuses_fails_the_endpoint(requests):
    name = requests.start(NotificationConfig={"SuccessTopic": "arn:aws:sns:us-east-1:123456789012:missing"})
    described = requests.endpoints.wait(name)
    assert described["EndpointStatus"] == "Failed"
    assert "Could not publish to arn:aws:sns:us-east-1:123456789012:missing" in described["FailureReason"]


def test_waiting_requests_outlive_a_killed_server(tmp_path):
    options = (*PLAIN, "--state", str(tmp_path / "state"))
    with running_local_aws(*options) as aws:
        aws.client("s3").create_bucket(Bucket="kept")
        first = AsyncEndpoints(PlainEndpoints(aws, "kept"))
        name = first.serving()
        first.scale(name, 0)
        accepted = first.invoke(name, b"kept")
        aws.process.kill()
        aws.process.wait()
    with running_local_aws(*options) as aws:
        second = AsyncEndpoints(PlainEndpoints(aws, "kept"))
        second.endpoints.wait(name)
        second.scale(name, 1)
        assert second.result(accepted["OutputLocation"]) == b"1:kept"


def wake_up(aws: LocalAws, endpoint: str) -> None:
    """Add an instance once requests wait without one, as the developer guide's pages on scaling to zero do."""
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling = aws.client("application-autoscaling")
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=1)
    policy = scaling.put_scaling_policy(
        **target,
        PolicyName="wake-up",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Average",
            "Cooldown": 300,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{endpoint}-backlog",
        AlarmActions=[policy["PolicyARN"]],
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Dimensions=[{"Name": "EndpointName", "Value": endpoint}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="missing",
    )


def data_log(aws: LocalAws, endpoint: str) -> list[str]:
    """The lines of the endpoint's data-log streams."""
    logs, group = aws.client("logs"), f"/aws/sagemaker/Endpoints/{endpoint}"
    streams = [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    events = [
        event
        for stream in streams
        if stream.endswith("/data-log")
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
    ]
    return [event["message"] for event in events]
