"""The table of what each command needs is complete, and its duties are apart."""

from __future__ import annotations

import pytest

from launchpad.cli.application import COMMANDS as ALONE
from launchpad.cli.application import GROUPS
from launchpad.duties import BY_NAME, COMMANDS, NO_AWS, Duty, Resource
from stacks.permissions.actions import check_actions

EVERY = {name for names in ALONE.values() for name in names} | {
    f"{group} {command}" for group, (_, _, commands) in GROUPS.items() for command in commands
}
OTHER_PROGRAMS = {name for name in BY_NAME if name.startswith("aws ")}


def actions_of(duty: Duty) -> set[tuple[Resource, str]]:
    return {
        (need.resource, action)
        for command in COMMANDS
        if duty in command.duties
        for need in command.needs
        for action in need.actions
    }


def test_every_command_is_in_the_table_exactly_once():
    calling = {name.partition(" --")[0] for name in BY_NAME} - OTHER_PROGRAMS - {"cost", "validate"}
    assert calling | set(NO_AWS) == EVERY
    assert calling & set(NO_AWS) == set()
    assert len(BY_NAME) == len(COMMANDS)


def test_every_action_exists_and_none_is_a_pattern():
    actions = {action for command in COMMANDS for need in command.needs for action in need.actions}
    check_actions(actions)
    assert not [action for action in actions if "*" in action]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_duty_has_needs_and_an_administrator_a_note(command):
    assert bool(command.duties) == bool(command.needs) != bool(command.note)


@pytest.mark.parametrize("duty", Duty)
def test_no_duty_starts_work_or_passes_a_role_itself(duty):
    verbs = ("sagemaker:Create", "iam:Put", "iam:Create", "iam:Attach", "iam:PassRole", "sts:", "kms:CreateGrant")
    allowed = {action for _, action in actions_of(duty) if action.startswith(verbs)}
    assert {action for action in allowed if "Presigned" not in action} == set()


def test_who_runs_does_not_approve_and_who_approves_does_not_run():
    approving = (Resource.PACKAGES, "sagemaker:UpdateModelPackage")
    running = {
        (resource, action)
        for resource, action in actions_of(Duty.DATA_SCIENTIST)
        if action in ("lambda:InvokeFunction", "states:StartExecution", "s3:PutObject", "sagemaker:InvokeEndpoint")
    }
    assert approving not in actions_of(Duty.DATA_SCIENTIST)
    assert approving in actions_of(Duty.APPROVER)
    assert len(running) > 4
    assert running & actions_of(Duty.APPROVER) == set()


def test_an_auditor_reads_no_data_no_model_and_no_log_of_a_job():
    read = {
        resource for resource, action in actions_of(Duty.AUDITOR) if action in ("s3:GetObject", "logs:GetLogEvents")
    }
    assert read == {Resource.HISTORY, Resource.JOB_EVENTS}


def test_only_the_on_call_may_invoke_what_deletes_by_age():
    deleting = (Resource.IDLE_FUNCTIONS, "lambda:InvokeFunction")
    assert [duty for duty in Duty if deleting in actions_of(duty)] == [Duty.ON_CALL]
