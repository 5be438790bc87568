"""Reads what the page of an endpoint shows: its requests, what it serves and served, its alarms and its reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from launchpad.costs.endpoint_use import endpoint_advice
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoint_modes import mode_of
from launchpad.platform_client.endpoints import served_artifact, served_job
from launchpad.platform_client.history import changes
from launchpad.platform_client.logs import endpoint_log
from launchpad.platform_client.monitoring.alarms import alarms_of
from launchpad.platform_client.monitoring.reports import reports
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.utilisation import Series, Span, read_series
from launchpad.platform_client.work import Work
from launchpad.platform_client.work.lookup import workloads
from launchpad.report.endpoint_page import LATENCY, PERCENTILES, PERIOD, TITLES, EndpointInsight
from launchpad.report.monitoring_section import Monitored
from launchpad.runs.run import Run

SPAN = timedelta(hours=24)
AVERAGED = ("Latency", "Time", "Size")
"""The ends of the names of metrics of which an average is drawn; others are counts."""
MOST_CHANGES, MOST_REPORTS = 10, 30
NAMESPACE = "AWS/SageMaker"


def read_endpoint(
    connection: Connection,
    platform: Platform,
    work: Work,
    run_of: Callable[[str | None], Run | None],
    prices: Mapping[str, float],
) -> EndpointInsight:
    """Read all that the page of an endpoint shows; `run_of` reads the training job whose model it serves."""
    until = datetime.now(UTC)
    span = Span(max(work.started, until - SPAN), until)
    config = connection.client("sagemaker").describe_endpoint_config(
        EndpointConfigName=work.description["EndpointConfigName"]
    )
    job = served_job(connection, work.name)
    return EndpointInsight(
        endpoint=work,
        config=config,
        run=run_of(job),
        artifact=served_artifact(connection, work.name),
        since=span.start,
        until=until,
        requests=dict(_requests(connection, work.name, config, span)),
        latency=_latency(connection, work.name, config, span),
        log=endpoint_log(connection.client("logs"), work.name).read(),
        history=changes(connection, platform, work.workload, MOST_CHANGES),
        alarms=alarms_of(connection, work.name),
        monitored=_monitored(connection, platform, work),
        advice=endpoint_advice(connection, work.description, config, prices),
    )


def _requests(
    connection: Connection, endpoint: str, config: Mapping[str, Any], span: Span
) -> Iterator[tuple[str, dict[str, Series]]]:
    """CloudWatch's metrics of the endpoint, by the variant that they are of; a backlog is the whole endpoint's."""
    for name in TITLES:
        statistic = "Average" if name.endswith(AVERAGED) else "Sum"
        series = {
            variant: read_series(connection, NAMESPACE, name, _dimensions(endpoint, variant), span, statistic, PERIOD)
            for variant in _measured(name, config)
        }
        if drawn := {variant: samples for variant, samples in series.items() if samples}:
            yield name, drawn


def _latency(
    connection: Connection, endpoint: str, config: Mapping[str, Any], span: Span
) -> dict[str, dict[str, Series]]:
    """The percentiles of the model's latency, by variant, then by percentile."""
    latency: dict[str, dict[str, Series]] = {}
    for variant in _variants(config):
        for percentile in PERCENTILES:
            dimensions = _dimensions(endpoint, variant)
            series = read_series(connection, NAMESPACE, LATENCY, dimensions, span, percentile, PERIOD)
            if series:
                latency.setdefault(variant, {})[percentile] = series
    return latency


def _measured(metric: str, config: Mapping[str, Any]) -> list[str]:
    """The variants that a metric is published of; one without a name for the whole endpoint."""
    if metric.startswith("Approximate"):
        return [""] if mode_of(config) == "async" else []
    return _variants(config)


def _variants(config: Mapping[str, Any]) -> list[str]:
    return [variant["VariantName"] for variant in config["ProductionVariants"]]


def _dimensions(endpoint: str, variant: str) -> dict[str, str]:
    return {"EndpointName": endpoint, **({"VariantName": variant} if variant else {})}


def _monitored(connection: Connection, platform: Platform, work: Work) -> Monitored:
    """What monitoring says about the endpoint; a workload that is not in the checkout may have reports all the same."""
    from launchpad.catalogue import load_workload

    try:
        section = load_workload(work.workload).monitoring if work.workload in workloads() else None
    except LaunchpadError:
        section = None
    newest = reports(connection, platform, work.workload, MOST_REPORTS)
    own = [report for report in reversed(newest) if report.endpoint == work.name]
    return Monitored(work.workload, section is not None, section is not None and section.quality is not None, own)
