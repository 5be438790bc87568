"""A deploy uses the promotion role right after its policy changed: what AWS denies then is asked again for a minute."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.cli import promoting
from launchpad.cli.promoting import PendingCopies
from launchpad.messages.errors import LaunchpadError
from launchpad.promotions import denials
from launchpad.promotions.denials import DeniedError
from tests.unit.promotions.account import CONTENT, KEY, Account, promotion

ROLE = "arn:aws:iam::222222222222:role/launchpad-staging-promotion"


class Staging:
    """An environment whose role and policy AWS knows after some seconds."""

    name = "staging"
    account = "222222222222"
    settings = SimpleNamespace(region="eu-west-1")

    def __init__(self, role_after: float, policy_after: float, operation: str) -> None:
        self.seconds = 0.0
        self.role_after = role_after
        self.policy_after = policy_after
        self.operation = operation
        self.aws = Account()

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def role_credentials(self, role: str, _session: str) -> dict[str, str]:
        assert role == ROLE
        return {"aws_access_key_id": "AKIA"} if self.seconds >= self.role_after else {}

    def client(self, _service: str, **_: Any) -> Account:
        self.aws.refused = () if self.seconds >= self.policy_after else (self.operation,)
        return self.aws


def bring(monkeypatch: pytest.MonkeyPatch, staging: Any) -> str:
    """Copy one model, and return what was said meanwhile."""
    said: list[str] = []
    monkeypatch.setattr(denials, "time", staging)
    monkeypatch.setattr(promoting, "_role_part", lambda *_: "promotion")
    monkeypatch.setattr(promoting, "_model_bucket", lambda *_: "of-staging")
    line: Any = SimpleNamespace(say=said.append)
    PendingCopies((promotion(),)).bring(staging, {}, line, lambda _: None)
    return "\n".join(said)


@pytest.mark.parametrize("operation", ["DescribeModelPackage", "GetObject", "PutObject"])
def test_a_role_that_aws_knows_later_copies_the_model(monkeypatch, operation):
    staging = Staging(role_after=10, policy_after=30, operation=operation)
    said = bring(monkeypatch, staging)
    assert staging.aws.objects["of-staging", KEY] == CONTENT
    assert said.count("waiting for IAM (up to 60 s)") == 2
    assert 30 <= staging.seconds < 40


def test_without_delay_nothing_is_said_of_it(monkeypatch):
    assert "IAM" not in bring(monkeypatch, Staging(0, 0, "GetObject"))


def test_a_role_that_may_not_be_assumed_is_named_after_a_minute(monkeypatch):
    staging = Staging(role_after=1000, policy_after=0, operation="GetObject")
    with pytest.raises(DeniedError, match=f"{ROLE}, which copies models and images, can't be assumed"):
        bring(monkeypatch, staging)
    assert 60 <= staging.seconds < 70


def test_what_is_denied_for_good_is_refused_after_a_minute(monkeypatch):
    staging = Staging(role_after=0, policy_after=1000, operation="GetObject")
    with pytest.raises(DeniedError, match="can't be read: not authorized; it was deleted, or bucket and key of dev"):
        bring(monkeypatch, staging)
    assert 60 <= staging.seconds < 70


def test_a_model_that_is_not_approved_is_refused_at_once(monkeypatch):
    staging = Staging(0, 0, "GetObject")
    staging.aws = Account("Rejected")
    with pytest.raises(LaunchpadError, match="is Rejected"):
        bring(monkeypatch, staging)
    assert staging.seconds == 0
