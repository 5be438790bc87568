"""A server that goes on with the state folder of one that was killed, and of one that was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.remembered import LARGE, OPTIONS, PART, STILL, Remembered, killed_in_the_middle
from tests.local_aws.test_captured_endpoints import capturing, inputs
from tests.local_aws.test_model_packages import register


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembered]:
    state = ("--state", str(tmp_path_factory.mktemp("state")))
    with running_local_aws(*OPTIONS, *state) as first:
        names = killed_in_the_middle(first)
    with running_local_aws(*OPTIONS, *state) as second:
        jobs = PlainJobs(second, "restart")
        names["stopped job"] = jobs.start(STILL)
        jobs.wait(names["stopped job"], "Training")
        names["captured endpoint"] = capturing(PlainEndpoints(second, "restart"))
        PlainEndpoints(second, "restart").predict(names["captured endpoint"], b"1,2", ContentType="text/csv")
    with running_local_aws(*OPTIONS, *state) as third:
        endpoints = PlainEndpoints(third, "restart")
        names["first answer"] = endpoints.predict(names["endpoint"])
        names["status at the first answer"] = endpoints.describe(names["endpoint"])["EndpointStatus"]
        yield Remembered(third, names)


def test_the_last_write_before_a_kill_is_kept(after):
    assert after.aws.client("iam").get_role(RoleName="last")["Role"]["Arn"] == after["role"]


def test_objects_keep_contents_versions_and_tags(after):
    s3 = after.aws.client("s3")
    versions = s3.list_object_versions(Bucket="restart", Prefix="text")["Versions"]
    assert [version["IsLatest"] for version in versions] == [True, False]
    old = {"Bucket": "restart", "Key": "text", "VersionId": versions[1]["VersionId"]}
    response = s3.get_object(**old)
    assert (response["Body"].read(), response["Metadata"]) == (b"first", {"by": "me"})
    assert s3.get_object_tagging(**old)["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.get_object(Bucket="restart", Key="text")["Body"].read() == b"second"
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="restart", Key="gone")


@pytest.mark.parametrize("key", ["large", "copied"])
def test_a_large_object_is_read_whole_and_by_range(after, key):
    s3 = after.aws.client("s3")
    assert s3.get_object(Bucket="restart", Key=key)["Body"].read() == LARGE
    last = s3.get_object(Bucket="restart", Key=key, Range=f"bytes={PART - 3}-{PART + 2}")
    assert last["Body"].read() == LARGE[PART - 3 : PART + 3]


def test_a_finished_job_keeps_its_log_and_its_model(after):
    job = after.jobs.describe(after["job"])
    assert job["TrainingJobStatus"] == "Completed"
    assert after.jobs.log_lines(after["job"]) == ["hello"]
    assert after.jobs.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {}


@pytest.mark.parametrize("name", ["running job", "stopped job"])
def test_a_job_that_was_running_is_failed_with_that_reason(after, name):
    job = after.jobs.describe(after[name])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert "the local AWS was stopped or killed while the job was in progress" in job["FailureReason"]


def test_the_first_request_waits_until_an_endpoint_serves_again(after):
    assert after["first answer"] == b"1:row"
    assert after["status at the first answer"] == "InService"


def test_captured_requests_are_written_when_the_server_stops(after):
    assert inputs(after.endpoints, after["captured endpoint"]) == ["1,2"]
    described = after.endpoints.wait(after["captured endpoint"])
    assert described["DataCaptureConfig"]["CaptureStatus"] == "Started"


def test_an_endpoint_that_was_being_created_is_failed(after):
    endpoint = after.endpoints.describe(after["slow endpoint"])
    assert endpoint["EndpointStatus"] == "Failed"
    assert "stopped or killed" in endpoint["FailureReason"]


def test_an_update_under_way_is_rolled_back(after):
    endpoint = after.endpoints.wait(after["baking endpoint"])
    assert endpoint["EndpointStatus"] == "InService"
    assert "stopped or killed" in endpoint["FailureReason"]
    assert "PendingDeploymentSummary" not in endpoint
    assert {after.endpoints.predict(after["baking endpoint"]) for _ in range(8)} == {b"1:row"}


def test_a_stack_is_known_with_its_outputs_and_updates(after):
    cloudformation = after.aws.client("cloudformation")
    last = after["stack"]
    last.cloudformation = cloudformation
    assert last.outputs()["Arn"].endswith(":of-the-stack")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-the-stack", "DelaySeconds": 7}}
    assert last.apply({"Queue": queue}) == "UPDATE_COMPLETE"
    url = after.aws.client("sqs").get_queue_url(QueueName="of-the-stack")["QueueUrl"]
    assert f":{after.aws.port}/" in url
    attributes = after.aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"]["DelaySeconds"] == "7"


def test_a_stack_that_was_being_created_can_be_deleted(after):
    cloudformation = after.aws.client("cloudformation")
    assert cloudformation.describe_stacks(StackName="slow")["Stacks"][0]["StackStatus"] == "ROLLBACK_FAILED"
    cloudformation.delete_stack(StackName="slow")


def test_model_packages_keep_their_tags_and_go_on_counting(after):
    sagemaker = after.aws.client("sagemaker")
    assert sagemaker.list_tags(ResourceArn=after["model package"])["Tags"] == [{"Key": "kept", "Value": "yes"}]
    assert register(sagemaker, "restart").endswith("/3")


def test_a_running_execution_has_failed(after):
    execution = after.aws.client("stepfunctions").describe_execution(executionArn=after["execution"])
    assert execution["status"] == "FAILED"


def test_a_function_can_be_invoked(after):
    response = after.aws.client("lambda").invoke(FunctionName="doubled", Payload=b'{"number": 21}')
    assert json.loads(response["Payload"].read()) == 42


def test_schedules_go_on(after):
    assert after.aws.client("events").describe_rule(Name="hourly")["State"] == "ENABLED"


def test_a_waiting_cluster_waits_again(after):
    description = after.aws.client("emr").describe_cluster(ClusterId=after["cluster"])["Cluster"]
    assert description["Status"]["State"] == "WAITING"
    assert description["Tags"] == [{"Key": "kept", "Value": "yes"}]


def test_every_other_service_remembers(after):
    assert after.aws.client("emr-serverless").get_application(applicationId=after["application"])
    targets = after.aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    assert targets["ScalableTargets"][0]["MaxCapacity"] == 3
    requests = after.aws.client("service-quotas").list_requested_service_quota_change_history()
    assert requests["RequestedQuotas"][0]["DesiredValue"] == 1000
    component = after.aws.client("sagemaker").describe_trial_component(TrialComponentName="kept")
    assert component["Metrics"][0]["Last"] == 0.5
