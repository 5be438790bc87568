"""Resources that only changed their logical id or their stack."""

from __future__ import annotations

from template_diff.compare import compare
from template_diff.model import Action, ExitCode
from tests.template_diff.pairs import difference, resource, template

QUEUE = resource("SQS::Queue", {"VisibilityTimeout": 30})


def test_a_new_logical_id_with_equal_properties_is_a_rename() -> None:
    comparison = difference({"Old": QUEUE}, {"New": QUEUE})
    (change,) = comparison.resources
    assert change.action is Action.RENAMED
    assert (change.former.logical_id, change.place.logical_id) == ("Old", "New")
    assert comparison.exit_code is ExitCode.LOSES_DATA


def test_a_renamed_resource_that_is_retained_loses_nothing() -> None:
    retained = QUEUE | {"DeletionPolicy": "Retain"}
    assert difference({"Old": retained}, {"New": retained}).exit_code is ExitCode.SAFE


def test_a_resource_with_other_properties_is_no_rename() -> None:
    comparison = difference({"Old": QUEUE}, {"New": resource("SQS::Queue", {"VisibilityTimeout": 60})})
    assert [change.action for change in comparison.resources] == [Action.ADDED, Action.REMOVED]


def test_members_of_a_renamed_construct_match_by_references() -> None:
    def construct(prefix: str) -> dict:
        return {
            f"{prefix}Queue": QUEUE,
            f"{prefix}Policy": resource(
                "SQS::QueuePolicy", {"Queues": [{"Ref": f"{prefix}Queue"}], "PolicyDocument": {}}
            ),
        }

    comparison = difference(construct("Old"), construct("New"))
    assert {change.place.logical_id: change.former.logical_id for change in comparison.resources} == {
        "NewQueue": "OldQueue",
        "NewPolicy": "OldPolicy",
    }


def test_equal_resources_are_matched_by_the_likeness_of_their_names() -> None:
    comparison = difference({"AlphaOne": QUEUE, "BetaOne": QUEUE}, {"BetaTwo": QUEUE, "AlphaTwo": QUEUE})
    assert {change.former.logical_id: change.place.logical_id for change in comparison.resources} == {
        "AlphaOne": "AlphaTwo",
        "BetaOne": "BetaTwo",
    }


def test_a_resource_that_moved_to_another_stack_is_shown_as_moved() -> None:
    old = {("dev", "a"): template({"It": QUEUE}), ("dev", "b"): template({})}
    new = {("dev", "a"): template({}), ("dev", "b"): template({"It": QUEUE})}
    (change,) = compare(old, new).resources
    assert change.action is Action.RENAMED
    assert (change.former.stack, change.place.stack) == ("a", "b")
    assert change.loses_data


def test_a_resource_is_never_matched_with_one_of_another_environment() -> None:
    old = {("dev", "a"): template({"It": QUEUE}), ("prod", "a"): template({})}
    new = {("dev", "a"): template({}), ("prod", "a"): template({"It": QUEUE})}
    assert [change.action for change in compare(old, new).resources] == [Action.REMOVED, Action.ADDED]


def test_an_equal_resource_of_the_same_stack_is_matched_first() -> None:
    old = {("dev", "b"): template({"It": QUEUE})}
    new = {("dev", "a"): template({"ItA": QUEUE}), ("dev", "b"): template({"New": QUEUE})}
    renamed = [change for change in compare(old, new).resources if change.action is Action.RENAMED]
    assert [(change.place.stack, change.place.logical_id) for change in renamed] == [("b", "New")]
