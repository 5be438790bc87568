"""What a person is told whose credentials may not run a command."""

from __future__ import annotations

import pytest

from launchpad.cli.denials import remedy

REFUSAL = "User: arn:aws:sts::123456789012:assumed-role/{}/ada is not authorized to perform: {} on resource: *"


@pytest.mark.parametrize(
    ("role", "action", "command", "words"),
    [
        (
            "launchpad-dev-data-scientist",
            "sagemaker:UpdateModelPackage",
            "approve boston-housing --env dev",
            (
                "sagemaker:UpdateModelPackage is missing: `launchpad approve` is for the approver: use a profile with"
                " the role launchpad-dev-approver (AWS_PROFILE=..., docs/people.md)"
            ),
        ),
        (
            "launchpad-dev-approver",
            "states:StopExecution",
            "--debug pipeline stop boston-housing",
            (
                "states:StopExecution is missing: `launchpad pipeline stop` is for the data-scientist and the on-call:"
                " use a profile with the role launchpad-dev-data-scientist or launchpad-dev-on-call (AWS_PROFILE=...,"
                " docs/people.md)"
            ),
        ),
        (
            "somebody",
            "lambda:InvokeFunction",
            "run boston-housing",
            (
                "lambda:InvokeFunction is missing: `launchpad run` is for the data-scientist: use a profile with the"
                " role launchpad-ENV-data-scientist (AWS_PROFILE=..., docs/people.md)"
            ),
        ),
        (
            "launchpad-dev-on-call",
            "sts:AssumeRole",
            "deploy --env dev",
            (
                "sts:AssumeRole is missing: `launchpad deploy` is an administrator's: ask one, or use an"
                " administrator's credentials (AWS_PROFILE=...)"
            ),
        ),
        (
            "launchpad-dev-on-call",
            "lambda:InvokeFunction",
            "idle --env dev",
            "lambda:InvokeFunction is missing: deploy dev anew with this checkout, which gives it to the on-call",
        ),
    ],
)
def test_a_refusal_names_the_permission_and_who_has_it(role, action, command, words):
    assert remedy(REFUSAL.format(role, action), command.split()) == words


def test_a_refusal_without_a_command_names_the_permission():
    message = REFUSAL.format("ada", "s3:GetObject")
    words = "s3:GetObject is missing: ask for this permission, or use other credentials (AWS_PROFILE=...)"
    assert remedy(message, []) == words
