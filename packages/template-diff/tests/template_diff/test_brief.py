"""The comparison in a few lines for a terminal."""

from __future__ import annotations

from template_diff.brief import brief
from tests.template_diff.pairs import difference, resource


def test_the_worst_dangers_are_named_and_the_rest_counted() -> None:
    old = {f"Queue{number}": resource("SQS::Queue") for number in range(5)}
    lines = brief(difference(old, {}), most=2)
    assert lines == [
        "Data is lost. Resources: 5 removed. Dangers: loses data: 5.",
        "  Loses data: dev · stack Queue0 (SQS::Queue)",
        "  Loses data: dev · stack Queue1 (SQS::Queue)",
        "  and 3 more",
    ]


def test_without_dangers_there_is_only_the_verdict() -> None:
    assert brief(difference({}, {})) == ["No change."]
