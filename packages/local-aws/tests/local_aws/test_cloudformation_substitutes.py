"""Types that the emulator has too, but passes much over: what the template says is what the API shows."""

from __future__ import annotations

from tests.local_aws.networks import get, ref, resource, role

NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
CODE = {"ZipFile": "def handler(event, context): return event"}


def alarm(**properties):
    return resource(
        "CloudWatch::Alarm", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=1, **properties
    )


def test_an_alarm_on_metrics_that_it_lacks_is_refused(stack):
    ratio = {"Id": "ratio", "Expression": "errors / calls"}
    assert stack.apply({"Ratio": alarm(Metrics=[ratio])}) == "ROLLBACK_COMPLETE"
    assert any("calls, errors is no Id of the alarm's metrics" in reason for reason in stack.reasons())


def test_an_alarm_on_metric_math_keeps_its_metrics(stack, plain_aws):
    errors = {"Namespace": "T", "MetricName": "errors"}
    stat = {"Id": "errors", "MetricStat": {"Metric": errors, "Period": 60, "Stat": "Sum"}, "ReturnData": False}
    ratio = {"Id": "ratio", "Expression": "errors * 100"}
    assert stack.apply({"Ratio": alarm(Metrics=[stat, ratio])}, {"Ratio": ref("Ratio")}) == "CREATE_COMPLETE"
    names = [stack.outputs()["Ratio"]]
    (description,) = plain_aws.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    assert [item["Id"] for item in description["Metrics"]] == ["errors", "ratio"]
    assert "MetricName" not in description


def test_an_alarm_changes_in_place(stack, plain_aws):
    def parts(threshold):
        return {"Slow": alarm(Namespace="T", MetricName="m", Period=60, Statistic="Sum", DatapointsToAlarm=threshold)}

    cloudwatch = plain_aws.client("cloudwatch")
    assert stack.apply(parts(1), {"Slow": ref("Slow")}) == "CREATE_COMPLETE"
    assert stack.apply(parts("1"), {"Slow": ref("Slow")}) == "UPDATE_COMPLETE"
    (description,) = cloudwatch.describe_alarms(AlarmNames=[stack.outputs()["Slow"]])["MetricAlarms"]
    assert description["DatapointsToAlarm"] == 1


def test_a_schedule_keeps_its_time_zone(stack, plain_aws):
    def schedule(zone):
        return {
            "Queue": resource("SQS::Queue"),
            "Role": role("scheduler.amazonaws.com"),
            "Nightly": resource(
                "Scheduler::Schedule",
                ScheduleExpression="rate(1 day)",
                ScheduleExpressionTimezone=zone,
                State="DISABLED",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": get("Queue", "Arn"), "RoleArn": get("Role", "Arn"), "Input": "{}"},
            ),
        }

    scheduler = plain_aws.client("scheduler")
    for zone, status in (("Europe/Berlin", "CREATE_COMPLETE"), ("Asia/Tokyo", "UPDATE_COMPLETE")):
        assert stack.apply(schedule(zone), {"Nightly": ref("Nightly")}) == status
        name = stack.outputs()["Nightly"]
        assert scheduler.get_schedule(Name=name)["ScheduleExpressionTimezone"] == zone
    assert stack.delete() == "DELETE_COMPLETE"
    assert name not in [item["Name"] for item in scheduler.list_schedules()["Schedules"]]


def test_retries_of_a_function_hold_for_calls_without_a_qualifier(stack, plain_aws):
    parts = {
        "Role": role("lambda.amazonaws.com"),
        "Function": resource(
            "Lambda::Function", Runtime="python3.12", Handler="index.handler", Code=CODE, Role=get("Role", "Arn")
        ),
        "Retries": resource(
            "Lambda::EventInvokeConfig", FunctionName=ref("Function"), Qualifier="$LATEST", MaximumRetryAttempts=1
        ),
    }
    assert stack.apply(parts, {"Function": ref("Function")}) == "CREATE_COMPLETE"
    lambda_ = plain_aws.client("lambda")
    invoke_config = lambda_.get_function_event_invoke_config(FunctionName=stack.outputs()["Function"])
    assert invoke_config["MaximumRetryAttempts"] == 1


def test_a_role_has_its_boundary_until_the_template_drops_it(stack, plain_aws):
    def parts(**properties):
        limited_role = role("lambda.amazonaws.com")
        limited_role["Properties"].update(properties)
        return {"Limit": resource("IAM::ManagedPolicy", PolicyDocument=NOTHING), "Role": limited_role}

    iam = plain_aws.client("iam")
    stack.apply(parts(PermissionsBoundary=ref("Limit")), {"Role": ref("Role"), "Limit": ref("Limit")})
    created = stack.outputs()
    boundary = iam.get_role(RoleName=created["Role"])["Role"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == created["Limit"]
    assert stack.apply(parts(), {"Role": ref("Role")}) == "UPDATE_COMPLETE"
    assert "PermissionsBoundary" not in iam.get_role(RoleName=created["Role"])["Role"]


def test_a_state_machine_logs_where_its_template_says(stack, plain_aws):
    definition = '{"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": true}}}'
    log = {"CloudWatchLogsLogGroup": {"LogGroupArn": get("Log", "Arn")}}
    parts = {
        "Log": resource("Logs::LogGroup"),
        "Role": role("states.amazonaws.com"),
        "Machine": resource(
            "StepFunctions::StateMachine",
            RoleArn=get("Role", "Arn"),
            DefinitionString=definition,
            LoggingConfiguration={"Level": "ALL", "IncludeExecutionData": True, "Destinations": [log]},
        ),
    }
    assert stack.apply(parts, {"Machine": ref("Machine")}) == "CREATE_COMPLETE"
    description = plain_aws.client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs()["Machine"])
    assert description["loggingConfiguration"]["level"] == "ALL"


def test_an_instance_profiles_ref_is_its_name(stack, plain_aws):
    parts = {
        "Role": role("ec2.amazonaws.com"),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
    }
    assert stack.apply(parts, {"Profile": ref("Profile"), "Arn": get("Profile", "Arn")}) == "CREATE_COMPLETE"
    created = stack.outputs()
    profile = plain_aws.client("iam").get_instance_profile(InstanceProfileName=created["Profile"])["InstanceProfile"]
    assert profile["Arn"] == created["Arn"]
    assert len(profile["Roles"]) == 1
