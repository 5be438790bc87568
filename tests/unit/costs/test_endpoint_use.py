"""What is read of an endpoint's last seven days, from CloudWatch's answers as botocore's model has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from launchpad.costs.endpoint_use import _excluded, endpoint_advice

HOURLY = {"ml.m5.2xlarge": 0.4, "ml.m5.xlarge": 0.2, "ml.m5.large": 0.1}
PRICES = {f"AmazonSageMaker/Host:{name}": usd for name, usd in HOURLY.items()}
CONFIG = {"ProductionVariants": [{"VariantName": "main", "InstanceType": "ml.m5.2xlarge", "ModelName": "model"}]}
ENDPOINT = {"EndpointName": "dev-x", "ProductionVariants": [{"VariantName": "main", "CurrentInstanceCount": 2}]}
MODEL_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model/model"
MODEL = {"ModelName": "model", "ExecutionRoleArn": "r" * 20, "CreationTime": 0, "ModelArn": MODEL_ARN}
MEASURED = (
    ("/aws/sagemaker/Endpoints", "CPUUtilization", "Maximum", 120.0),
    ("/aws/sagemaker/Endpoints", "MemoryUtilization", "Maximum", 10.0),
    ("AWS/SageMaker", "Invocations", "Sum", 50.0),
    ("AWS/SageMaker", "ModelLatency", "Sum", 3_600_000_000.0 * 2),
)


def answer(stubber: Stubber, namespace: str, metric: str, statistic: str, value: float, hours: int) -> None:
    dimensions = [{"Name": "EndpointName", "Value": "dev-x"}, {"Name": "VariantName", "Value": "main"}]
    query = {
        "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
        "Period": 3600,
        "Stat": statistic,
    }
    start = datetime.now(UTC) - timedelta(days=7)
    times = [start + timedelta(hours=hour) for hour in range(hours)]
    stubber.add_response(
        "get_metric_data",
        {"MetricDataResults": [{"Id": "m", "Timestamps": times, "Values": [value] * hours}]},
        {
            "MetricDataQueries": [{"Id": "m", "MetricStat": query}],
            "StartTime": ANY,
            "EndTime": ANY,
            "ScanBy": "TimestampAscending",
        },
    )


def advice(hours: int, config: dict[str, Any] = CONFIG) -> list[Any]:
    clients = {name: boto3.client(name, region_name="eu-west-1") for name in ("cloudwatch", "sagemaker")}
    with Stubber(clients["cloudwatch"]) as metrics, Stubber(clients["sagemaker"]) as models:
        for variant in config["ProductionVariants"]:
            if "ModelName" in variant:
                models.add_response("describe_model", MODEL, {"ModelName": "model"})
        for measured in MEASURED:
            answer(metrics, *measured, hours)
        connection = SimpleNamespace(client=clients.__getitem__, local=None)
        listed = endpoint_advice(connection, ENDPOINT, config, PRICES)
        if any("InstanceType" in variant for variant in config["ProductionVariants"]):
            metrics.assert_no_pending_responses()
        return listed


def test_the_busiest_minute_of_each_hour_is_judged():
    (verdict,) = advice(168)  # 1.2 processors and 3.2 GiB: 60 % of 2, 40 % of 8
    assert (verdict.instance_type, verdict.count) == ("ml.m5.large", 2)
    assert verdict.saving_usd == pytest.approx(2 * 0.3 * 730)
    assert "(168 samples over 167 h)" in verdict.numbers


def test_a_young_endpoint_has_too_little_data():
    (verdict,) = advice(24)
    assert verdict.numbers.startswith("24 hours with samples and 1200 requests in the last 7 days are too little data")


def test_a_deleted_model_is_a_reason_against_serverless():
    sagemaker = boto3.client("sagemaker", region_name="eu-west-1")
    with Stubber(sagemaker) as stubber:
        stubber.add_client_error("describe_model", "ValidationException")
        reasons = _excluded(SimpleNamespace(client=lambda _: sagemaker), CONFIG)
    assert reasons == ["its model can't be read (ValidationException)"]


def test_a_serverless_variant_has_no_size():
    assert advice(0, {"ProductionVariants": [{"VariantName": "main", "ModelName": "model"}]}) == []
