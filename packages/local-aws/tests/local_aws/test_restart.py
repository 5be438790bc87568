"""A server that goes on with the state folder of one that was killed, and of one that was stopped."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.files.state_file import StateFile
from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.stacks import Stack
from tests.local_aws.state_machines import StateMachines
from tests.local_aws.test_captured_endpoints import capturing, inputs
from tests.local_aws.test_model_packages import register

PART = 8 * 1024 * 1024
LARGE = bytes(range(256)) * (PART // 256) + b"the second part"
OPTIONS = (*PLAIN, "--parallel-jobs", "4")
ASSUMED = json.dumps({"Version": "2012-10-17", "Statement": []})
SCALABLE = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
STILL = "import time; print('begun', flush=True); time.sleep(600)"


@dataclass
class Remembered:
    """What the first two servers did, and the third one."""

    aws: LocalAws
    names: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    @property
    def jobs(self) -> PlainJobs:
        return PlainJobs(self.aws, "restart")

    @property
    def endpoints(self) -> PlainEndpoints:
        return PlainEndpoints(self.aws, "restart")


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
        yield Remembered(third, names)


def killed_in_the_middle(aws: LocalAws) -> dict[str, Any]:
    """Use many services, and kill the server right after the last response."""
    s3, names = aws.client("s3"), {}
    s3.create_bucket(Bucket="restart")
    s3.put_bucket_versioning(Bucket="restart", VersioningConfiguration={"Status": "Enabled"})
    jobs, endpoints, machines = PlainJobs(aws, "restart"), PlainEndpoints(aws, "restart"), StateMachines(aws)
    names["slow endpoint"] = endpoints.start(
        endpoints.config(endpoints.variant(endpoints.model(server("time.sleep(600)"))))
    )
    names["running job"] = jobs.start(STILL)
    names["execution"] = machines.start({"Wait": {"Type": "Wait", "Seconds": 600, "End": True}})
    names["slow stack"] = slow_stack(aws, endpoints)
    launcher.create_function(aws, "doubled", "def handler(event, context):\n    return event['number'] * 2\n")
    aws.client("lambda").invoke(FunctionName="doubled", Payload=b'{"number": 1}')
    names["job"] = jobs.run("print('hello')")["TrainingJobName"]
    names["endpoint"] = endpoints.serving()
    names["baking endpoint"] = baking(endpoints)
    names["stack"] = stack(aws)
    names["model package"] = packages(aws)
    aws.client("events").put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    names["cluster"] = cluster(aws)
    names["application"] = application(aws)
    other_services(aws, names["endpoint"])
    jobs.wait(names["running job"], "Training")
    objects(s3)
    names["role"] = aws.client("iam").create_role(RoleName="last", AssumeRolePolicyDocument=ASSUMED)["Role"]["Arn"]
    aws.process.kill()
    aws.process.wait(5)
    return names


def baking(endpoints: PlainEndpoints) -> str:
    """An endpoint in the middle of a canary deployment."""
    first, second = endpoints.model(), endpoints.model(server("VERSION = b'2:'"))
    name = endpoints.start(endpoints.config(endpoints.variant(first, InitialInstanceCount=2)))
    endpoints.wait(name)
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 3600,
    }
    endpoints.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=endpoints.config(endpoints.variant(second, InitialInstanceCount=2)),
        DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}},
    )
    while endpoints.predict(name) == b"1:row":
        assert endpoints.describe(name)["EndpointStatus"] == "Updating"
    return name


def slow_stack(aws: LocalAws, endpoints: PlainEndpoints) -> str:
    config = endpoints.config(endpoints.variant(endpoints.model(server("time.sleep(600)"))))
    resources = {"E": {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointConfigName": config}}}
    body = json.dumps({"Resources": resources})
    aws.client("cloudformation").create_stack(StackName="slow", TemplateBody=body)
    return "slow"


def stack(aws: LocalAws) -> Stack:
    new_stack = Stack(aws)
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-the-stack"}}
    assert new_stack.apply({"Queue": queue}, {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}) == "CREATE_COMPLETE"
    return new_stack


def packages(aws: LocalAws) -> str:
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="restart")
    first, second = (register(sagemaker, "restart") for _ in range(2))
    sagemaker.delete_model_package(ModelPackageName=second)
    sagemaker.add_tags(ResourceArn=first, Tags=[{"Key": "kept", "Value": "yes"}])
    return str(first)


def cluster(aws: LocalAws) -> str:
    """A cluster that waits for steps."""
    iam, emr = aws.client("iam"), aws.client("emr")
    iam.create_instance_profile(InstanceProfileName="nodes")
    instances = {"MasterInstanceType": "m5.xlarge", "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True}
    identifier = emr.run_job_flow(
        Name="kept", ReleaseLabel="emr-7.12.0", Instances=instances, JobFlowRole="nodes", ServiceRole="emr"
    )["JobFlowId"]
    while emr.describe_cluster(ClusterId=identifier)["Cluster"]["Status"]["State"] != "WAITING":
        time.sleep(0.05)
    emr.add_tags(ResourceId=identifier, Tags=[{"Key": "kept", "Value": "yes"}])
    return str(identifier)


def application(aws: LocalAws) -> str:
    serverless = aws.client("emr-serverless")
    return str(serverless.create_application(type="SPARK", releaseLabel="emr-7.12.0")["applicationId"])


def other_services(aws: LocalAws, endpoint: str) -> None:
    aws.client("application-autoscaling").register_scalable_target(
        **SCALABLE, ResourceId=f"endpoint/{endpoint}/variant/AllTraffic", MinCapacity=1, MaxCapacity=3
    )
    quotas = aws.client("service-quotas")
    code = quotas.list_service_quotas(ServiceCode="sagemaker")["Quotas"][0]["QuotaCode"]
    quotas.request_service_quota_increase(ServiceCode="sagemaker", QuotaCode=code, DesiredValue=1000)
    aws.client("sagemaker").create_trial_component(TrialComponentName="kept")
    metric = {"MetricName": "error", "Value": 0.5, "Timestamp": str(int(time.time()))}
    aws.client("sagemaker-metrics").batch_put_metrics(TrialComponentName="kept", MetricData=[metric])


def objects(s3: Any) -> None:
    s3.put_object(Bucket="restart", Key="text", Body=b"first", Metadata={"by": "me"}, Tagging="a=b")
    s3.put_object(Bucket="restart", Key="text", Body=b"second")
    s3.put_object(Bucket="restart", Key="gone", Body=b"hidden")
    s3.delete_object(Bucket="restart", Key="gone")
    upload = s3.create_multipart_upload(Bucket="restart", Key="large")["UploadId"]
    parts = []
    for number, body in enumerate((LARGE[:PART], LARGE[PART:]), 1):
        where = {"Bucket": "restart", "Key": "large", "UploadId": upload, "PartNumber": number}
        parts.append({"PartNumber": number, "ETag": s3.upload_part(**where, Body=body)["ETag"]})
    s3.complete_multipart_upload(Bucket="restart", Key="large", UploadId=upload, MultipartUpload={"Parts": parts})
    s3.copy_object(Bucket="restart", Key="copied", CopySource={"Bucket": "restart", "Key": "large"})


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


def test_an_endpoint_in_service_serves_again(after):
    assert after.endpoints.wait(after["endpoint"])["EndpointStatus"] == "InService"
    assert after.endpoints.predict(after["endpoint"]) == b"1:row"


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


def test_fresh_begins_anew_with_the_same_secret(tmp_path):
    with running_local_aws(*PLAIN, "--state", str(tmp_path)) as aws:
        aws.client("s3").create_bucket(Bucket="earlier")
        secret = aws.secret
    with running_local_aws(*PLAIN, "--state", str(tmp_path), "--fresh") as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []
        assert aws.secret == secret


def test_a_run_of_its_own_leaves_its_log_only(tmp_path):
    with running_local_aws(*PLAIN, "--state", str(tmp_path), "--per-run") as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="earlier")
        s3.put_object(Bucket="earlier", Key="large", Body=LARGE)
        assert s3.get_object(Bucket="earlier", Key="large")["Body"].read() == LARGE
    assert not {"objects", "state.sqlite"} & {entry.name for entry in tmp_path.iterdir()}
    assert (tmp_path / "local-aws.log").exists()


def refusal(state: Path) -> tuple[int, str]:
    """The exit code and the words of a server that can't begin with this state."""
    process = launcher.start("--port", "0", "--state", str(state), *PLAIN)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


def test_a_folder_of_another_format_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "state.sqlite") as database:
        database.execute("PRAGMA user_version=99")
    assert refusal(tmp_path) == (
        2,
        (
            f"local_aws: {tmp_path} has format 99, and this local AWS reads 1. "
            "Begin anew with --fresh, or name another folder with --state.\n"
        ),
    )


def test_a_damaged_row_is_one_clear_line(tmp_path):
    file = StateFile.open(tmp_path)
    file.write("ministack/iam", {"('roles', '', None)": "no JSON"})
    file.close()
    assert refusal(tmp_path) == (
        1,
        (
            f"local_aws: {tmp_path} can't be read (JSONDecodeError: Expecting value: line 1 column 1 (char 0)). "
            "Begin anew with --fresh, or name another folder with --state.\n"
        ),
    )


def test_large_uploads_cost_little_memory(tmp_path):
    size, parts = 16 * 1024 * 1024, 16
    with running_local_aws(*PLAIN) as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="memory")
        before = memory_of(aws)
        upload = s3.create_multipart_upload(Bucket="memory", Key="large")["UploadId"]
        etags = []
        for number in range(1, parts + 1):
            where = {"Bucket": "memory", "Key": "large", "UploadId": upload, "PartNumber": number}
            etags.append({"PartNumber": number, "ETag": s3.upload_part(**where, Body=bytes(size))["ETag"]})
        s3.complete_multipart_upload(Bucket="memory", Key="large", UploadId=upload, MultipartUpload={"Parts": etags})
        whole = s3.get_object(Bucket="memory", Key="large")["Body"]
        assert sum(len(piece) for piece in whole.iter_chunks(1024 * 1024)) == size * parts
        assert memory_of(aws) - before < 100 * 1024 * 1024


def memory_of(aws: LocalAws) -> int:
    """Bytes that the server itself holds, without the files that it has read."""
    lines = Path(f"/proc/{aws.process.pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return int(status["RssAnon"].split()[0]) * 1024
