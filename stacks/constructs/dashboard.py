"""The environment's dashboard: a table of graphs, each of which searches for its metrics.

So a new workload, endpoint or function appears without a deploy. Note: a search matches words anywhere in a name. In an
account with several environments, the search for `dev` would also match `prod-dev-tools`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from launchpad.requests.monitoring_alarms import NAMESPACE as MODELS
from stacks.base.platform_stack import PlatformStack
from stacks.constructs.job_events import KINDS, NAMESPACE

WIDTH, HEIGHT = 12, 6
"""The size of a graph, on a grid that is 24 wide."""
HOUR, MINUTE = 3600, 60
BILLING_REGION = "us-east-1"
"""The only region with the metrics of an account's cost."""


@dataclass(frozen=True)
class Search:
    """One search expression: the metrics of one name and one statistic."""

    schema: str
    """Namespace and dimensions, in the syntax of SEARCH."""
    metric: str
    statistic: str = "Sum"
    words: str = ""
    """Words that the dimensions' values must contain."""

    def expression(self, period: int) -> str:
        """Return CloudWatch's `SEARCH(...)`; `period` is in seconds."""
        terms = " ".join(filter(None, (f"{{{self.schema}}}", self.words, f'MetricName="{self.metric}"')))
        return f"SEARCH('{terms}', '{self.statistic}', {period})"


@dataclass(frozen=True)
class Graph:
    """One graph."""

    title: str
    searches: Sequence[Search]
    period: int = MINUTE
    """Seconds."""
    line: tuple[str, float] | None = None
    """The label and value of a horizontal line."""


def graphs(environment: str, latency_milliseconds: int, *, monitored: bool = False) -> list[Graph]:
    """Return all graphs of one environment, in reading order; those of models only where some are monitored."""
    stacks = f"launchpad {environment}"
    endpoints = "AWS/SageMaker", "EndpointName,VariantName", f"EndpointName={environment}"
    machines = "/aws/sagemaker/Endpoints", "EndpointName,VariantName", f"EndpointName={environment}"
    hosts = "/aws/sagemaker/TrainingJobs", "Host", f"Host={environment}"
    functions = "AWS/Lambda", "FunctionName", stacks
    return [
        Graph("Jobs by state (state changes)", _searches(_states(environment), _job_kinds()), HOUR),
        Graph("Endpoints' state changes", _searches(_states(environment), ["Endpoint"]), HOUR),
        Graph("Endpoints: invocations", _searches(endpoints, ["Invocations"])),
        Graph("Endpoints: errors", _searches(endpoints, ["Invocation4XXErrors", "Invocation5XXErrors"])),
        Graph(
            "Endpoints: model latency, p50 and p99 (microseconds)",
            [*_searches(endpoints, ["ModelLatency"], "p50"), *_searches(endpoints, ["ModelLatency"], "p99")],
            line=("alarm (p99)", latency_milliseconds * 1000),
        ),
        Graph("Endpoints: utilisation (percent)", _searches(machines, _UTILISATION, "Average"), 5 * MINUTE),
        Graph("Training jobs: utilisation (percent)", _searches(hosts, _UTILISATION, "Average"), 5 * MINUTE),
        Graph("Functions: errors and throttles", _searches(functions, ["Errors", "Throttles"]), 5 * MINUTE),
        Graph("Functions: duration, p99 (milliseconds)", _searches(functions, ["Duration"], "p99"), 5 * MINUTE),
        Graph(
            "Events that were given up (dead letters)",
            _searches(("AWS/SQS", "QueueName", stacks), ["ApproximateNumberOfMessagesVisible"], "Maximum"),
            5 * MINUTE,
        ),
        *(_of_models(environment) if monitored else ()),
    ]


def _of_models(environment: str) -> list[Graph]:
    """What monitoring jobs report, once per run: an hour's highest value, so that a point is seen."""
    models = MODELS, "Endpoint", f"Endpoint={environment}"
    return [
        Graph("Models: share of drifted columns", _searches(models, ["DriftedShare"], "Maximum"), HOUR),
        Graph("Models: worst column (1 = at its threshold)", _searches(models, ["WorstColumn"], "Maximum"), HOUR),
        Graph("Models: quality on labelled requests", _searches(models, ["Quality"], "Average"), HOUR),
        Graph("Models: records compared", _searches(models, ["Records"], "Sum"), HOUR),
        Graph("Models: hours since the last report", _searches(models, ["HoursSinceReport"], "Minimum"), HOUR),
    ]


class Dashboard(Construct):
    """The graphs, the alarms, and the account's cost."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        alarms: Sequence[cloudwatch.CfnAlarm],
        state_machine_arn: str,
        monitored: bool,
    ) -> None:
        super().__init__(scope, name)
        settings, region = scope.settings, scope.region
        own = graphs(settings.name, settings.alarms.latency_milliseconds, monitored=monitored)
        widgets = [_graph(graph, region) for graph in own]
        alarm_arns = [alarm.attr_arn for alarm in alarms]
        pipeline = _pipeline(state_machine_arn, region)
        body = {"widgets": _laid_out([*widgets, pipeline, _spend(), _alarms(alarm_arns)])}
        self.dashboard = cloudwatch.CfnDashboard(self, "Dashboard", dashboard_body=scope.to_json_string(body))


_UTILISATION = ("CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization")


def _states(environment: str) -> tuple[str, str, str]:
    return f"{NAMESPACE}/{environment}", "State", ""


def _job_kinds() -> list[str]:
    return [kind.metric for kind in KINDS if kind.metric != "Endpoint"]


def _searches(where: tuple[str, str, str], metrics: Sequence[str], statistic: str = "Sum") -> list[Search]:
    namespace, dimensions, words = where
    return [Search(f'"{namespace}",{dimensions}', metric, statistic, words) for metric in metrics]


def _graph(graph: Graph, region: str) -> dict[str, Any]:
    metrics = [
        [{"expression": search.expression(graph.period), "id": f"e{number}"}]
        for number, search in enumerate(graph.searches, start=1)
    ]
    widget = _widget(graph.title, metrics, region=region, period=graph.period)
    if graph.line:
        label, value = graph.line
        widget["properties"]["annotations"] = {"horizontal": [{"label": label, "value": value}]}
    return widget


def _pipeline(state_machine_arn: str, region: str) -> dict[str, Any]:
    """Select the state machine by its ARN: all workloads share one, and its name doesn't begin with the stack's."""
    outcomes = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
    metrics = [["AWS/States", outcome, "StateMachineArn", state_machine_arn] for outcome in outcomes]
    return _widget("Runs of the pipeline by outcome", metrics, region=region, period=HOUR, stat="Sum")


def _spend() -> dict[str, Any]:
    metric = ["AWS/Billing", "EstimatedCharges", "ServiceName", "AmazonSageMaker", "Currency", "USD"]
    title = "SageMaker's cost this month in the whole account (USD; wants billing alerts switched on)"
    return _widget(title, [metric], region=BILLING_REGION, period=6 * HOUR, stat="Maximum")


def _alarms(arns: Sequence[str]) -> dict[str, Any]:
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": list(arns)}}


def _widget(title: str, metrics: list[list[Any]], **properties: Any) -> dict[str, Any]:
    graph = {"title": title, "metrics": metrics, "view": "timeSeries", "yAxis": {"left": {"min": 0}}, **properties}
    return {"type": "metric", "properties": graph}


def _laid_out(widgets: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the widgets in two columns."""
    return [
        {**widget, "x": WIDTH * (number % 2), "y": HEIGHT * (number // 2), "width": WIDTH, "height": HEIGHT}
        for number, widget in enumerate(widgets)
    ]
