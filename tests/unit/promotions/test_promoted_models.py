"""A promoted model is served only if it is approved, passed its gate, and has the bytes that were promoted."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from launchpad.promotions.checks import doubts, judge, withdrawn
from launchpad.promotions.promotion import Promotion
from tests.unit.promotions.account import BASELINE, CONTENT, DIGEST, KEY, SCALER, TOGETHER, Account, promotion


def reasons(account: Any, each: Promotion) -> list[tuple[str, bool]]:
    return [(doubt.text, doubt.is_certain) for doubt in doubts(account, each, print)]


def test_an_approved_model_with_the_pinned_bytes_is_not_doubted():
    assert reasons(Account(), promotion()) == []


WRONG: dict[str, tuple[Account, dict[str, str], str]] = {
    "not approved": (Account("PendingManualApproval"), {}, "version 7 of dev-boston-housing is PendingManualApproval"),
    "below the gate": (Account(r2="0.1"), {}, "does not pass, quality gate: r2 is 0.1, it must be at least 0.5"),
    "without the metric": (Account(r2="good"), {}, "'r2' was never reported"),
    "another artifact": (
        Account(artifact=f"s3://of-dev/{KEY.replace('-7', '-8')}"),
        {},
        "and the pin has s3://of-dev/",
    ),
    "other bytes": (Account(), {"sha256": "0" * 64}, f"has the SHA-256 {DIGEST}, and {'0' * 64} is pinned"),
}


@pytest.mark.parametrize(("account", "changed", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_certain(account, changed, message):
    ((text, is_certain),) = reasons(account, promotion(**changed))
    assert message in text
    assert is_certain


@pytest.mark.parametrize("operation", ["DescribeModelPackage", "GetObject"])
def test_what_the_role_may_not_see_is_not_called_wrong(operation):
    account = Account()
    account.refused = (operation,)
    assert [is_certain for _, is_certain in reasons(account, promotion())] == [False]


@pytest.mark.parametrize("key", [SCALER, BASELINE])
def test_a_companion_that_is_gone_or_overwritten_is_doubted(key):
    account: Any = Account()
    account.objects |= {("of-dev", SCALER): CONTENT, ("of-dev", BASELINE): CONTENT, ("of-dev", key): b"other"}
    ((text, is_certain),) = reasons(account, promotion(**TOGETHER))
    assert text.startswith(f"s3://of-dev/{key} has the SHA-256 {hashlib.sha256(b'other').hexdigest()}, and {DIGEST} is")
    assert is_certain
    del account.objects["of-dev", key]
    assert reasons(account, promotion(**TOGETHER)) == [(f"s3://of-dev/{key} can't be read", False)]
    account.objects["of-staging", KEY] = CONTENT
    assert not judge(account, promotion(**TOGETHER), "of-staging", print)[0]


def test_a_copied_model_stops_a_deploy_only_when_its_approval_is_withdrawn():
    gate_raised, unreadable, rejected = Account(r2="0.1"), Account(), Account("Rejected")
    unreadable.refused = ("DescribeModelPackage",)
    accounts: list[Any] = [gate_raised, unreadable, rejected]
    assert [len(list(withdrawn(account, promotion()))) for account in accounts] == [0, 0, 1]
