"""Amounts of ended work in words: never zero for what is unknown, and never complete where something is missing."""

from __future__ import annotations

import pytest

from launchpad.costs.wording import cost_in_words, cost_label, cost_line, cost_note, job_money
from launchpad.requests.cost import Cost

TRAIN, VOLUME = "AmazonSageMaker/Train:ml.m5.large", "AmazonSageMaker/Train:VolumeUsage.gp2"


@pytest.mark.parametrize(
    ("usd", "words"),
    [(1234.5, "$1,234.50"), (0.1, "$0.10"), (0.0042, "$0.0042"), (0.00001, "<$0.0001"), (0, "$0.00")],
)
def test_a_job_of_less_than_ten_cents_has_four_digits(usd, words):
    assert job_money(usd) == words


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (Cost(0.0042), "$0.0042"),
        (Cost(0.3, spot_saved_usd=0.7, spot_full_usd=1.0), "$0.30, spot saved $0.70 (70 %)"),
        (Cost(unknown=(TRAIN,)), "unknown (no price of Train:ml.m5.large)"),
        (Cost(1.0, (TRAIN, "TransformEndTime")), "$1.00 + unknown (no price of Train:ml.m5.large, TransformEndTime)"),
        (Cost(1.0, without=(VOLUME,)), "$1.00, without volumes (no price of Train:VolumeUsage.gp2)"),
        (Cost(1.0, without=("the warm pool from now on",)), "$1.00, without the warm pool from now on"),
        (Cost(unknown=(TRAIN,), without=(VOLUME,)), "unknown (no price of Train:ml.m5.large)"),
    ],
)
def test_a_line_names_what_is_unknown_and_what_is_left_out(cost, words):
    assert cost_line(cost) == words


def test_what_still_runs_has_no_amount():
    assert cost_in_words(None) == ""


def test_a_note_says_whose_prices_a_complete_amount_has():
    assert cost_note(Cost(1.0)) == "at list prices"
    assert cost_note(Cost(unknown=(TRAIN,))) == "no price of Train:ml.m5.large"


def test_nothing_of_the_local_aws_is_said_to_cost_money():
    assert (cost_label("local"), cost_label("dev")) == ("would cost", "cost")
