"""The functions find the alert topic, whose stack comes after theirs, when they first need it."""

from __future__ import annotations

import dataclasses

import boto3
import pytest
from botocore.stub import Stubber

from tests.unit.functions import ENVIRONMENT, Environment, imported

PARAMETER = "/launchpad/dev/alert-topic"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


@pytest.fixture
def alert_topic(tmp_path, monkeypatch):
    with imported(tmp_path, monkeypatch, "alert_topic", {}) as module:
        yield module


def test_the_topic_is_read_from_its_parameter_once(alert_topic, monkeypatch):
    ssm = boto3.client("ssm", region_name="eu-west-1")
    environment = Environment(**ENVIRONMENT, alert_topic_parameter=PARAMETER)
    with Stubber(ssm) as responses:
        responses.add_response("get_parameter", {"Parameter": {"Value": TOPIC}}, {"Name": PARAMETER})
        monkeypatch.setattr(boto3, "client", {"ssm": ssm}.__getitem__)
        assert alert_topic.with_alert_topic(environment).alert_topic_arn == TOPIC
        assert alert_topic.with_alert_topic(environment).alert_topic_arn == TOPIC


def test_an_environment_without_the_parameter_stays_as_it_is(alert_topic, monkeypatch):
    monkeypatch.setattr(boto3, "client", lambda _service: pytest.fail("no call was to be made"))
    without = Environment(**ENVIRONMENT)
    known = dataclasses.replace(without, alert_topic_arn=TOPIC, alert_topic_parameter=PARAMETER)
    assert alert_topic.with_alert_topic(without) is without
    assert alert_topic.with_alert_topic(known) is known
