"""Numbers that requests write as text: Python's own `int` and `float` take what AWS does not."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.api.errors import AwsError
from local_aws.api.numbers import NotANumberError, decimal, whole
from local_aws.cloudformation.schema import _is_number
from local_aws.sagemaker.experiments.descriptions import _parameter
from local_aws.sagemaker.tuning_space import parameters
from tests.local_aws.launcher import LocalAws

OF_PYTHON = ["1_0", " 5 ", "\N{ARABIC-INDIC DIGIT THREE}", "\N{SUPERSCRIPT TWO}", "5\n", ""]
"""What `int`, `float` or `str.isdigit` takes, or what breaks them."""
UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
TARGET = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/any"}


@pytest.mark.parametrize("text", [*OF_PYTHON, "nan", "inf", "1e999", "0x1"])
def test_what_python_takes_is_no_number(text):
    for read in (whole, decimal):
        with pytest.raises(NotANumberError):
            read(text)


def test_digits_are_numbers():
    assert (whole("007"), whole("-5"), decimal(".5"), decimal("1."), decimal("7E-5")) == (7, -5, 0.5, 1.0, 7e-5)


@pytest.mark.parametrize("text", ["1_000", " 1 ", "\N{ARABIC-INDIC DIGIT THREE}", "nan"])
def test_neither_ranges_nor_templates_nor_components_take_them(text):
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        with pytest.raises(AwsError, match="MinValue of hyperparameter x"):
            parameters({kind: [{"Name": "x", "MinValue": text, "MaxValue": "5000"}]})
    assert not _is_number(text)
    assert _parameter(text) == {"StringValue": text}


def refusal(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**members)
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("text", [*OF_PYTHON, "1e1", "5.0"])
def test_services_refuse_them_as_clients_mistakes(plain_aws: LocalAws, text):
    iam, sqs, scheduler = (plain_aws.client(name, config=UNCHECKED) for name in ("iam", "sqs", "scheduler"))
    assert refusal(iam.list_policies, MaxItems=text) == "MalformedInput"
    queue = {"QueueName": f"q-{uuid.uuid4().hex[:8]}", "Attributes": {"DelaySeconds": text}}
    assert refusal(sqs.create_queue, **queue) == "InvalidAttributeValue"
    assert refusal(scheduler.list_schedules, MaxResults=text) == "MalformedInput"
    schedule = {"Name": "s", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": TARGET}
    minute = text if text == text.strip() else "1_0"  # blanks separate the fields
    for expression in (f"rate({text} minutes)", f"cron({minute} 6 ? * MON *)"):
        code = refusal(scheduler.create_schedule, ScheduleExpression=expression, **schedule)
        assert code == "ValidationException", expression


def test_a_marker_that_no_page_gave_is_refused(plain_aws: LocalAws):
    iam = plain_aws.client("iam")
    assert refusal(iam.list_policies, Marker="1_0") == "ValidationError"


def test_s3_says_which_number_is_none(plain_aws: LocalAws):
    s3 = plain_aws.client("s3", config=UNCHECKED)
    s3.create_bucket(Bucket="numbers-as-text")
    with pytest.raises(ClientError, match="Provided max-keys not an integer or within integer range"):
        s3.list_objects_v2(Bucket="numbers-as-text", MaxKeys="1_0")
