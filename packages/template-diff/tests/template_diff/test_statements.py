"""Which edits of a role's statements permit more, which less, and which make no difference."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.model import ExitCode, Respect
from template_diff.statements import grants_of
from tests.template_diff.pairs import ARN, Statement, allow, deny, difference, narrowed, role, widened


def compared(old: list[Statement], new: list[Statement]) -> Any:
    return difference({"Role": role(*old)}, {"Role": role(*new)})


TLS = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
NETWORK = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}

WIDENINGS: dict[str, tuple[list[Statement], list[Statement], Respect]] = {
    "an action more": ([allow("s3:GetObject")], [allow(["s3:GetObject", "s3:PutObject"])], Respect.ACTION),
    "an action of another service": ([allow()], [allow(), allow("kms:Decrypt")], Respect.ALL),
    "a wildcard for an action": ([allow("s3:GetObject")], [allow("s3:Get*")], Respect.ACTION),
    "a question mark for a letter": ([allow("s3:GetObject")], [allow("s3:GetObjec?")], Respect.ACTION),
    "all actions": ([allow("s3:*")], [allow("*")], Respect.ACTION),
    "a resource more": ([allow(on=ARN)], [allow(on=[ARN, "arn:aws:s3:::other"])], Respect.RESOURCE),
    "a wildcard for a resource": ([allow(on=f"{ARN}/a/*")], [allow(on=f"{ARN}/*")], Respect.RESOURCE),
    "all resources": ([allow(on=ARN)], [allow(on="*")], Respect.RESOURCE),
    "a condition removed": ([allow(**TLS)], [allow()], Respect.CONDITION),
    "a condition's value more": (
        [allow(Condition={"StringEquals": {"aws:SourceAccount": "1"}})],
        [allow(Condition={"StringEquals": {"aws:SourceAccount": ["1", "2"]}})],
        Respect.CONDITION,
    ),
    "a condition's negated value less": (
        [allow(Condition={"StringNotEquals": {"aws:SourceAccount": ["1", "2"]}})],
        [allow(Condition={"StringNotEquals": {"aws:SourceAccount": ["1"]}})],
        Respect.CONDITION,
    ),
    "a condition by pattern instead of by value": (
        [allow(Condition={"StringEquals": {"aws:PrincipalArn": "a"}})],
        [allow(Condition={"StringLike": {"aws:PrincipalArn": "a*"}})],
        Respect.CONDITION,
    ),
    "a condition only if the key exists": (
        [allow(Condition={"StringEquals": {"aws:SourceVpc": "v"}})],
        [allow(Condition={"StringEqualsIfExists": {"aws:SourceVpc": "v"}})],
        Respect.CONDITION,
    ),
    "a wider network": (
        [allow(**NETWORK)],
        [allow(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})],
        Respect.CONDITION,
    ),
    "a deny removed": ([allow(), deny()], [allow()], Respect.ALL),
    "a deny's action less": (
        [deny(["s3:Put*", "s3:Delete*"])],
        [deny("s3:Put*")],
        Respect.ACTION,
    ),
    "a deny's resource less": ([deny(on="*")], [deny(on=ARN)], Respect.RESOURCE),
    "a deny under a condition": ([deny()], [deny(**TLS)], Respect.CONDITION),
    "an exception less in NotAction": (
        [{"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
        Respect.ACTION,
    ),
    "NotAction for an action": (
        [allow("s3:*", "*")],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        Respect.ACTION,
    ),
    "an exception less in NotResource": (
        [{"Effect": "Allow", "Action": "s3:*", "NotResource": [ARN, f"{ARN}/*"]}],
        [{"Effect": "Allow", "Action": "s3:*", "NotResource": [ARN]}],
        Respect.RESOURCE,
    ),
    "an exception more in a deny's NotAction": (
        [{"Effect": "Deny", "NotAction": ["s3:*"], "Resource": "*"}],
        [{"Effect": "Deny", "NotAction": ["s3:*", "kms:*"], "Resource": "*"}],
        Respect.ACTION,
    ),
}


@pytest.mark.parametrize("case", WIDENINGS)
def test_permits_more(case: str) -> None:
    old, new, respect = WIDENINGS[case]
    comparison = compared(old, new)
    assert [change.respect for change in widened(comparison)] == [respect]
    assert narrowed(comparison) == []
    assert comparison.exit_code is ExitCode.WIDENS_PERMISSIONS


@pytest.mark.parametrize("case", WIDENINGS)
def test_permits_less_the_other_way_round(case: str) -> None:
    new, old, respect = WIDENINGS[case]
    comparison = compared(old, new)
    assert [change.respect for change in narrowed(comparison)] == [respect]
    assert widened(comparison) == []
    assert comparison.exit_code is ExitCode.SAFE


def test_conditions_that_can_not_be_compared_permit_both_more_and_less() -> None:
    old, new = ([allow(Condition={"StringEquals": {key: "v"}})] for key in ("aws:SourceVpc", "aws:SourceVpce"))
    comparison = compared(old, new)
    assert [change.respect for change in widened(comparison)] == [Respect.CONDITION]
    assert [change.respect for change in narrowed(comparison)] == [Respect.CONDITION]


EQUAL: dict[str, tuple[list[Statement], list[Statement]]] = {
    "statements split": (
        [allow(["s3:GetObject", "s3:PutObject"], [ARN, "b"])],
        [allow("s3:GetObject", ARN), allow("s3:PutObject", ARN), allow(["s3:PutObject", "s3:GetObject"], "b")],
    ),
    "Sid and order": ([allow(), deny("s3:Put*")], [deny("s3:Put*", Sid="No"), allow(Sid="Yes")]),
    "case of an action": ([allow("s3:getobject")], [allow("s3:GetObject")]),
    "a list of one": ([allow("s3:GetObject", ARN)], [allow(["s3:GetObject"], [ARN])]),
    "a statement that another contains": ([allow("s3:*", "*")], [allow("s3:*", "*"), allow("s3:GetObject", ARN)]),
    "case of a condition's key": (
        [allow(Condition={"Bool": {"aws:SecureTransport": "true"}})],
        [allow(Condition={"Bool": {"aws:securetransport": True}})],
    ),
    "an action that NotAction allowed": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("s3:GetObject")],
    ),
}


@pytest.mark.parametrize("case", EQUAL)
def test_permits_the_same(case: str) -> None:
    comparison = compared(*EQUAL[case])
    assert comparison.permissions == ()
    assert comparison.exit_code is ExitCode.SAFE


def test_an_action_that_not_action_left_out_is_more() -> None:
    both = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert [change.grants.actions for change in widened(compared([both], [both, allow("iam:Pass*", "*")]))] == [
        ("iam:Pass*",)
    ]


def test_what_was_permitted_instead_is_named() -> None:
    (change,) = widened(compared([allow("s3:GetObject")], [allow("s3:Get*")]))
    assert (change.instead, change.grants.actions, change.grants.resources) == (("s3:GetObject",), ("s3:Get*",), (ARN,))


def test_one_edit_of_many_actions_and_resources_is_one_finding() -> None:
    old = [allow(["s3:GetObject", "s3:ListBucket"], ["a", "b", "c"])]
    new = [allow(["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"], ["a", "b", "c"])]
    (change,) = widened(compared(old, new))
    assert change.grants.actions == ("s3:DeleteObject", "s3:PutObject")
    assert change.grants.resources == ("a", "b", "c")


def test_both_versions_of_a_conditional_statement_are_permitted() -> None:
    conditional = {"Fn::If": ["Wanted", allow("s3:*"), {"Ref": "AWS::NoValue"}]}
    comparison = compared([allow()], [allow(), conditional])
    assert [change.grants.actions for change in widened(comparison)] == [("s3:*",)]


def test_two_different_references_are_two_resources() -> None:
    old, new = ([allow(on={"Fn::GetAtt": [name, "Arn"]})] for name in ("A", "B"))
    comparison = compared(old, new)
    assert (len(widened(comparison)), len(narrowed(comparison))) == (1, 1)


def test_a_literal_wildcard_contains_a_reference() -> None:
    reference = {"Fn::Sub": "arn:aws:s3:::${Bucket}/*"}
    assert widened(compared([allow(on="arn:aws:s3:::*")], [allow(on=reference)])) == []


def test_a_reference_contains_only_itself() -> None:
    reference = {"Fn::Sub": "arn:aws:s3:::${Bucket}/*"}
    assert len(widened(compared([allow(on=reference)], [allow(on="arn:aws:s3:::*")]))) == 1


def test_an_allow_never_contains_a_deny() -> None:
    (allowed,), (denied,) = (grants_of({"Statement": [statement]}) for statement in (allow(), deny("s3:GetObject")))
    assert allowed.contains(allowed)
    assert not allowed.contains(denied)
    assert not denied.contains(allowed)
