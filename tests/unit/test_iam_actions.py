"""A misspelt IAM action fails at synth, with the line that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launchpad.messages.errors import InvalidFileError
from security.iam_actions import iam_actions
from stacks.permissions.actions import DATA, check_actions


def test_a_misspelt_action_is_refused_with_a_suggestion():
    with pytest.raises(InvalidFileError) as error:
        check_actions(["sagemaker:Createtraining-job"])
    message = str(error.value)
    assert "\n" not in message
    assert re.fullmatch(
        rf".*{Path(__file__).name}:\d+: sagemaker:Createtraining-job: "
        r"not an IAM action, did you mean 'sagemaker:CreateTrainingJob'\?",
        message,
    )


def test_a_misspelt_service_is_refused_with_a_suggestion():
    with pytest.raises(InvalidFileError, match=r"sagemker:CreateTrainingJob: .*did you mean 'sagemaker'\?"):
        check_actions(["sagemker:CreateTrainingJob"])


def test_an_action_without_a_service_is_refused():
    with pytest.raises(InvalidFileError, match="CreateTrainingJob: not an action of a service"):
        check_actions(["CreateTrainingJob"])


def test_a_part_of_an_action_is_no_action():
    with pytest.raises(InvalidFileError, match=r"s3:Get\*: not an IAM action"):
        check_actions(["s3:Get*"])


@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:listbucket", "kms:ReEncryptFrom", "sqs:*"])
def test_existing_actions_are_accepted_in_any_case(action):
    check_actions([action])


def test_the_actions_are_those_of_the_reference():
    assert DATA.read_text("utf-8") == iam_actions(), "renew it: make lock-actions"
