"""`--iam`: the caller, and the role that a job is handed, may do what their policies say. Without it, everything."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_async import AsyncEndpoints
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE, PlainJobs
from tests.local_aws.stacks import Stack

SAGEMAKER = "sagemaker.amazonaws.com"
JOB_ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/*"
PULL = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, "--iam") as server:
        yield server


@pytest.fixture
def jobs(aws: LocalAws) -> PlainJobs:
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    return PlainJobs(aws, bucket)


def allow(actions: str | list[str], resource: str = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def role(aws: LocalAws, *statements: dict[str, Any], service: str = SAGEMAKER, **condition: Any) -> str:
    """The ARN of a role that the service may assume, and that may do what the statements say."""
    name = f"role-{uuid.uuid4().hex[:12]}"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    response = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        aws.client("iam").put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
    return str(response["Role"]["Arn"])


def user(aws: LocalAws, *statements: dict[str, Any]) -> dict[str, str]:
    """The credentials of a user, as a client takes them."""
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def working(aws: LocalAws, bucket: str) -> str:
    """A role with all that a job of ours takes."""
    objects = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")
    return role(aws, objects, allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"), allow(PULL))


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_job_runs_with_a_role_that_may_do_what_it_takes(aws, jobs):
    ended = jobs.run("pass", RoleArn=working(aws, jobs.bucket))
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")


def test_an_unknown_key_is_refused(aws):
    client = aws.client("sagemaker", aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(ClientError) as refused:
        client.list_training_jobs()
    assert code(refused) == "UnrecognizedClientException"


def test_a_wrong_secret_is_refused(aws):
    keys = {**user(aws, allow("sagemaker:ListTrainingJobs")), "aws_secret_access_key": "wrong"}
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", **keys).list_training_jobs()
    assert code(refused) == "InvalidSignatureException"


def test_a_user_may_do_what_the_policy_says_and_no_more(aws):
    sagemaker = aws.client("sagemaker", **user(aws, allow("sagemaker:ListTrainingJobs")))
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] is not None
    with pytest.raises(ClientError) as refused:
        sagemaker.list_models()
    assert code(refused) == "AccessDeniedException"
    assert "is not authorized to perform: sagemaker:ListModels" in str(refused.value)


@pytest.mark.parametrize(
    ("missing", "permissions"),
    [
        ("sagemaker:CreateTrainingJob", [allow("iam:PassRole"), allow("sagemaker:AddTags")]),
        ("iam:PassRole", [allow("sagemaker:CreateTrainingJob", JOB_ARN), allow("sagemaker:AddTags")]),
        ("sagemaker:AddTags", [allow("sagemaker:CreateTrainingJob", JOB_ARN), allow("iam:PassRole")]),
        (
            "iam:PassRole",
            [
                allow("sagemaker:*"),
                allow("iam:PassRole", StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),
            ],
        ),
    ],
    ids=["operation", "passing the role", "tags", "passing it to another service"],
)
def test_starting_a_job_takes_the_operation_the_role_and_the_tags(aws, jobs, missing, permissions):
    request = jobs.request("pass", RoleArn=working(aws, jobs.bucket), Tags=[{"Key": "team", "Value": "a"}])
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", **user(aws, *permissions)).create_training_job(**request)
    assert code(refused) == "AccessDeniedException"
    assert missing in str(refused.value)


def test_a_role_that_trusts_another_service_is_no_execution_role(aws, jobs):
    request = jobs.request("pass", RoleArn=role(aws, allow(PULL), service="ec2.amazonaws.com"))
    with pytest.raises(ClientError, match="Could not assume role"):
        aws.client("sagemaker").create_training_job(**request)


def test_a_role_that_trusts_another_account_only_is_no_execution_role(aws, jobs):
    other = role(aws, allow(PULL), StringEquals={"aws:SourceAccount": "210987654321"})
    with pytest.raises(ClientError, match="Could not assume role"):
        aws.client("sagemaker").create_training_job(**jobs.request("pass", RoleArn=other))


@pytest.mark.parametrize(("account", "trusted"), [("123456789012", True), ("210987654321", False)])
def test_a_trust_policy_compares_the_callers_role_with_its_path(aws, account, trusted):
    caller = f"caller-{account}"
    document = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}
    iam, sts = aws.client("iam"), aws.client("sts")
    trust = json.dumps(document)
    arn = iam.create_role(RoleName=caller, Path="/sso/eu/", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    policy = {"Statement": [allow("sts:AssumeRole")]}
    iam.put_role_policy(RoleName=caller, PolicyName="assume", PolicyDocument=json.dumps(policy))
    only = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/sso/*/call??-*"}}
    document["Statement"][0]["Condition"] = only
    target = iam.create_role(RoleName=f"of-{caller}", AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    credentials = sts.assume_role(RoleArn=arn, RoleSessionName="ada")["Credentials"]
    session = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    try:
        aws.client("sts", **session).assume_role(RoleArn=target, RoleSessionName="ada")
        assert trusted
    except ClientError as error:
        assert not trusted
        assert error.response["Error"]["Code"] == "AccessDenied"


def test_a_version_is_approved_by_whom_its_group_is_allowed(aws):
    pattern = "arn:aws:sagemaker:us-east-1:123456789012:model-package/{}-group/*"
    for group, answer in (("own", "ValidationException"), ("other", "AccessDeniedException")):
        session = user(aws, allow("sagemaker:UpdateModelPackage", pattern.format("own")))
        with pytest.raises(ClientError) as refused:
            aws.client("sagemaker", **session).update_model_package(
                ModelPackageArn=pattern.format(group).replace("*", "7"), ModelApprovalStatus="Approved"
            )
        assert code(refused) == answer


def test_a_job_whose_role_may_not_read_fails_and_says_so(aws, jobs):
    ended = jobs.run("pass", RoleArn=role(aws, allow("s3:ListBucket"), allow("s3:PutObject"), allow(PULL)))
    assert ended["TrainingJobStatus"] == "Failed"
    assert "download" in ended["FailureReason"]


def test_a_job_whose_role_may_not_write_fails_and_says_so(aws, jobs):
    ended = jobs.run("pass", RoleArn=role(aws, allow(["s3:ListBucket", "s3:GetObject"]), allow(PULL)))
    assert ended["TrainingJobStatus"] == "Failed"
    assert "upload" in ended["FailureReason"]


@pytest.mark.parametrize("permitted", [False, True])
def test_an_output_with_a_key_takes_encryption_with_that_key(aws, jobs, permitted):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    encrypt = [allow(["kms:Encrypt", "kms:GenerateDataKey"] if permitted else "kms:GenerateDataKey", key)]
    objects = allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
    output = {"S3OutputPath": f"s3://{jobs.bucket}/output", "KmsKeyId": key}
    request = jobs.request("pass", RoleArn=role(aws, objects, allow(PULL), *encrypt), OutputDataConfig=output)
    if permitted:
        aws.client("sagemaker").create_training_job(**request)
    else:
        with pytest.raises(ClientError, match="kms:Encrypt"):
            aws.client("sagemaker").create_training_job(**request)


def ended(aws: LocalAws, resource: str, arguments: dict[str, Any], *permissions: dict[str, Any]) -> dict[str, Any]:
    """The end of an execution of one task, with a role that may do what the statements say."""
    state = {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True}
    states = aws.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:8]}",
        definition=json.dumps({"StartAt": "Task", "States": {"Task": state}}),
        roleArn=role(aws, *permissions, service="states.amazonaws.com"),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    while (description := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.05)
    return dict(description)


def test_a_machine_that_awaits_a_job_takes_the_permission_to_list_its_tags(aws, jobs):
    actions = ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"]
    rules = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    request = jobs.request("pass", RoleArn=working(aws, jobs.bucket))
    resource = "arn:aws:states:::sagemaker:createTrainingJob.sync"
    assert "sagemaker:ListTags" in ended(aws, resource, request, allow([*actions, *rules, "iam:PassRole"]))["cause"]


ACCOUNT = "123456789012"
TASKS = {
    "aws-sdk:dynamodb:listTables": ({}, "dynamodb:ListTables"),
    "aws-sdk:s3:getObject": ({"Bucket": "b", "Key": "k"}, "s3:GetObject on resource: arn:aws:s3:::b/k"),
    "dynamodb:getItem": ({"TableName": "t", "Key": {}}, "dynamodb:GetItem"),
    "elasticmapreduce:addStep.sync": ({"ClusterId": "j-1", "Step": {}}, "elasticmapreduce:AddJobFlowSteps"),
    "emr-serverless:startJobRun.sync": (
        {"ApplicationId": "a", "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
        "events:DescribeRule on resource: arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForEMR",
    ),
    "events:putEvents": ({"Entries": [{"Source": "s"}]}, "events:PutEvents"),
    "sns:publish": ({"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "Message": "m"}, "sns:Publish"),
    "sqs:sendMessage": ({"QueueUrl": f"http://x/{ACCOUNT}/q", "MessageBody": "m"}, "sqs:SendMessage"),
    "states:startExecution": (
        {"StateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
        "states:StartExecution",
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_a_machines_role_may_not_run_a_task_that_no_policy_allows(aws, task):
    arguments, action = TASKS[task]
    end = ended(aws, f"arn:aws:states:::{task}", arguments)
    assert end["status"] == "FAILED"
    assert f"is not authorized to perform: {action}" in end["cause"]


def test_a_machine_publishes_to_the_topic_that_its_policy_names(aws):
    topic = aws.client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    publish = {"TopicArn": topic, "Message": "done"}
    end = ended(aws, "arn:aws:states:::sns:publish", publish, allow("sns:Publish", topic))
    assert end["status"] == "SUCCEEDED", end.get("cause")


def test_a_function_named_as_a_resource_takes_its_invocation(aws):
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    assert "lambda:InvokeFunction" in ended(aws, function, {})["cause"]


def test_an_image_that_the_role_may_not_pull_is_refused(aws, jobs):
    with pytest.raises(ClientError, match="ecr:BatchGetImage"):
        aws.client("sagemaker").create_training_job(
            **jobs.request(
                "pass", RoleArn=role(aws, allow([action for action in PULL if action != "ecr:BatchGetImage"]))
            )
        )


@pytest.mark.parametrize(
    ("actions", "status"), [(["kms:Decrypt"], "Completed"), ([], "Failed")], ids=["with", "without"]
)
def test_an_encrypted_object_takes_its_key_too(aws, jobs, actions, status):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    text = b"encrypted"
    aws.client("s3").put_object(
        Bucket=jobs.bucket, Key="data/a", Body=text, ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    rights = [allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject"]), allow(PULL)]
    if actions:
        rights.append(allow(actions, key))
    request = jobs.request("pass", RoleArn=role(aws, *rights))
    request["InputDataConfig"].append(jobs.channel("data", "data/"))
    aws.client("sagemaker").create_training_job(**request)
    assert jobs.wait(request["TrainingJobName"])["TrainingJobStatus"] == status


def test_a_metric_is_published_in_the_namespaces_that_the_policy_names(aws):
    client = aws.client(
        "cloudwatch", **user(aws, allow("cloudwatch:PutMetricData", StringLike={"cloudwatch:namespace": "own/*"}))
    )
    data = [{"MetricName": "m", "Value": 1.0}]
    client.put_metric_data(Namespace="own/a", MetricData=data)
    with pytest.raises(ClientError) as refused:
        client.put_metric_data(Namespace="other", MetricData=data)
    assert code(refused) == "AccessDeniedException"


def test_a_tunings_jobs_are_listed_to_whom_its_arn_is_allowed(aws):
    action = "sagemaker:ListTrainingJobsForHyperParameterTuningJob"
    arn = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/own"
    client = aws.client("sagemaker", **user(aws, allow(action, arn)))
    for name, expected in (("own", "ResourceNotFound"), ("other", "AccessDeniedException")):
        with pytest.raises(ClientError) as refused:
            client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        assert code(refused) == expected


def test_a_repository_is_described_to_whom_its_arn_is_allowed(aws):
    own, other = [f"images-{uuid.uuid4().hex[:12]}" for _ in range(2)]
    for name in (own, other):
        aws.client("ecr").create_repository(repositoryName=name)
    arn = f"arn:aws:ecr:us-east-1:123456789012:repository/{own}"
    client = aws.client("ecr", **user(aws, allow("ecr:DescribeRepositories", arn)))
    assert client.describe_repositories(repositoryNames=[own])["repositories"][0]["repositoryArn"] == arn
    with pytest.raises(ClientError) as refused:
        client.describe_repositories(repositoryNames=[other])
    assert code(refused) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("names", "denied"), [(["own-1"], False), (["own-1", "own-2"], False), (["own-1", "other"], True)]
)
def test_alarms_are_deleted_by_whom_all_their_arns_are_allowed(aws, names, denied):
    pattern = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:own-*"
    client = aws.client("cloudwatch", **user(aws, allow("cloudwatch:DeleteAlarms", pattern)))
    if not denied:
        client.delete_alarms(AlarmNames=names)
        return
    with pytest.raises(ClientError) as refused:
        client.delete_alarms(AlarmNames=names)
    assert code(refused) == "AccessDeniedException"


def test_a_model_is_deleted_by_whom_its_tag_is_allowed(aws, jobs):
    sagemaker = aws.client("sagemaker")
    trusted = role(aws, allow(PULL))
    own = allow("sagemaker:DeleteModel", StringEquals={"aws:ResourceTag/team": "one"})
    caller = aws.client("sagemaker", **user(aws, own))
    names = {team: f"Model-{uuid.uuid4().hex[:8]}" for team in ("one", "two")}
    for team, name in names.items():
        sagemaker.create_model(
            ModelName=name,
            PrimaryContainer={"Image": IMAGE},
            ExecutionRoleArn=trusted,
            Tags=[{"Key": "team", "Value": team}],
        )
    with pytest.raises(ClientError, match="sagemaker:DeleteModel"):
        caller.delete_model(ModelName=names["two"])
    caller.delete_model(ModelName=names["one"])


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
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="watched-errors",
        Namespace="Test",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
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


@pytest.mark.parametrize("packaged", [False, True])
def test_a_model_whose_role_may_not_read_its_artifact_is_refused(aws, jobs, packaged):
    endpoints, sagemaker = PlainEndpoints(aws, jobs.bucket), aws.client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": endpoints.archive(server())}
    if packaged:
        container = {"ModelPackageName": package(sagemaker, container)}
    reader, other = working(aws, jobs.bucket), working(aws, "another-environments-bucket")
    with pytest.raises(ClientError, match="Could not access model data at s3://") as refused:
        sagemaker.create_model(ModelName="unreadable", ExecutionRoleArn=other, PrimaryContainer=container)
    assert code(refused) == "ValidationException"
    name = f"readable-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=reader, PrimaryContainer=container)


def package(sagemaker: Any, container: dict[str, Any]) -> str:
    """The ARN of an approved version of a group."""
    group = f"group-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    response = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": [container], **types},
    )
    return str(response["ModelPackageArn"])


def serving_config(endpoints: PlainEndpoints, execution_role: str) -> str:
    """The configuration of an endpoint whose model has this role."""
    name, container = f"model-{uuid.uuid4().hex[:8]}", {"Image": IMAGE, "ModelDataUrl": endpoints.archive(server())}
    endpoints.sagemaker.create_model(ModelName=name, ExecutionRoleArn=execution_role, PrimaryContainer=container)
    return endpoints.config(endpoints.variant(name))


@pytest.mark.parametrize("delivery", [True, False])
def test_a_machines_logs_take_its_keys_policy(aws, delivery):
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*"}
    service = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "kms:Decrypt"}
    statements = [{**statement, "Resource": "*"} for statement in ([account, service] if delivery else [account])]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    group = "arn:aws:logs:us-east-1:123456789012:log-group:executions:*"
    properties = {
        "RoleArn": role(aws, allow("logs:*"), service="states.amazonaws.com"),
        "DefinitionString": json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        "LoggingConfiguration": {"Level": "ALL", "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}]},
        "EncryptionConfiguration": {
            "Type": "CUSTOMER_MANAGED_KMS_KEY",
            "KmsKeyId": aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"],
        },
    }
    stack = Stack(aws)
    status = stack.apply({"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})
    assert status == ("CREATE_COMPLETE" if delivery else "ROLLBACK_COMPLETE"), stack.reasons()
    assert delivery or any("not authorized to access the Log Destination" in reason for reason in stack.reasons())
    stack.delete()


@pytest.mark.parametrize("permitted", [True, False])
def test_publishing_to_an_encrypted_topic_takes_its_key(aws, permitted):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"topic-{uuid.uuid4().hex[:8]}"
    topic = aws.client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
    rights = [allow(["kms:Decrypt", "kms:GenerateDataKey"], key)] if permitted else []
    sns = aws.client("sns", **user(aws, allow("sns:Publish", topic), *rights))
    if permitted:
        assert sns.publish(TopicArn=topic, Message="idle")["MessageId"]
    else:
        with pytest.raises(ClientError, match=r"AuthorizationError|AccessDenied"):
            sns.publish(TopicArn=topic, Message="idle")


@pytest.mark.parametrize("served", [True, False])
def test_a_log_groups_key_takes_a_policy_for_cloudwatch_logs(aws, served):
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*"}
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:*"}}
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "Condition": groups,
    }
    statements = [{**statement, "Resource": "*"} for statement in ([account, logs] if served else [account])]
    key = aws.client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    stack = Stack(aws)
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": key["KeyMetadata"]["Arn"]}}
    assert stack.apply({"Group": group}) == ("CREATE_COMPLETE" if served else "ROLLBACK_COMPLETE"), stack.reasons()
    assert served or any("is not allowed to be used with LogGroup" in reason for reason in stack.reasons())
    stack.delete()


def test_a_schedule_starts_its_machine_with_a_role_that_may(aws):
    states, scheduler = aws.client("stepfunctions"), aws.client("scheduler")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    machines = {}
    for name, permitted in (("unheard", False), ("started", True)):
        machine = states.create_state_machine(
            name=f"{name}-{uuid.uuid4().hex[:8]}",
            definition=definition,
            roleArn=role(aws, allow("logs:*"), service="states.amazonaws.com"),
        )["stateMachineArn"]
        machines[name] = machine
        start = [allow("states:StartExecution", machine)] if permitted else []
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression="at(2026-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": machine, "RoleArn": role(aws, *start, service="scheduler.amazonaws.com"), "Input": "{}"},
        )
    deadline = time.monotonic() + 60
    while not (runs := states.list_executions(stateMachineArn=machines["started"])["executions"]):
        assert time.monotonic() < deadline, "the schedule did not start its machine"
        time.sleep(0.1)
    assert len(runs) == 1
    assert states.list_executions(stateMachineArn=machines["unheard"])["executions"] == []


def test_a_schedule_takes_a_role_that_scheduler_may_assume(aws):
    target = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": role(aws, service="events.amazonaws.com")}
    properties = {
        "ScheduleExpression": "rate(1 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    stack = Stack(aws)
    assert (
        stack.apply({"Nightly": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}) == "ROLLBACK_COMPLETE"
    )
    assert any("must allow AWS EventBridge Scheduler to assume the role" in reason for reason in stack.reasons())
    stack.delete()


def test_every_decision_is_written_down(aws, jobs):
    arn = working(aws, jobs.bucket)
    jobs.run("pass", RoleArn=arn)
    calls = [json.loads(line) for line in Path(aws.ready["state"], "iam-calls.jsonl").read_text().splitlines()]
    own = {call["action"] for call in calls if f":assumed-role/{arn.rpartition('/')[2]}/" in call["principal"]}
    assert {"s3:GetObject", "s3:PutObject", "ecr:BatchGetImage"} <= own


def test_without_the_option_a_role_need_not_exist(plain_aws, bucket):
    ended = PlainJobs(plain_aws, bucket).run("pass", RoleArn="arn:aws:iam::123456789012:role/nobody")
    assert ended["TrainingJobStatus"] == "Completed"


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


def test_variables_named_as_members_are_no_roles_images_keys_or_networks(aws, jobs):
    named = dict.fromkeys(("RoleArn", "Image", "VolumeKmsKeyId", "VpcConfig"), "hello")
    ended = jobs.run("pass", RoleArn=working(aws, jobs.bucket), Environment=named)
    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")


def test_a_model_without_a_role_has_no_permissions_to_check(aws, jobs):
    sagemaker, name = aws.client("sagemaker"), f"model-{uuid.uuid4().hex[:8]}"
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    container = {"Image": IMAGE, "ModelDataUrl": jobs.put("model.tar.gz", b"archive")}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], KmsKeyId=key)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def test_a_caller_learns_of_missing_permissions_first(aws, jobs):
    request = jobs.request("pass", RoleArn="arn:aws:iam::999999999999:role/x")
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", **user(aws, allow("sagemaker:ListModels"))).create_training_job(**request)
    assert code(refused) == "AccessDeniedException"
    with pytest.raises(ClientError, match="Cross-account pass role is not allowed"):
        aws.client("sagemaker").create_training_job(**request)
