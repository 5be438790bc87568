"""Stacks of an environment that its config no longer has: found, described and deleted, consumers of exports first."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.platform import NEVER_CREATED
from launchpad.platform_client.retained import retained_resources
from launchpad.platform_client.stack_events import deletion_failures
from launchpad.updates.deployed import Deployed, DeployedStack

DOMAIN = "AWS::SageMaker::Domain"
COSTLY = {
    "AWS::SageMaker::Endpoint": "a running endpoint",
    "AWS::SageMaker::NotebookInstance": "a notebook instance",
    "AWS::SageMaker::MlflowTrackingServer": "an MLflow tracking server",
    DOMAIN: "a Studio domain",
    "AWS::EMR::Cluster": "a Spark cluster",
}
"""What costs money as long as it exists, in words."""


@dataclass(frozen=True)
class Deletion:
    """The end of one stack's deletion."""

    stack: str
    retained: tuple[str, ...] = ()
    """What its Retain policies kept, as `AWS::S3::Bucket its-name`."""
    failure: str = ""
    """Why it could not be deleted; empty if it is gone."""


def leftover_stacks(deployed: Deployed, assembly: Collection[str], environment: str) -> dict[str, DeployedStack]:
    """The environment's deployed stacks that the cloud assembly no longer has; stacks of others are left alone."""
    return {name: stack for name, stack in deployed.items() if name not in assembly and stack.is_of(environment)}


def contents(stack: DeployedStack) -> str:
    """What is in a stack, in one line: what costs money, and how many other resources."""
    created = {} if stack.status in NEVER_CREATED else stack.resources
    kinds = [resource["Type"] for resource in created.values()]
    costly = [
        f"{text} ({kinds.count(kind)})" if kinds.count(kind) > 1 else text
        for kind, text in COSTLY.items()
        if kind in kinds
    ]
    others = sum(kind not in COSTLY for kind in kinds)
    noun = f"{'other ' if costly else ''}resource{'' if others == 1 else 's'}"
    rest = [f"{others} {noun}"] if others else []
    return ", ".join([*costly, *rest]) or "nothing"


def delete_stacks(cloudformation: Any, stacks: Mapping[str, DeployedStack], poll_seconds: float) -> Iterator[Deletion]:
    """Delete stacks (DeleteStack), without their termination protection; yield the end of each deletion.

    A stack is deleted once no other of them imports its exports. After a failure the others are deleted all the same,
    apart from those that the failed one imports from.
    """
    remaining, failed = dict(stacks), set[str]()
    while wave := [name for name in remaining if name not in failed and not _users(remaining, name)]:
        refusals = {name: _begin(cloudformation, remaining[name]) for name in wave}
        for name in wave:
            refusal = refusals[name]
            deletion = (
                Deletion(name, failure=refusal) if refusal else _end(cloudformation, remaining[name], poll_seconds)
            )
            yield deletion
            if deletion.failure:
                failed.add(name)
            else:
                del remaining[name]
    for name in remaining.keys() - failed:
        yield Deletion(name, failure=f"still used by {', '.join(_users(remaining, name))}")


def kept_resources(cloudformation: Any, stack: DeployedStack) -> tuple[str, ...]:
    """What the last deletion of a stack, or the last rollback, left in the account."""
    return tuple(f"{item.kind} {item.name}" for item in retained_resources(cloudformation, stack.arn))


def _users(stacks: Mapping[str, DeployedStack], name: str) -> list[str]:
    exports = set(stacks[name].exports.values())
    return [other for other, stack in stacks.items() if other != name and exports & stack.imports]


def _begin(cloudformation: Any, stack: DeployedStack) -> str:
    """Begin a deletion; return why CloudFormation refused it."""
    try:
        if stack.protected:
            lift_protection(cloudformation, stack)
        cloudformation.delete_stack(StackName=stack.arn)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""


def lift_protection(cloudformation: Any, stack: DeployedStack) -> None:
    """Disable a stack's termination protection (UpdateTerminationProtection)."""
    cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)


def _end(cloudformation: Any, stack: DeployedStack, poll_seconds: float) -> Deletion:
    """Wait for the end of a deletion that has begun."""
    while (status := _status(cloudformation, stack)) == "DELETE_IN_PROGRESS":
        time.sleep(poll_seconds)
    if status == "DELETE_COMPLETE":
        return Deletion(stack.name, retained=kept_resources(cloudformation, stack))
    failure = "; ".join(deletion_failures(cloudformation, stack.arn)) or status
    return Deletion(stack.name, failure=f"{failure}{_remedy(stack, failure)}")


def _remedy(stack: DeployedStack, failure: str) -> str:
    """What to do first about a Studio domain: SageMaker deletes none with applications or spaces (DeleteDomain)."""
    if all(resource["Type"] != DOMAIN for resource in stack.resources.values()):
        return ""
    identifier = re.search(r"\bd-[a-z0-9]{3,}\b", failure)
    domain = identifier[0] if identifier else "ID"
    unnamed = "" if identifier else " (`aws sagemaker list-domains` has its ID)"
    return (
        f". People's applications and spaces keep a Studio domain{unnamed}: save the work on the spaces' volumes,"
        f" find both by `aws sagemaker list-apps --domain-id-equals {domain}` and `list-spaces`, and delete them"
        " by `delete-app` and `delete-space`"
    )


def _status(cloudformation: Any, stack: DeployedStack) -> str:
    """The status of a stack, which is found by its ARN for 90 days after its deletion."""
    try:
        description = cloudformation.describe_stacks(StackName=stack.arn)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return "DELETE_COMPLETE"
        raise
    return str(description["StackStatus"])
