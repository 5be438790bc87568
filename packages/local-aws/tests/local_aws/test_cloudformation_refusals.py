"""Resources that AWS's services refuse fail a stack, in the service's words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.client_errors import refused
from tests.local_aws.networks import ref, resource

TARGET = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"}

FUNCTION = {**TARGET, "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}


def schedule(expression="rate(1 hour)", **members):
    usual = {"ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": TARGET}
    return resource("Scheduler::Schedule", **{**usual, **members})


def rule(**members):
    return resource("Events::Rule", **{"EventPattern": {"source": ["mine"]}, **members})


def targets(count, **members):
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    return [{"Id": str(number), "Arn": queue, **members} for number in range(count)]


def application(**members):
    return resource("EMRServerless::Application", Type="Spark", **{"ReleaseLabel": "emr-7.12.0", **members})


def email(address):
    return resource("SNS::Topic", Subscription=[{"Protocol": "email", "Endpoint": address}])


def role(**statement):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    inline = {"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": [policy]}}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}, Policies=[inline])


VPC = resource("EC2::VPC", CidrBlock="10.0.0.0/16")
REFUSED = [
    ({"A": resource("EC2::SecurityGroup", GroupDescription="x", VpcId="vpc-0")}, "The vpc ID 'vpc-0' does not exist"),
    ({"A": resource("EC2::VPC", CidrBlock="127.0.0.0/16")}, "The CIDR '127.0.0.0/16' is invalid."),
    ({"A": resource("EC2::VPC", CidrBlock="10.0.0.0/8")}, "The CIDR '10.0.0.0/8' is invalid."),
    (
        {
            "V": VPC,
            "A": resource("EC2::Subnet", VpcId=ref("V"), CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1y"),
        },
        "Value (us-east-1y) for parameter availabilityZone is invalid.",
    ),
    ({"A": resource("SQS::Queue", Tags=[{"Key": "aws:x", "Value": "y"}])}, "aws: prefixed tag key names"),
    ({"A": email("<a@b.c>")}, "Invalid parameter: Email address"),
    ({"A": role(Principal="*")}, "Policy document should not specify a principal."),
    ({"A": role(Resource=f"arn:aws:s3:::{'x' * 10240}")}, "Maximum policy size of 10240 bytes exceeded for role"),
    ({"A": schedule("nonsense")}, "Invalid Schedule Expression nonsense."),
    (
        {"A": schedule(FlexibleTimeWindow={"Mode": "FLEXIBLE"})},
        "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.",
    ),
    (
        {"A": schedule(StartDate="2024-01-01T00:00:00.000Z")},
        "The StartDate you specify cannot be earlier than 5 minutes ago.",
    ),
    (
        {"A": schedule(EndDate="2199-01-01T00:00:00Z")},
        "Invalid request provided: EndDate needs to follow the format yyyy-MM-ddTHH:mm:ss.SSSZ",
    ),
    ({"A": schedule(ScheduleExpressionTimezone="Mars/Olympus")}, "Mars/Olympus"),
    ({"A": schedule(Target={**FUNCTION, "Input": "text"})}, "JSON syntax error in input for the target"),
    ({"A": rule(EventPattern={"source": []})}, "Event pattern is not valid. Reason: Empty arrays are not allowed"),
    ({"A": rule(EventPattern={"source": "mine"})}, "Event pattern is not valid. Reason: "),
    (
        {"A": rule(EventPattern={"source": ["x" * 2040]})},
        "Parameter EventPattern exceeds limit of 2048.",
    ),
    (
        {"A": resource("Events::Rule", State="ENABLED")},
        "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    ),
    (
        {
            "B": resource("Events::EventBus", Name="refusals"),
            "A": resource("Events::Rule", EventBusName=ref("B"), ScheduleExpression="rate(1 hour)"),
        },
        "ScheduleExpression is supported only on the default event bus.",
    ),
    ({"A": rule(Targets=targets(1, Input="{nope"))}, "JSON syntax error in input for target 0"),
    (
        {"A": rule(Targets=targets(1, Input="{}", InputPath="$.a"))},
        "Only one of Input, InputPath, or InputTransformer must be provided for target 0.",
    ),
    (
        {"A": rule(Targets=targets(1, Arn="arn:aws:states:us-east-1:123456789012:stateMachine:m"))},
        "RoleArn is required for target",
    ),
    ({"A": application(ReleaseLabel="emr-7.99.0")}, "Invalid release label emr-7.99.0."),
    ({"A": application(NetworkConfiguration={"SubnetIds": ["subnet-0"]})}, "The subnet ID 'subnet-0' does not exist"),
]


@pytest.mark.parametrize(("resources", "reason"), REFUSED, ids=[reason[:30] for _, reason in REFUSED])
def test_what_a_service_refuses_fails_the_stack(stack, resources, reason):
    assert stack.apply(resources) == "ROLLBACK_COMPLETE"
    assert any(reason in text for text in stack.reasons()), stack.reasons()


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(7 fortnights)", "rate(0 days)", "rate(5 seconds)", "cron(0 6 * * * *)", "cron(99 6 ? * MON *)"),
        *("cron(0 6 ? * MON)", "cron(0 6 ? * FUN *)", "rate( )", "cron(0 6 1 * MON *)", "at(2030-13-01T00:00:00)"),
    ],
)
def test_a_wrong_schedule_expression_is_refused(stack, expression):
    assert stack.apply({"A": schedule(expression)}) == "ROLLBACK_COMPLETE"


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "rate(1 day)",
            "rate(30 minutes)",
            "cron(0 6 ? * MON-FRI *)",
            "cron(0/15 8-18 ? * 2,4 2030)",
            "cron(0 6 L * ? *)",
        ),
        *("cron(0 6 ? * 6L *)", "cron(0 6 ? * MON#2 *)", "cron(15,45 * 3W JAN ? *)", "at(2030-01-01T00:00:00)"),
    ],
)
def test_a_schedule_expression_is_accepted(stack, expression):
    assert stack.apply({"A": schedule(expression)}) == "CREATE_COMPLETE", stack.reasons()


def test_a_repository_that_exists_is_not_created_again(stack, plain_aws):
    name = f"repository-{uuid.uuid4().hex[:8]}"
    plain_aws.client("ecr").create_repository(repositoryName=name)
    assert stack.apply({"A": resource("ECR::Repository", RepositoryName=name)}) == "ROLLBACK_COMPLETE"
    words = f"Resource of type 'AWS::ECR::Repository' with identifier '{name}' already exists."
    assert any(words in text for text in stack.reasons())
    assert plain_aws.client("ecr").describe_repositories(repositoryNames=[name])["repositories"]


def test_a_bucket_with_objects_stays_when_its_stack_is_deleted(stack, plain_aws):
    s3, name = plain_aws.client("s3"), f"bucket-{uuid.uuid4().hex[:8]}"
    versioned = {"Status": "Enabled"}
    stack.apply({"A": resource("S3::Bucket", BucketName=name, VersioningConfiguration=versioned)})
    version = s3.put_object(Bucket=name, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=name, Key="k")["VersionId"]
    assert stack.delete() == "DELETE_FAILED"
    assert any("The bucket you tried to delete is not empty" in text for text in stack.reasons())
    for each in (version, marker):
        s3.delete_object(Bucket=name, Key="k", VersionId=each)
    assert stack.delete() == "DELETE_COMPLETE"


WINDOW = "when FlexibleTimeWindowMode is set to"
SCHEDULES = {
    "no window": (
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        f"MaximumWindowInMinutes must be provided {WINDOW} FLEXIBLE.",
    ),
    "window": (
        {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
        f"MaximumWindowInMinutes must not be provided {WINDOW} OFF.",
    ),
    "start": (
        {"StartDate": datetime.now(UTC) - timedelta(minutes=6)},
        "The StartDate you specify cannot be earlier than 5 minutes ago.",
    ),
    "input": (
        {"Target": {**FUNCTION, "Input": "{nope"}},
        "JSON syntax error in input for the target",
    ),
    "region": (
        {"Target": {**TARGET, "Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}},
        "The target ARN provided does not match the current region us-east-1.",
    ),
    "end": (
        {"StartDate": datetime(2199, 1, 2, tzinfo=UTC), "EndDate": datetime(2199, 1, 1, tzinfo=UTC)},
        "The StartDate you specify must come before the EndDate.",
    ),
}
"""Cases by name: members of a schedule, and the refusal."""


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_schedulers_api_refuses_windows_and_dates(plain_aws, name):
    scheduler, (members, words) = plain_aws.client("scheduler"), SCHEDULES[name]
    request = {"Name": f"schedule-{uuid.uuid4().hex[:8]}", "ScheduleExpression": "rate(1 day)", "Target": TARGET}
    request |= {"FlexibleTimeWindow": {"Mode": "OFF"}}
    assert refused(scheduler.create_schedule, **{**request, **members}) == f"ValidationException: {words}"
    scheduler.create_schedule(**request)
    assert refused(scheduler.update_schedule, **{**request, **members}) == f"ValidationException: {words}"
    scheduler.delete_schedule(Name=request["Name"])


@pytest.mark.parametrize(
    "members",
    [
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440}},
        {"StartDate": "2199-01-01T00:00:00.000Z", "EndDate": "2199-01-02T00:00:00.000Z"},
        {"ScheduleExpression": "at(2199-01-01T00:00:00)", "StartDate": "2024-01-01T00:00:00.000Z"},
        {"EndDate": "2199-01-02T00:00:00.000Z", "ScheduleExpressionTimezone": "Europe/Berlin"},
        {"Target": {**TARGET, "Input": "a plain text for a queue"}},
        {"Target": {**FUNCTION, "Input": '{"attempt": <aws.scheduler.attempt-number>}'}},
        {"Target": {**TARGET, "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": "{}"}},
    ],
)
def test_a_schedule_has_windows_and_dates(stack, members):
    assert stack.apply({"A": schedule(**members)}) == "CREATE_COMPLETE", stack.reasons()


def test_a_rule_with_targets_is_created_and_updated(stack):
    pattern = {"source": ["x" * 1900], "detail": {"state": [{"anything-but": ["ended"]}]}}
    assert stack.apply({"A": rule(Targets=targets(5, Input='"text"'))}) == "CREATE_COMPLETE", stack.reasons()
    changed = rule(EventPattern=pattern, Targets=targets(5, InputPath="$.detail"))
    assert stack.apply({"A": changed}) == "UPDATE_COMPLETE", stack.reasons()


@pytest.mark.parametrize("expression", ["rate(7 weeks)", "cron(0 6 * * * *)", "cron(61 6 ? * MON *)", "every day"])
def test_the_schedulers_api_refuses_a_wrong_expression(plain_aws, expression):
    window = {"Mode": "OFF"}
    with pytest.raises(ClientError, match="Invalid Schedule Expression") as caught:
        plain_aws.client("scheduler").create_schedule(
            Name="wrong", ScheduleExpression=expression, FlexibleTimeWindow=window, Target=TARGET
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_time_zone_that_does_not_exist_is_refused(plain_aws):
    scheduler, name = plain_aws.client("scheduler"), f"schedule-{uuid.uuid4().hex[:8]}"
    request = {
        "Name": name,
        "ScheduleExpression": "rate(1 day)",
        "Target": TARGET,
        "FlexibleTimeWindow": {"Mode": "OFF"},
    }
    with pytest.raises(ClientError, match="Mars/Olympus"):
        scheduler.create_schedule(**request, ScheduleExpressionTimezone="Mars/Olympus")
    scheduler.create_schedule(**request, ScheduleExpressionTimezone="Europe/Berlin")
    scheduler.delete_schedule(Name=name)


@pytest.mark.parametrize(
    "expression", ["at(2030-01-01T00:00:00)", "rate(1 days)", "rate(5 minute)", "cron(0 6 * * * *)"]
)
def test_a_rule_refuses_what_only_a_schedule_can_have(plain_aws, expression):
    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid"):
        plain_aws.client("events").put_rule(Name="wrong", ScheduleExpression=expression)
