"""What the doctor says of pinned models."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.doctor import promotions
from launchpad.promotions.checks import Doubt
from launchpad.promotions.pin_checks import CheckedPin

WORDS = "wine, version 7, from dev: the next deploy copies it"


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function to the doctor's verdicts, from what is checked."""

    def examine(*pins: CheckedPin) -> Any:
        monkeypatch.setattr(promotions, "checked_pins", lambda _: iter(pins))
        deployment: Any = SimpleNamespace(connection=object())
        return [(str(finding.status), finding.text) for finding in promotions.promoted(deployment)]

    return examine


def test_a_model_that_nothing_speaks_against_is_good(verdicts):
    assert verdicts(CheckedPin(("endpoints", 0), "wine", WORDS, ())) == [("ok", WORDS)]
    assert verdicts() == [("ok", "the config pins none")]


def test_what_is_wrong_is_a_problem_and_what_is_not_seen_is_unknown(verdicts):
    reasons = (Doubt("is rejected", "approve it"), Doubt("may not be read", "deploy", is_certain=False))
    pin = CheckedPin(("endpoints", 0), "wine", WORDS, reasons)
    assert verdicts(pin) == [("problem", "is rejected"), ("unknown", "may not be read")]
