"""Reads what an endpoint's instances did in the last seven days, and what the rules say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from launchpad.costs.capacities import Capacity, capacity_of
from launchpad.costs.charge import HOURS
from launchpad.costs.endpoint_sizing import DAYS, EndpointUse, advise_endpoint, exclusions
from launchpad.costs.instance_choice import Instances, Prices
from launchpad.costs.keys import ASYNC, HOST
from launchpad.costs.measured import machine_memory, measured
from launchpad.costs.right_sizing import Advice
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoint_modes import mode_of
from launchpad.platform_client.utilisation import UTILISATION, Series, Span, read_series

INVOKED, MACHINES = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
HOUR = 3600
MICROSECONDS = 1_000_000


def endpoint_advice(
    connection: Connection, endpoint: Mapping[str, Any], config: Mapping[str, Any], prices: Prices
) -> list[Advice]:
    """What the rules say about each variant with instances; of the answers of DescribeEndpoint and of its config."""
    excluded = _excluded(connection, config)
    counts = {
        each["VariantName"]: each.get("CurrentInstanceCount") for each in endpoint.get("ProductionVariants") or ()
    }
    use = ASYNC if mode_of(config) == "async" else HOST
    said: list[Advice] = []
    for variant in config["ProductionVariants"]:
        capacity = capacity_of(str(variant.get("InstanceType")))
        count = counts.get(variant["VariantName"])
        if capacity is None or not count or "ModelName" not in variant:  # inference components ask for their share
            continue
        instances = Instances(use, capacity.name, count, HOURS, "month", can_shrink=False)
        observed = _use(connection, endpoint["EndpointName"], variant["VariantName"], capacity)
        advice = advise_endpoint(observed, instances, excluded, prices, local=connection.local is not None)
        said += advice if len(counts) < 2 else [_named(each, variant["VariantName"]) for each in advice]
    return said


def _named(advice: Advice, variant: str) -> Advice:
    return replace(advice, title=f"Variant {variant}: {advice.title[0].lower()}{advice.title[1:]}")


def _use(connection: Connection, endpoint: str, variant: str, capacity: Capacity) -> EndpointUse:
    until = datetime.now(UTC)
    span = Span(until - timedelta(days=DAYS), until)
    dimensions = {"EndpointName": endpoint, "VariantName": variant}

    def read(namespace: str, metric: str, statistic: str) -> Series:
        return read_series(connection, namespace, metric, dimensions, span, statistic, HOUR)

    names = UTILISATION if capacity.gpus else UTILISATION[:2]
    series = {name: {variant: samples} for name in names if (samples := read(MACHINES, name, "Maximum"))}
    invocations = read(INVOKED, "Invocations", "Sum")
    local = connection.local is not None
    memory = machine_memory() if local else capacity.memory_gib
    return EndpointUse(
        measured(series, 1, memory, comparable_cpus=not local),
        len(series.get("CPUUtilization", {}).get(variant, [])),
        sum(value for _, value in invocations),
        sum(value for _, value in read(INVOKED, "ModelLatency", "Sum")) / MICROSECONDS,
        sum(value > 0 for _, value in invocations),
    )


def _excluded(connection: Connection, config: Mapping[str, Any]) -> list[str]:
    """Why the endpoint can't be serverless. A model that was deleted can't be judged, so it counts as a reason."""
    sagemaker = connection.client("sagemaker")
    names = [variant["ModelName"] for variant in config["ProductionVariants"] if "ModelName" in variant]
    try:
        return exclusions(config, [sagemaker.describe_model(ModelName=name) for name in names])
    except ClientError as error:
        return [f"its model can't be read ({error.response['Error']['Code']})"]
