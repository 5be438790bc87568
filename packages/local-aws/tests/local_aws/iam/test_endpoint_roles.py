"""What an endpoint does takes its model's role: alarms of an update, asynchronous results, captured requests."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws
from tests.local_aws.permissions import PULL, allow, code, role, user
from tests.local_aws.plain_async import AsyncEndpoints
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE, PlainJobs
from tests.local_aws.scaled_endpoints import put_alarm


@pytest.mark.parametrize("alarm", ["alarm:watched-*", "alarm:another-*"])
def test_an_updates_alarms_take_the_models_role(aws, jobs, alarm):
    endpoints = PlainEndpoints(aws, jobs.bucket)
    alarms = allow("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:us-east-1:123456789012:{alarm}")
    objects = allow(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::{jobs.bucket}*")
    config = serving_config(endpoints, role(aws, objects, alarms, allow(PULL)))
    name = endpoints.start(config)
    assert endpoints.wait(name)["EndpointStatus"] == "InService"
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    rollback = {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 1},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "watched-errors"}]},
    }
    put_alarm(aws.client("cloudwatch"), "watched-errors", name)
    request = {"EndpointName": name, "EndpointConfigName": config, "DeploymentConfig": rollback}
    if "watched" in alarm:
        endpoints.sagemaker.update_endpoint(**request)
        described = endpoints.wait(name)
        assert (described["EndpointStatus"], described.get("FailureReason")) == ("InService", None)
    else:
        with pytest.raises(ClientError, match="cloudwatch:DescribeAlarms"):
            endpoints.sagemaker.update_endpoint(**request)


def test_a_scaled_endpoint_is_deleted_by_who_may_deregister(aws, jobs):
    objects = allow(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::{jobs.bucket}*")
    endpoints = PlainEndpoints(aws, jobs.bucket)
    name = endpoints.start(serving_config(endpoints, role(aws, objects, allow(PULL))))
    assert endpoints.wait(name)["EndpointStatus"] == "InService"
    scaling = aws.client("application-autoscaling")
    target = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    target["ResourceId"] = f"endpoint/{name}/variant/AllTraffic"
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    deleting = allow("sagemaker:DeleteEndpoint")
    with pytest.raises(ClientError, match="does not have application-autoscaling:DeregisterScalableTarget") as refused:
        aws.client("sagemaker", **user(aws, deleting)).delete_endpoint(EndpointName=name)
    assert code(refused) == "AccessDeniedException"
    both = user(aws, deleting, allow("application-autoscaling:DeregisterScalableTarget"))
    aws.client("sagemaker", **both).delete_endpoint(EndpointName=name)
    assert not scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]


def asynchronous(aws: LocalAws, jobs: PlainJobs, *statements: dict[str, Any]) -> tuple[AsyncEndpoints, str]:
    """An asynchronous endpoint with a topic whose model's role may do this in addition to pulling the image."""
    endpoints = AsyncEndpoints(PlainEndpoints(aws, jobs.bucket, role(aws, allow(PULL), *statements)))
    return endpoints, endpoints.start(NotificationConfig={"SuccessTopic": endpoints.mailbox().topic})


def test_an_asynchronous_endpoint_acts_as_its_models_role(aws, jobs):
    objects = allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"], f"arn:aws:s3:::{jobs.bucket}*")
    closed = {**allow("s3:GetObject", f"arn:aws:s3:::{jobs.bucket}/input/*"), "Effect": "Deny"}
    endpoints, name = asynchronous(aws, jobs, objects, closed, allow("sns:Publish"))
    assert endpoints.endpoints.wait(name)["EndpointStatus"] == "InService"
    failed = endpoints.invoke(name)
    assert b"Could not download the input" in endpoints.result(failed["FailureLocation"])
    inline = aws.client("sagemaker-runtime").invoke_endpoint_async(EndpointName=name, Body=b"row")
    assert endpoints.result(inline["OutputLocation"]) == b"1:row"


def test_a_role_that_may_not_publish_fails_the_endpoint(aws, jobs):
    objects = allow(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::{jobs.bucket}*")
    endpoints, name = asynchronous(aws, jobs, objects)
    described = endpoints.endpoints.wait(name)
    assert described["EndpointStatus"] == "Failed"
    assert "sns:Publish" in described["FailureReason"]


def test_asynchronous_calls_take_their_own_permission(aws):
    synchronous = aws.client("sagemaker-runtime", **user(aws, allow("sagemaker:InvokeEndpoint")))
    with pytest.raises(ClientError, match="sagemaker:InvokeEndpointAsync") as refused:
        synchronous.invoke_endpoint_async(EndpointName="any", Body=b"row")
    assert code(refused) == "AccessDeniedException"


def serving_config(endpoints: PlainEndpoints, execution_role: str) -> str:
    """The configuration of an endpoint whose model has this role."""
    name, container = f"model-{uuid.uuid4().hex[:8]}", {"Image": IMAGE, "ModelDataUrl": endpoints.archive(server())}
    endpoints.sagemaker.create_model(ModelName=name, ExecutionRoleArn=execution_role, PrimaryContainer=container)
    return endpoints.config(endpoints.variant(name))


@pytest.mark.parametrize("extra, files", [((), 0), ((allow("s3:PutObject"),), 0), ((allow("s3:PutObject"), "key"), 1)])
def test_captured_requests_take_the_prefix_and_its_key(aws, jobs, extra, files):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    use = allow(["kms:GenerateDataKey", "kms:Decrypt"], key)
    model = allow(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::{jobs.bucket}*")
    execution = role(aws, allow(PULL), model, *(use if each == "key" else each for each in extra))
    endpoints = PlainEndpoints(aws, jobs.bucket, execution)
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{jobs.bucket}/captured",
        "KmsKeyId": key,
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    }
    name = endpoints.start(endpoints.config(endpoints.variant(endpoints.model()), DataCaptureConfig=capture))
    assert endpoints.wait(name)["EndpointStatus"] == "InService"
    assert endpoints.predict(name) == b"1:row"
    endpoints.delete(name)
    listing = aws.client("s3").list_objects_v2(Bucket=jobs.bucket, Prefix="captured/").get("Contents", ())
    assert len(listing) == files
    for item in listing:
        assert aws.client("s3").head_object(Bucket=jobs.bucket, Key=item["Key"])["SSEKMSKeyId"] == key
