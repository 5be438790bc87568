"""A rule's events in a log group, and the metrics that its filters make of them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from local_aws.ministack.log_patterns import matches
from tests.local_aws.metrics import recent_sum

MESSAGE = json.dumps(
    {"detail": {"status": "Failed", "seconds": 12, "spot": True, "name": "dev-line-1"}, "steps": [4, 5], "none": None}
)
WRITER = {"Service": ["events.amazonaws.com"]}


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "Failed",
        '"dev-line-1" seconds',
        '{ $.detail.status = "*" }',
        '{ $.detail.status = "Fail*" && $.detail.seconds > 11.5 }',
        "{ $.detail.status = Stopped || $.detail.seconds <= 12 }",
        "{ $.detail.seconds = 12.0 && $.detail.spot = true }",
        '{ $.detail.status != "Completed" }',
        "?Completed ?Failed",
        "Failed -Completed",
        "%[Ff]ailed.*seconds%",
        "{ ($.detail.seconds = 1 || $.detail.seconds = 12) && $.detail.status = %^Fail% }",
        "{ $.detail.spot IS TRUE && $.detail.reason NOT EXISTS }",
        "{ $.steps[1] = 5 && $.none IS NULL }",
    ],
)
def test_a_pattern_finds_the_message(pattern):
    assert matches(pattern, MESSAGE)


@pytest.mark.parametrize(
    "pattern",
    [
        "Completed",
        '{ $.detail.state = "*" }',
        '{ $.detail.status = "Fail" }',
        '{ $.detail.status = "Fail*" && $.detail.seconds > 12 }',
        '{ $.detail.status.inner = "*" }',
        "{ $.detail.seconds != 12.0 }",
        "{ $.detail.spot > 0 }",
        "?Completed ?Stopped",
        "Failed -seconds",
        "%^Failed%",
        "{ $.detail.seconds = 12 && ($.detail.spot IS FALSE || $.detail.spot IS NULL) }",
        "{ $.steps[2] = 5 }",
        "{ $.none NOT EXISTS }",
        "{ $.detail.reason IS NULL }",
    ],
)
def test_a_pattern_does_not_find_the_message(pattern):
    assert not matches(pattern, MESSAGE)
    assert not matches('{ $.a = "*" }', "no JSON")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{ ($.a = 1 }", "the local AWS reads no"),
        ("{ $.a > b }", "the local AWS reads no"),
        ("[ip, user]", "the local AWS reads no"),
        ("{ $.a = 1", "it must end with"),
        ("n=1", r"Invalid character\(s\) in term 'n=1'"),
        ("%(%", r"Invalid character\(s\) in term"),
    ],
)
def test_a_pattern_that_can_not_be_read_is_refused(plain_aws, group, pattern, message):
    with pytest.raises(ClientError, match=message):
        plain_aws.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)
    with pytest.raises(ClientError, match=message):
        plain_aws.client("logs").put_metric_filter(
            logGroupName=group,
            filterName="other",
            filterPattern=pattern,
            metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        )


@pytest.fixture
def group(plain_aws) -> str:
    name = f"group-{uuid.uuid4().hex[:12]}"
    plain_aws.client("logs").create_log_group(logGroupName=name)
    return name


@pytest.fixture
def arn(group) -> str:
    return f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"


@pytest.fixture
def rule(plain_aws, group, arn) -> str:
    """Writes the events of a separate source to the group."""
    events = plain_aws.client("events")
    events.put_rule(Name=group, EventPattern=json.dumps({"source": [group]}))
    events.put_targets(Rule=group, Targets=[{"Id": "log", "Arn": arn}])
    return group


@pytest.fixture
def allow(plain_aws, group) -> Iterator[Callable[..., None]]:
    """Puts a resource policy of one statement, which lets EventBridge write unless it says something else."""
    logs = plain_aws.client("logs")
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]

    def put(**statement):
        policy_statement = {"Effect": "Allow", "Principal": WRITER, "Action": actions, **statement}
        logs.put_resource_policy(policyName=group, policyDocument=json.dumps({"Statement": [policy_statement]}))

    yield put
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_resource_policy(policyName=group)


def put_event(aws, source, **detail):
    entry = {"Source": source, "DetailType": "Change", "Detail": json.dumps(detail)}
    aws.client("events").put_events(Entries=[entry])


def messages(aws, group):
    return [event["message"] for event in aws.client("logs").filter_log_events(logGroupName=group)["events"]]


def test_an_event_is_written_as_a_whole_and_counted_by_what_it_says(plain_aws, group, arn, rule, allow):
    logs = plain_aws.client("logs")
    allow(Resource=f"{arn}:*")
    logs.put_metric_filter(
        logGroupName=group,
        filterName="states",
        filterPattern='{ $.detail.status = "*" }',
        metricTransformations=[
            {
                "metricName": "Job",
                "metricNamespace": group,
                "metricValue": "$.detail.weight",
                "unit": "Count",
                "dimensions": {"State": "$.detail.status"},
            }
        ],
    )
    put_event(plain_aws, rule, status="Failed", weight=2)
    put_event(plain_aws, rule, status="Failed", weight=3)
    put_event(plain_aws, rule, status="Failed", weight="unknown")
    put_event(plain_aws, rule, note="neither")
    events = [json.loads(message) for message in messages(plain_aws, group)]
    assert {"status": "Failed", "weight": 2} in [event["detail"] for event in events]
    assert {event["source"] for event in events} == {group}
    assert len(events) == 4

    def total() -> float:
        return recent_sum(plain_aws.client("cloudwatch"), group, "Job", State="Failed")

    deadline = time.monotonic() + 20
    while total() != 5.0:
        assert time.monotonic() < deadline, total()
        time.sleep(0.1)


def test_a_line_that_is_no_json_has_no_values_and_is_kept(plain_aws, group):
    logs = plain_aws.client("logs")
    change = {"metricName": "m", "metricNamespace": group, "metricValue": "$.value"}
    logs.put_metric_filter(logGroupName=group, filterName="f", filterPattern="word", metricTransformations=[change])
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    line = {"timestamp": int(time.time() * 1000), "message": "a word"}
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[line])
    assert messages(plain_aws, group) == ["a word"]


@pytest.mark.parametrize(
    "statement",
    [
        {"NotResource": "*"},
        {"Resource": "arn:aws:logs:us-east-1:123456789012:log-group:other:*"},
        {"Resource": "*", "Principal": {"Service": "delivery.logs.amazonaws.com"}},
        {"Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}},
    ],
)
def test_eventbridge_writes_only_where_a_resource_policy_lets_it(plain_aws, group, rule, allow, statement):
    allow(**statement)
    put_event(plain_aws, rule, status="Failed")
    assert messages(plain_aws, group) == []
    allow(Resource="arn:aws:logs:us-east-1:123456789012:log-group:*", Action="logs:*")
    put_event(plain_aws, rule, status="Failed")
    assert len(messages(plain_aws, group)) == 1


@pytest.mark.parametrize("difference", ["region", "input"])
def test_a_target_that_can_not_be_served_gets_nothing(plain_aws, group, arn, rule, allow, difference):
    allow(Resource="*")
    change = {"Arn": arn.replace("us-east-1", "eu-west-3")} if difference == "region" else {"Arn": arn, "Input": "{}"}
    plain_aws.client("events").put_targets(Rule=rule, Targets=[{"Id": "log", **change}])
    put_event(plain_aws, rule, status="Failed")
    assert messages(plain_aws, group) == []


def test_events_are_filtered_by_conditions_and_by_the_names_of_streams(plain_aws, group):
    logs = plain_aws.client("logs")
    for stream, weight in (("a-1", 1), ("a-2", 2), ("b-1", 2)):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": int(time.time() * 1000), "message": json.dumps({"weight": weight})}]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    request = {"logGroupName": group, "filterPattern": "{ $.weight > 1 }"}
    assert len(logs.filter_log_events(**request)["events"]) == 2
    heavy = logs.filter_log_events(**request, logStreamNamePrefix="a-")["events"]
    assert [event["logStreamName"] for event in heavy] == ["a-2"]
    assert logs.filter_log_events(**request, logStreamNamePrefix="c-")["events"] == []
