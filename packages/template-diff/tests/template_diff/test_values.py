"""How template values are resolved, matched and compared."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.conditions import lets_through, read_condition
from template_diff.intrinsics import Scope
from template_diff.patterns import Selection, contains, network_contains, overlap
from template_diff.properties import property_changes
from template_diff.references import reference, shown

SCOPE = Scope(
    "storage",
    {
        "Resources": {"Bucket": {}},
        "Parameters": {
            "Size": {"Type": "Number", "Default": 5},
            "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"},
            "Given": {"Type": "String"},
        },
        "Mappings": {"Regions": {"eu-west-1": {"Ami": "ami-1"}}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Given"}, "prod"]}},
    },
    {"dev-key": reference("keys/Key.Arn")}.get,
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"Ref": "Bucket"}, "${Bucket}"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "${Bucket.Arn}"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "${Bucket.Arn}"),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]}, "${Bucket.Arn}/*"),
        ({"Fn::Sub": "${Bucket.Arn}/${AWS::Region}/${!Literal}"}, "${Bucket.Arn}/${AWS::Region}/${Literal}"),
        ({"Fn::Sub": ["${a}-x", {"a": {"Ref": "Bucket"}}]}, "${Bucket}-x"),
        ({"Fn::ImportValue": "dev-key"}, "${keys/Key.Arn}"),
        ({"Fn::ImportValue": "unknown"}, "${ImportValue(unknown)}"),
        ({"Ref": "Size"}, "5"),
        ({"Ref": "Image"}, "${resolve:ssm:/ami}"),
        ({"Ref": "Given"}, "${Given}"),
        ({"Fn::FindInMap": ["Regions", "eu-west-1", "Ami"]}, "ami-1"),
        ({"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Ami"]}, "${FindInMap(Regions, AWS::Region, Ami)}"),
        ({"Fn::Select": [1, {"Ref": "Zones"}]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": [":", "x:y"]}]}, "x"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "${Select(0, GetAZs())}"),
        ({"Fn::Base64": "#!/bin/sh"}, "${Base64}#!/bin/sh"),
        ({"Fn::If": ["Prod", "same", "same"]}, "same"),
        (True, "true"),
        (1.0, "1"),
    ],
)
def test_functions_resolve_to_readable_text(raw: Any, text: str) -> None:
    resolved = SCOPE.resolve(raw)
    assert isinstance(resolved, str)
    assert shown(resolved, "storage") == text


def test_a_value_that_is_no_value_is_left_out() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    assert SCOPE.resolve({"a": nothing, "b": [nothing, "x"]}) == {"b": ["x"]}


def test_a_conditional_value_keeps_both_sides_and_the_condition_itself() -> None:
    resolved = SCOPE.resolve({"Fn::If": ["Prod", "a", "b"]})
    assert resolved == {"Fn::If": [reference("Equals(Given, prod)"), "a", "b"]}


def test_references_are_shown_relative_to_one_stack() -> None:
    text = f"{reference('storage/Bucket.Arn')} {reference('storage-logs/Bucket')}"
    assert shown(text, "storage") == "${Bucket.Arn} ${storage-logs/Bucket}"


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("*", "anything"),
        ("s3:Get*", "s3:GetObject"),
        ("s3:Get*", "s3:GetObject*"),
        ("s3:*", "s3:*Object"),
        ("a*b*c", "a1b2b3c"),
        ("a?c", "abc"),
        ("a*", "a?"),
        ("a*", f"a{reference('x/B')}"),
        (f"{reference('x/B')}/*", f"{reference('x/B')}/a/*"),
        ("a**", "a*"),
    ],
)
def test_a_pattern_contains_what_it_matches_and_not_the_other_way_round(wide: str, narrow: str) -> None:
    assert contains(wide, narrow)
    assert not contains(narrow, wide) or wide.replace("**", "*") == narrow


@pytest.mark.parametrize(
    ("first", "second"),
    [("s3:Get*", "s3:Put*"), ("a?", "a"), ("a", "A"), ("?", reference("x/B")), (reference("x/B"), reference("x/C"))],
)
def test_a_pattern_does_not_contain_what_it_does_not_match(first: str, second: str) -> None:
    assert not contains(first, second)


def test_patterns_overlap_where_one_text_can_match_both() -> None:
    assert overlap("s3:Get*", "s3:*Object")
    assert overlap("a?c", "ab*")
    assert overlap(reference("x/B"), "anything")
    assert not overlap("s3:Get*", "s3:Put*")


def test_everything_but_some_contains_what_overlaps_none_of_them() -> None:
    but_iam = Selection(("iam:*",), excluded=True)
    assert but_iam.contains(Selection(("s3:*",)))
    assert not but_iam.contains(Selection(("i*",)))
    assert but_iam.contains(Selection(("iam:*", "kms:*"), excluded=True))
    assert not Selection(("iam:*", "kms:*"), excluded=True).contains(but_iam)
    assert Selection(("*",)).contains(but_iam)
    assert not Selection(("s3:*",)).contains(but_iam)
    assert not Selection(("iam:*",)).contains(but_iam)


def test_networks_contain_their_parts() -> None:
    assert network_contains("10.0.0.0/8", "10.1.0.0/16")
    assert network_contains("::/0", "fd00::/8")
    assert not network_contains("10.1.0.0/16", "10.0.0.0/8")
    assert not network_contains("0.0.0.0/0", "::/0")
    assert not network_contains("0.0.0.0/0", "sg-1")


def condition(operator: str, *values: str) -> Any:
    return read_condition({operator: {"k": list(values)}})


@pytest.mark.parametrize(
    ("weak", "strict"),
    [
        (("StringEquals", "a", "b"), ("StringEquals", "a")),
        (("StringLike", "a*"), ("StringLike", "ab")),
        (("StringLike", "a*"), ("StringEquals", "ab")),
        (("ArnLike", "a*"), ("ArnEquals", "ab")),
        (("StringNotEquals", "a"), ("StringNotEquals", "a", "b")),
        (("StringNotLike", "ab"), ("StringNotLike", "a*")),
        (("StringNotEquals", "a"), ("StringNotLike", "a", "b")),
        (("IpAddress", "10.0.0.0/8"), ("IpAddress", "10.0.0.0/16")),
        (("NotIpAddress", "10.0.0.0/16"), ("NotIpAddress", "10.0.0.0/8")),
        (("StringEqualsIfExists", "a"), ("StringEquals", "a")),
        (("StringLikeIfExists", "a*"), ("StringEqualsIfExists", "ab")),
        (("ForAnyValue:StringLike", "a*"), ("ForAnyValue:StringEquals", "ab")),
        (("ForAllValues:StringEquals", "a", "b"), ("ForAllValues:StringEquals", "a")),
    ],
)
def test_a_stricter_condition_is_let_through_by_the_weaker_one_only(weak: tuple, strict: tuple) -> None:
    assert lets_through(condition(*weak), condition(*strict))
    assert not lets_through(condition(*strict), condition(*weak))
    assert lets_through((), condition(*strict))
    assert not lets_through(condition(*strict), ())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("NumericLessThan", "5"), ("NumericLessThan", "6")),
        (("Bool", "true"), ("Bool", "false")),
        (("StringEquals", "a"), ("StringEqualsIgnoreCase", "A")),
        (("ForAnyValue:StringEquals", "a"), ("ForAllValues:StringEquals", "a")),
    ],
)
def test_conditions_of_unsure_order_let_nothing_through(first: tuple, second: tuple) -> None:
    assert not lets_through(condition(*first), condition(*second))
    assert not lets_through(condition(*second), condition(*first))


def changes(old: dict, new: dict) -> list[tuple[str, str | None, str | None]]:
    return [(change.path, change.old, change.new) for change in property_changes(old, new)]


def test_tags_are_compared_by_their_keys() -> None:
    old = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
    new = {"Tags": [{"Key": "b", "Value": "3"}, {"Key": "c", "Value": "4"}]}
    assert changes(old, new) == [
        ("Tags[a]", '{"Key": "a", "Value": "1"}', None),
        ("Tags[b].Value", "2", "3"),
        ("Tags[c]", None, '{"Key": "c", "Value": "4"}'),
    ]


def test_an_item_more_in_a_list_is_one_line() -> None:
    assert changes({"Subnets": ["a", "b"]}, {"Subnets": ["c", "a", "b"]}) == [("Subnets", None, "c")]


def test_another_order_is_a_change() -> None:
    assert changes({"L": ["a", "b"]}, {"L": ["b", "a"]}) == [("L", '["a", "b"]', '["b", "a"]')]


def test_an_edited_item_is_reported_by_what_changed_in_it() -> None:
    old, new = ({"Rules": [{"Days": "1", "On": "x"}, {"Days": days, "On": "x"}]} for days in "23")
    assert changes(old, new) == [("Rules[1].Days", "2", "3")]


def test_json_within_text_is_compared_as_what_it_holds() -> None:
    old, new = ({"DefinitionString": f'{{"States": {{"Train": {{"MaxAttempts": {n}}}}}}}'} for n in (3, 5))
    assert changes(old, new) == [("DefinitionString.States.Train.MaxAttempts", "3", "5")]


def test_a_changed_line_of_a_script_is_reported_with_its_number() -> None:
    assert changes({"Content": "a\nb\nc\n"}, {"Content": "a\nB\nc\nd\n"}) == [
        ("Content line 2", "b", "B"),
        ("Content line 4", None, "d"),
    ]


def test_a_script_with_other_line_ends_is_a_change() -> None:
    assert changes({"Content": "a\nb\n"}, {"Content": "a\r\nb\r\n"}) == [("Content", "different line ends", None)]
