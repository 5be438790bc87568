"""The states of stacks from which a deploy can't go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.doctor.check import Check, Finding, ok, problem, warning
from launchpad.doctor.deployment import Deployment
from launchpad.platform_client.platform import living_stacks
from launchpad.platform_client.stack_order import TAG

FAILED_CREATION = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""The CDK CLI deletes such a stack before it creates it again (its `isCreationFailure`), once it is unprotected."""
UNFINISHED = "_IN_PROGRESS"
EMPTY = "REVIEW_IN_PROGRESS"
"""A stack that has a change set and nothing else; the CDK CLI deletes it too."""
ENDINGS = {
    "UPDATE_ROLLBACK_FAILED": "`aws cloudformation continue-update-rollback --stack-name {stack}`, then deploy again",
    "DELETE_FAILED": "read why in the stack's events, then `aws cloudformation delete-stack --stack-name {stack}`",
    "CREATE_FAILED": "`aws cloudformation delete-stack --stack-name {stack}`, then deploy again",
    "UPDATE_FAILED": "`aws cloudformation rollback-stack --stack-name {stack}`, then deploy again",
    "IMPORT_ROLLBACK_FAILED": "read why in the stack's events, and fix the resource that could not be imported",
}
"""What to do about each state that CloudFormation doesn't update from ("Stack status codes" in its user guide)."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("stacks", "states", states, cheap=True)]


def states(deployment: Deployment) -> Iterable[Finding]:
    """Look at every stack of the environment; one row in total where all are well."""
    stacks = living_stacks(deployment.cdk_client("cloudformation"), deployment.settings.name)
    findings = [finding for stack in stacks if (finding := _finding(deployment, stack))]
    bad = [finding for finding in findings if finding.remedy]
    yield from bad
    if not bad:
        yield ok(f"{len(findings)} deployed, all in a state to deploy from" if findings else "none is deployed yet")


def describe(deployment: Deployment, name: str) -> Mapping[str, Any] | None:
    """A stack (DescribeStacks); None if there is none of this name."""
    try:
        stacks = deployment.cdk_client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return next(iter(stacks), None)


def _finding(deployment: Deployment, stack: Mapping[str, Any]) -> Finding | None:
    """The finding about a stack; of one that this deploy doesn't update, only that a deletion has to be tried again."""
    assembly, verdict = deployment.assembly, state(stack)
    if assembly is None or stack["StackName"] in {each.name for each in assembly.stacks}:
        return verdict
    if {"Key": TAG, "Value": deployment.settings.name} not in stack.get("Tags", []):
        return None
    if not verdict.remedy:
        return verdict
    remedy = "nothing to do: the config no longer has it, and the deploy deletes it"
    return warning(stack["StackStatus"], remedy, stack["StackName"])


def state(stack: Mapping[str, Any]) -> Finding:
    """The finding about one stack from DescribeStacks."""
    name, status = stack["StackName"], stack["StackStatus"]
    if status in FAILED_CREATION:
        return warning(status, "nothing to do: the deploy deletes it and creates it again", name)
    if status in ENDINGS:
        return problem(status, ENDINGS[status].format(stack=name), name)
    if status.endswith(UNFINISHED) and status != EMPTY:
        remedy = f"wait until it ends: `aws cloudformation describe-stacks --stack-name {name}`"
        return problem(f"{status}: a deploy is under way, or was interrupted", remedy, name)
    return ok(status, name)
