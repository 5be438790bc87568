"""What the report says of pins: one with the name of an endpoint that exists, one that changes its mode."""

from __future__ import annotations

from typing import Any

from launchpad.checkouts.pins import mode_note, pin_note

Side = dict[tuple[str, str], dict[str, Any]]
WITHOUT: Side = {("dev", "jobs"): {"Resources": {}}}


def pinned(*names: str) -> Side:
    endpoints = {
        f"Endpoint{number}": {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointName": name}}
        for number, name in enumerate(names)
    }
    return {**WITHOUT, ("dev", "endpoint"): {"Resources": endpoints}}


def test_a_new_pin_is_noted_with_the_command_that_makes_way() -> None:
    note = pin_note(WITHOUT, pinned("dev-one"))
    assert note is not None
    assert note.startswith("Newly pinned: dev-one. ")
    assert "launchpad stop dev-one" in note


def test_a_pin_that_stays_is_not_noted() -> None:
    assert pin_note(pinned("dev-one"), pinned("dev-one")) is None


def test_a_pin_of_a_new_environment_is_not_noted() -> None:
    assert pin_note({}, pinned("dev-one")) is None


def running(*, serverless: bool) -> Side:
    """One pinned endpoint in the stack that it has to itself."""
    variant = {"ServerlessConfig": {"MemorySizeInMB": 2048}} if serverless else {"InstanceType": "ml.m5.large"}
    config = {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": [variant]}}
    side = pinned("dev-one")
    side["dev", "endpoint"]["Resources"]["Config"] = config
    return side


def test_an_endpoint_that_becomes_serverless_would_be_refused() -> None:
    note = mode_note(running(serverless=False), running(serverless=True))
    assert note is not None
    assert note.startswith("Becomes serverless: dev-one. SageMaker refuses")


def test_an_endpoint_that_is_serverless_no_longer_can_not_go_back() -> None:
    note = mode_note(running(serverless=True), running(serverless=False))
    assert note is not None
    assert note.startswith("Serverless no longer: dev-one. This is final")


def test_an_endpoint_that_keeps_its_mode_or_is_new_is_not_noted() -> None:
    assert mode_note(running(serverless=True), running(serverless=True)) is None
    assert mode_note(WITHOUT, running(serverless=True)) is None
