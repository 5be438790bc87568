"""What counts as a metric's value in a line of output."""

from __future__ import annotations

import uuid

import pytest

from local_aws.sagemaker.metrics import NAMESPACE, MetricCollector
from tests.local_aws.metrics import recent_sum


@pytest.mark.parametrize(
    ("text", "value"),
    [("7E-5", 7e-05), ("-3.5e-03", -0.0035), ("+1.5", 1.5), (".5", 0.5), (" 2 ", 2.0), ("1.", 1.0)],
)
def test_a_number_is_read(text, value):
    collector = MetricCollector([{"Name": "m", "Regex": "m=(.*?);"}])
    collector(f"m={text};")
    assert [(metric["MetricName"], metric["Value"]) for metric in collector.final()] == [("m", value)]


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "inf", "-Infinity", "1e400", "1,234.5", "1_000", "dog", "0x10", "\u0661\u0662", "12%", ""]
)
def test_what_is_no_finite_number_is_passed_over(text):
    collector = MetricCollector([{"Name": "m", "Regex": "m=(.*?);"}])
    collector("m=0.25;")
    collector(f"m={text};")
    assert [metric["Value"] for metric in collector.values] == [0.25]


def test_a_group_that_took_no_part_is_passed_over():
    collector = MetricCollector([{"Name": "m", "Regex": "x|m=([0-9]+)"}])
    collector("x")
    assert collector.values == []


def test_values_that_cloudwatch_refuses_keep_no_others_out(plain_aws):
    cloudwatch, job = plain_aws.client("cloudwatch"), f"job-{uuid.uuid4().hex[:8]}"
    collector = MetricCollector([{"Name": "loss", "Regex": "loss=(.*?);"}])
    collector("loss=0.5; loss=1e200; loss=-1e-200; loss=0.25;")
    collector.publish(cloudwatch, job)
    assert recent_sum(cloudwatch, NAMESPACE, "loss", TrainingJobName=job) == 0.75
    assert [metric["Value"] for metric in collector.values] == [0.5, 1e200, -1e-200, 0.25]
