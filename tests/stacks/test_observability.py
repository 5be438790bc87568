"""What happens in an environment is seen, told, and kept within a budget."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.stacks.inspection import only, resources

CONFIG = {
    "name": "dev",
    "region": "eu-west-1",
    "alarms": {"email": "team@example.com", "latency_milliseconds": 250},
    "budget": {"monthly_usd": 500, "thresholds_percent": [50, 90]},
    "anomaly_detection": {"min_impact_usd": 20},
}


@pytest.fixture(scope="module")
def template(templates) -> dict[str, Any]:
    return templates(**CONFIG)["observability"]


@pytest.fixture(scope="module")
def widgets(template) -> list[dict[str, Any]]:
    body = only(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "resolved" for part in body)
    return json.loads(text)["widgets"]


def rules(template) -> list[dict[str, Any]]:
    return [rule["Properties"] for rule in resources(template, "AWS::Events::Rule").values()]


def statements_for(policy: dict[str, Any], service: str) -> list[dict[str, Any]]:
    return [
        statement
        for statement in policy["Statement"]
        if statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    ]


def test_alerts_are_encrypted_with_the_environments_key(template):
    assert "storage" in str(only(template, "AWS::SNS::Topic")["KmsMasterKeyId"])


@pytest.mark.parametrize(("service", "source"), [("budgets", "budgets"), ("cloudwatch",) * 2, ("costalerts", "ce")])
def test_only_this_accounts_resources_may_publish_alerts(templates, template, service, source):
    topic = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]
    key = only(templates(**CONFIG)["storage"], "AWS::KMS::Key")["KeyPolicy"]
    for policy in (topic, key):
        (statement,) = statements_for(policy, service)
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert f":{source}:" in str(statement["Condition"]["ArnLike"]["aws:SourceArn"])


def test_without_anomaly_detection_it_may_not_publish(dev):
    policies = [only(dev["observability"], "AWS::SNS::TopicPolicy")["PolicyDocument"]]
    policies.append(only(dev["storage"], "AWS::KMS::Key")["KeyPolicy"])
    assert [statements_for(policy, "costalerts") for policy in policies] == [[], []]


def test_alerts_go_over_tls_only(template):
    (denial,) = [
        statement
        for statement in only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_configured_address_is_subscribed_and_none_without_one(template, dev):
    assert only(template, "AWS::SNS::Subscription")["Endpoint"] == "team@example.com"
    assert resources(dev["observability"], "AWS::SNS::Subscription") == {}


def test_functions_dead_letters_and_pipeline_have_alarms(templates, template):
    parts = templates(**CONFIG)
    functions = sum(len(resources(parts[part], "AWS::Lambda::Function")) for part in ("jobs", "pipeline"))
    functions += len(resources(template, "AWS::Lambda::Function"))
    metrics = [alarm["Properties"]["MetricName"] for alarm in resources(template, "AWS::CloudWatch::Alarm").values()]
    assert functions == 5
    assert sorted(metrics) == sorted(
        ["ExecutionsFailed", *["Errors", "ApproximateNumberOfMessagesVisible"] * functions]
    )


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_ends(template):
    topic = [{"Ref": next(iter(resources(template, "AWS::SNS::Topic")))}]
    for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == topic == alarm["Properties"]["OKActions"]


def test_failures_of_this_environments_jobs_of_all_kinds_are_published(template):
    (rule,) = [
        rule
        for rule in rules(template)
        if "SNS" in json.dumps(rule["Targets"][0]) or "Alerts" in json.dumps(rule["Targets"])
    ]
    members = {name for choice in rule["EventPattern"]["detail"]["$or"] for name in choice}
    assert {
        "TrainingJobStatus",
        "ProcessingJobStatus",
        "TransformJobStatus",
        "HyperParameterTuningJobStatus",
    } <= members
    for choice in rule["EventPattern"]["detail"]["$or"]:
        assert len(choice) == 2
        assert {"prefix": "dev-"} in [value for values in choice.values() for value in values]


def test_event_patterns_are_within_eventbridges_2048_characters(template):
    assert all(len(json.dumps(rule["EventPattern"], separators=(",", ":"))) < 2048 for rule in rules(template))


def test_every_kind_of_job_is_counted_by_its_state(template):
    filters = [log_filter["Properties"] for log_filter in resources(template, "AWS::Logs::MetricFilter").values()]
    counted = {log_filter["MetricTransformations"][0]["MetricName"]: log_filter for log_filter in filters}
    for kind in ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob", "Endpoint"):
        (transformation,) = counted[kind]["MetricTransformations"]
        assert transformation["MetricNamespace"] == "Launchpad/dev"
        assert transformation["Dimensions"] == [{"Key": "State", "Value": f"$.detail.{kind}Status"}]


def test_the_history_of_jobs_is_encrypted_and_kept_as_configured(templates):
    template = templates(name="dev", region="eu-west-1", log_retention_days=365, retain_data=True)["observability"]
    (group,) = (item for name, item in resources(template, "AWS::Logs::LogGroup").items() if name.startswith("Job"))
    assert (group["Properties"]["RetentionInDays"], group["DeletionPolicy"]) == (365, "RetainExceptOnCreate")
    assert "KmsKeyId" in group["Properties"]


def test_the_dashboard_finds_its_metrics_by_search(widgets):
    exceptions = ("AWS/Billing", "AWS/States")  # one metric for the account, and one state machine for all workloads
    graphs = [
        widget
        for widget in widgets
        if widget["type"] == "metric" and not any(name in str(widget) for name in exceptions)
    ]
    expressions = [metric[0]["expression"] for graph in graphs for metric in graph["properties"]["metrics"]]
    assert all(re.fullmatch(r"SEARCH\('\{\"[^{}]+\} [^{}]+', '[A-Za-z0-9]+', \d+\)", text) for text in expressions)
    assert all("dev" in text for text in expressions)


@pytest.mark.parametrize(
    "text",
    [
        "TrainingJob",
        "ModelLatency",
        "'p50'",
        "'p99'",
        "Invocations",
        "Invocation5XXErrors",
        "CPUUtilization",
        "AWS/Lambda",
        "ExecutionsFailed",
        "AWS/SQS",
        "EstimatedCharges",
    ],
)
def test_the_dashboard_shows(widgets, text):
    assert text in json.dumps(widgets)


def test_the_dashboard_shows_the_latency_that_is_an_alarm(widgets):
    (lines,) = [
        widget["properties"]["annotations"] for widget in widgets if "annotations" in widget.get("properties", {})
    ]
    assert lines["horizontal"][0]["value"] == 250_000  # microseconds


def test_no_two_graphs_lie_on_each_other(widgets):
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(set(places)) == len(places)


def test_the_budget_counts_this_environments_tag(template):
    budget = only(template, "AWS::Budgets::Budget")
    assert budget["Budget"]["CostFilters"] == {"TagKeyValue": ["user:launchpad:environment$dev"]}
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 500, "Unit": "USD"}


def test_the_budget_notifies_each_threshold_and_the_forecast(template):
    budget = only(template, "AWS::Budgets::Budget")
    notifications = [
        (item["Notification"]["NotificationType"], item["Notification"]["Threshold"])
        for item in budget["NotificationsWithSubscribers"]
    ]
    assert notifications == [("ACTUAL", 50), ("ACTUAL", 90), ("FORECASTED", 90)]


def test_without_a_budget_there_is_none(dev):
    assert resources(dev["observability"], "AWS::Budgets::Budget") == {}


def test_anomalies_are_those_of_this_environments_tag(template):
    monitor = only(template, "AWS::CE::AnomalyMonitor")
    assert monitor["MonitorType"] == "CUSTOM"
    tag = {"Key": "launchpad:environment", "Values": ["dev"], "MatchOptions": ["EQUALS"]}
    assert json.loads(monitor["MonitorSpecification"]) == {"Tags": tag}


def test_an_anomaly_is_published_at_once_above_its_threshold(templates, template):
    (subscription,) = resources(template, "AWS::CE::AnomalySubscription").values()
    properties = subscription["Properties"]
    assert properties["Frequency"] == "IMMEDIATE"
    assert [each["Type"] for each in properties["Subscribers"]] == ["SNS"]
    absolute = json.loads(properties["ThresholdExpression"])
    assert absolute["Dimensions"]["Values"] == ["20"]
    assert any("Policy" in name for name in subscription["DependsOn"])
    both = {**CONFIG, "anomaly_detection": {"min_impact_usd": 20, "min_impact_percent": 40}}
    changed = only(templates(**both)["observability"], "AWS::CE::AnomalySubscription")
    percent = {"Key": "ANOMALY_TOTAL_IMPACT_PERCENTAGE", "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": ["40"]}
    assert json.loads(changed["ThresholdExpression"]) == {"And": [absolute, {"Dimensions": percent}]}
