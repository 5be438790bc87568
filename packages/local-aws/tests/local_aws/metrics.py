"""What CloudWatch has counted, and clients that speak one of its protocols."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.model
import pytest
from botocore.config import Config

from tests.local_aws.launcher import LocalAws

PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")


def speaking(aws: LocalAws, protocol: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of CloudWatch that speaks this protocol, and sends what its model forbids."""
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
    client = aws.client("cloudwatch", config=Config(parameter_validation=False))
    assert client.meta.service_model.resolved_protocol == protocol
    return client


def recent_sum(cloudwatch: Any, namespace: str, metric: str, **dimensions: str) -> float:
    """All that was put of a metric within the last hours."""
    now = datetime.now(UTC)
    statistics = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in statistics["Datapoints"])
