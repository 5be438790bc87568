"""The housekeeping function, imported next to an environment's settings and prices, and an account for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import botocore.client
import pytest

from tests.unit import functions
from tests.unit.functions import CONTEXT, imported
from tests.unit.housekeeping_function.account import ARN, NOW, Account

PRICES = {
    "AmazonSageMaker/Notebk:ml.t3.medium": 0.05,
    "AmazonSageMaker/Notebk:VolumeUsage.gp2": 0.1,
    "AmazonSageMaker/Studio:ml.t3.medium": 0.06,
    "AmazonSageMaker/Host:ml.m5.large": 0.1,
    "AmazonSageMaker/MlflowTrackingServer:Small": 0.6,
    "AmazonEC2/BoxUsage:m5.xlarge": 0.2,
    "ElasticMapReduce/BoxUsage:m5.xlarge": 0.05,
    "AmazonEC2/EBS:VolumeUsage.gp3": 0.1,
    "AmazonEC2/NatGateway-Hours": 0.05,
    "AmazonVPC/PublicIPv4:InUseAddress": 0.005,
    "AmazonVPC/VpcEndpoint-Hours": 0.01,
    "ElasticMapReduce/Serverless:vCPU-Hours": 0.05,
    "ElasticMapReduce/Serverless:GB-Hours": 0.005,
}
ALL = ["notebooks", "studio", "emr", "emr-serverless", "mlflow", "endpoints", "network"]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    account = Account()
    monkeypatch.setattr(
        botocore.client.BaseClient,
        "_make_api_call",
        lambda client, operation, request: account.call(client, operation, request),
    )
    return account


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def function(account: Account, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Make the function with what the config says."""
    spark = {"application_id": "00a"}
    monkeypatch.setitem(functions.ENVIRONMENT, "spark", spark)
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", f"{ARN}:mlflow-tracking-server/dev-tracking")
    monkeypatch.setenv("ALERT_TOPIC", "arn:aws:sns:eu-west-1:123456789012:alerts")
    (tmp_path / "prices.json").write_text(json.dumps({"region": "eu-west-1", "date": None, "prices": PRICES}))
    contexts = []

    def make(*stop: str) -> Run:
        thresholds = {"running_hours": 72, "idle_hours": 24, "unused_days": 7, "stopped_days": 30}
        monkeypatch.setenv("HOUSEKEEPING", json.dumps({"kinds": ALL, "stop": stop, **thresholds}))
        context = imported(tmp_path, monkeypatch, "housekeeping", {})
        module = context.__enter__()
        contexts.append(context)
        return lambda **event: module.handler({"now": NOW.isoformat(), **event}, CONTEXT)

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def run(function: Callable[..., Run]) -> Run:
    return function()
