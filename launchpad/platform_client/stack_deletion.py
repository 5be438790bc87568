"""Deletes an environment's stacks: importers before exporters, and independent ones at the same time.

Note: `cdk destroy` only knows the stacks of today's app, and fails half-way if a stack that left the app still imports
from one of them. CloudFormation deletes with the role with which CDK created the stack.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import stacks
from launchpad.platform_client.progress import Progress
from launchpad.platform_client.retained import Retained, retained_resources
from launchpad.platform_client.stack_events import deletion_failures
from launchpad.platform_client.stack_order import Importers, environment_stacks, last_of_all

MOST_TRIES = 5
"""How often a stack is deleted whose buckets get new objects: S3 delivers access logs late."""
RETRY_POLLS = 10
"""How many polls pass between two of these tries."""
LONGEST_SETTLING_SECONDS = 1800.0
_DELETED = "DELETE_COMPLETE"
_FAILED = "DELETE_FAILED"
_UNSTARTED = "REVIEW_IN_PROGRESS"
"""A stack whose first change set was never executed."""


@dataclass
class Deletion:
    """One run through all stacks."""

    connection: Connection
    progress: Progress
    names: Sequence[str]
    """The stacks to delete."""
    imports: Importers
    prepare: Callable[[str], object]
    """Called with a stack's name before each try, to empty its buckets."""
    retained: list[Retained] = field(default_factory=list)
    """What the deleted stacks left in the account."""
    _identifiers: dict[str, str] = field(default_factory=dict)
    _tries: Counter[str] = field(default_factory=Counter)
    _failures: dict[str, str] = field(default_factory=dict)

    def run(self) -> list[Retained]:
        """Delete all of the environment's stacks; return what they left.

        Raises:
            LaunchpadError: a stack can't be deleted; those that it doesn't need are gone all the same.
        """
        while living := self._living():
            for name in self._ready(living):
                self._delete(name)
            if not any(name in self._identifiers for name in living if name not in self._failures):
                break
            time.sleep(self.connection.poll_seconds)
            self._look_at_started()
        if self._failures:
            raise LaunchpadError(self._complaint())
        return self.retained

    def _living(self) -> list[str]:
        return [stack["StackName"] for stack in stacks(self.connection) if stack["StackName"] in self.names]

    def _ready(self, living: Sequence[str]) -> list[str]:
        """The stacks from which no living stack imports; GitHub's only once it is alone."""
        last = last_of_all(self.connection.name)
        waiting = [name for name in living if name not in self._identifiers and name not in self._failures]
        free = [name for name in waiting if not self.imports.get(name, frozenset()) & set(living)]
        return [name for name in free if name != last or len(living) == 1]

    def _delete(self, name: str) -> None:
        cloudformation = self.connection.client("cloudformation")
        self.prepare(name)
        self._identifiers[name] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self._tries[name] += 1
        cloudformation.delete_stack(StackName=name)

    def _look_at_started(self) -> None:
        for name, identifier in list(self._identifiers.items()):
            stack = self._described(identifier)
            if stack["StackStatus"] == _DELETED:
                self._finish(name, identifier)
            elif stack["StackStatus"] == _FAILED:
                self._retry_or_fail(name, identifier)
        if self._identifiers:
            self.progress.detail = f"deleting {', '.join(sorted(self._identifiers))}"

    def _described(self, identifier: str) -> Mapping[str, Any]:
        """The stack by its id, under which a deleted one is still found."""
        stack: Mapping[str, Any] = self.connection.client("cloudformation").describe_stacks(StackName=identifier)[
            "Stacks"
        ][0]
        return stack

    def _finish(self, name: str, identifier: str) -> None:
        del self._identifiers[name]
        self.retained.extend(retained_resources(self.connection.client("cloudformation"), identifier))
        self.progress.say(f"    {name:<40} destroyed")

    def _retry_or_fail(self, name: str, identifier: str) -> None:
        reasons = deletion_failures(self.connection.client("cloudformation"), identifier)
        del self._identifiers[name]
        if any("not empty" in reason for reason in reasons) and self._tries[name] < MOST_TRIES:
            self.progress.say(f"    {name:<40} has a bucket with new objects; emptying it again")
            self.progress.detail = f"waiting for what is still being delivered to the buckets of {name}"
            time.sleep(self.connection.poll_seconds * RETRY_POLLS)
            return
        self._failures[name] = "\n".join(f"  {reason}" for reason in reasons)
        self.progress.say(f"    {name:<40} can't be deleted")

    def _complaint(self) -> str:
        rest = ", ".join(self._living())
        reasons = "\n".join(f"{name}:\n{reason}" for name, reason in self._failures.items())
        remedies = [remedy for sign, remedy in REMEDIES.items() if sign in reasons]
        remedy = "; ".join(remedies) or "remove what CloudFormation names"
        return (
            f"these stacks are still there: {rest}\n{reasons}\n{remedy}; then run"
            f" `launchpad destroy --env {self.connection.name}` again: it goes on with what is left"
        )


REMEDIES = {
    "not empty": "S3 delivers access logs for hours after the last request to a bucket, so wait for some hours",
    "has dependencies": "a notebook instance or an application that was kept is still in the network: save its work,"
    " and delete it (`aws sagemaker delete-notebook-instance`)",
    "DependencyViolation": "something that is no longer managed still uses the network: look at its network interfaces"
    " (`aws ec2 describe-network-interfaces`)",
}
"""What to do about a reason, by words of AWS's that are in it."""


def settle(connection: Connection, progress: Progress) -> None:
    """Wait until none of the environment's stacks is being created or changed: CloudFormation deletes none meanwhile.

    Raises:
        LaunchpadError: a stack doesn't settle.
    """
    deadline = time.monotonic() + LONGEST_SETTLING_SECONDS
    while busy := [stack for stack in environment_stacks(connection) if _is_busy(stack["StackStatus"])]:
        names = ", ".join(f"{stack['StackName']} ({stack['StackStatus']})" for stack in busy)
        if time.monotonic() > deadline:
            raise LaunchpadError(f"stacks are still being changed: {names}; wait for their end, then try again")
        progress.detail = f"waiting for {names}"
        time.sleep(connection.poll_seconds)


def lift_protection(connection: Connection, protected: Sequence[Mapping[str, Any]]) -> None:
    """Disable the stacks' termination protection (UpdateTerminationProtection)."""
    cloudformation = connection.client("cloudformation")
    for stack in protected:
        if stack.get("EnableTerminationProtection"):
            cloudformation.update_termination_protection(
                StackName=stack["StackName"], EnableTerminationProtection=False
            )


def _is_busy(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status not in (_UNSTARTED, "DELETE_IN_PROGRESS")


def caller_name(connection: Connection) -> str:
    """The ARN of the credentials (STS GetCallerIdentity); empty if they may not ask."""
    try:
        return str(connection.client("sts").get_caller_identity()["Arn"])
    except ClientError:
        return ""
