"""What a server is used for before it is killed, and what the next one with its state folder is asked about."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.stacks import Stack
from tests.local_aws.state_machines import StateMachines
from tests.local_aws.test_model_packages import register

PART = 8 * 1024 * 1024
LARGE = bytes(range(256)) * (PART // 256) + b"the second part"
OPTIONS = (*PLAIN, "--parallel-jobs", "4")
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ASSUMED = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
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
