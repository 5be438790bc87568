"""What the doctor says of promoted models."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.doctor import promotions
from launchpad.messages.errors import LaunchpadError
from launchpad.promotions.checks import Doubt


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function to the verdicts on one promoted model, from what is true of it."""

    def examine(*, role: bool = True, copied: bool = False, reasons: tuple[Doubt, ...] = (), pins: int = 1) -> Any:
        model = SimpleNamespace(words="wine, version 7, from dev", workload=SimpleNamespace(name="wine"))
        monkeypatch.setattr(promotions, "promotions", lambda _: [model] * pins)
        monkeypatch.setattr(promotions, "as_promotion_role", lambda _: object() if role else None)
        monkeypatch.setattr(promotions, "role_arn", lambda _: "arn:role")
        monkeypatch.setattr(promotions, "find_output", lambda *_: "of-staging")
        monkeypatch.setattr(promotions, "has_copy", lambda *_: copied)
        monkeypatch.setattr(promotions, "doubts", lambda *_: reasons)
        monkeypatch.setattr(promotions, "withdrawn", lambda *_: reasons)
        deployment: Any = SimpleNamespace(connection=object())
        return [(str(finding.status), finding.text) for finding in promotions.promoted(deployment)]

    return examine


def test_a_good_model_is_copied_by_the_next_deploy_or_is_there(verdicts):
    assert verdicts() == [("ok", "wine, version 7, from dev: the next deploy copies it")]
    assert verdicts(copied=True) == [("ok", "wine, version 7, from dev: the environment has its copy")]
    assert verdicts(pins=0) == [("ok", "the config pins none")]


def test_what_is_wrong_is_a_problem_and_what_is_not_seen_is_unknown(verdicts):
    reasons = (Doubt("is rejected", "approve it"), Doubt("may not be read", "deploy", is_certain=False))
    assert verdicts(reasons=reasons) == [("problem", "is rejected"), ("unknown", "may not be read")]


def test_without_its_role_nothing_is_known(verdicts):
    assert verdicts(role=False) == [("unknown", "you may not assume arn:role, or it does not exist yet")]


def test_other_bytes_in_the_own_bucket_are_a_problem(verdicts, monkeypatch):
    verdicts()

    def overwritten(*_: Any) -> bool:
        raise LaunchpadError("s3://of-staging/x has other bytes; delete it")

    monkeypatch.setattr(promotions, "has_copy", overwritten)
    deployment: Any = SimpleNamespace(connection=object())
    (finding,) = promotions.promoted(deployment)
    assert (str(finding.status), finding.text, finding.remedy) == (
        "problem",
        "s3://of-staging/x has other bytes",
        "delete it",
    )
