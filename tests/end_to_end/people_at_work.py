"""The day of each duty in a deployed environment: what it does, what it was refused, and what it tries of another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from launchpad.duties import Command, Duty, role_name
from tests.end_to_end.duty_walks import APPROVER, AUDITOR, NAME, ON_CALL, WORK, WORKLOAD, Step, attempts
from tests.end_to_end.enforced_account import Account, Ending, lower

ROW = "0.04,80.0,1.52,0,0.404,7.287,34.1,7.309,2,329,12.6,4.08\n"


@pytest.fixture(scope="module")
def working(deployed: Account) -> Account:
    """The environment, in which each duty has done its work, and a model is served."""
    s3 = deployed.aws.client("s3")
    data, models = (deployed.output("storage", name) for name in ("DataBucketName", "ModelBucketName"))
    s3.put_object(Bucket=data, Key=f"{WORKLOAD}/rows/rows.csv", Body=ROW)
    s3.put_object(Bucket=models, Key="pictures/predictions.csv", Body="true,predicted\n1,2\n3,4\n")
    for step in WORK:
        _succeed(deployed, step)
    _audit(deployed)
    return deployed


@pytest.fixture(scope="module")
def refused(working: Account) -> set[tuple[str, str]]:
    """What the duties' own commands were refused: the duty's role and the action."""
    return {
        (duty.value, call["action"])
        for duty in Duty
        for call in working.calls(role_name(NAME, duty))
        if not call["allowed"] and not call["resource"].endswith(f"/{WORKLOAD}-first")  # a run, looked for as a job
    }


@pytest.fixture(scope="module")
def attempted(working: Account, refused: object) -> list[tuple[Duty, Command, Ending]]:
    """Each duty's attempts at what is another's."""
    lines = {duty: [line for each, _, line in attempts() if each == duty] for duty in Duty}
    endings = {duty: iter(ended) for duty, ended in working.all_in_one_process(_filled(working, lines)).items()}
    return [(duty, command, next(endings[duty])) for duty, command, _ in attempts()]


@pytest.fixture(scope="module")
def worked(working: Account, attempted: object) -> Account:
    """The environment after its last day."""
    _succeed(working, {ON_CALL: (f"stop {NAME}-{WORKLOAD} --yes",)})
    return working


def _succeed(account: Account, step: Step) -> None:
    people = {duty: account.person(duty) for duty in step}
    lines = [
        (line if "--from " in line else f"{line} --env {NAME}", people[duty])
        for duty, commands in _filled(account, step).items()
        for line in commands
    ]
    for (line, _), result in zip(lines, account.together(lines), strict=True):
        assert result.returncode == 0, f"{line}: {result.stdout}{result.stderr}"


def _filled(account: Account, lines: Mapping[Duty, Sequence[str]]) -> dict[Duty, list[str]]:
    """The command lines, with the name that CloudFormation chose for the bucket."""
    bucket = account.output("storage", "ModelBucketName")
    return {duty: [line.replace("MODEL_BUCKET", bucket) for line in each] for duty, each in lines.items()}


def _audit(account: Account) -> None:
    """Read what the auditor reads with the AWS CLI."""
    credentials = lower(account.person(AUDITOR))
    iam, logs, cloudformation = (account.aws.client(name, **credentials) for name in ("iam", "logs", "cloudformation"))
    role = role_name(NAME, APPROVER)
    iam.get_role(RoleName=role)
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    iam.get_role_policy(RoleName=role, PolicyName=policy)
    stack = f"launchpad-{NAME}-observability"
    resources = account.aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    [group] = [
        each["PhysicalResourceId"]
        for each in resources
        if each["LogicalResourceId"].startswith("JobEventsLog") and each["ResourceType"] == "AWS::Logs::LogGroup"
    ]
    [stream, *_] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    cloudformation.describe_stacks(StackName=stack)
    cloudformation.get_template(StackName=stack)
