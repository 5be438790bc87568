"""A newly pinned endpoint may have the name of one that exists: the report says so."""

from __future__ import annotations

from typing import Any

from launchpad.checkouts.pins import pin_note

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
