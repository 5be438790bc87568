"""A path of a JSONPath state that finds nothing fails the execution with States.Runtime, as on AWS."""

from __future__ import annotations

import json

import pytest

GIVEN = {"there": {"list": [1, 2], "nothing": None}}


def ended(machines, **state):
    return machines.run({"Pass": {"Type": "Pass", "End": True, **state}}, GIVEN, QueryLanguage="JSONPath")


@pytest.mark.parametrize(
    "state",
    [
        {"InputPath": "$.none.x"},
        {"OutputPath": "$.there.none"},
        {"InputPath": "$.there.list[2]"},
        {"Parameters": {"a": [{"x.$": "$.none"}]}},
        {"Parameters": {"x.$": "$.there.list.none"}},
    ],
)
def test_a_path_that_finds_nothing_fails_the_execution(machines, state):
    execution = ended(machines, **state)
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")
    assert "could not be found in the input" in execution["cause"]


@pytest.mark.parametrize(
    ("state", "output"),
    [
        ({"InputPath": "$.there.list[1]"}, 2),
        ({"InputPath": "$.there.nothing"}, None),
        ({"OutputPath": "$"}, GIVEN),
        ({"InputPath": None}, {}),
        ({"Parameters": {"all.$": "$.there.list[*]", "name.$": "$$.State.Name"}}, {"all": [1, 2], "name": "Pass"}),
        ({"Parameters": {"x.$": "$.there.nothing", "sum.$": "States.MathAdd(1, 2)"}}, {"x": None, "sum": 3}),
    ],
)
def test_a_path_that_finds_something_gives_it(machines, state, output):
    execution = ended(machines, **state)
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"]) == output
