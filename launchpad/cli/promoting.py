"""What a deploy does for promoted models: checks them before anything changes, and copies them before they are served.

The role that may read them is a stack of the environment. It exists from the second deploy on, and knows a new pin only
once its stack is updated. So what can't be asked at first is asked again then. It must be answered within a minute,
in which IAM spreads the update.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from launchpad.cli.terminal import size
from launchpad.cloud_assembly import Stack
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import stack_name
from launchpad.requests.names import promotion_role_name
from launchpad.updates.deployed import deploying_client

if TYPE_CHECKING:
    from launchpad.cli.progress import LiveLine
    from launchpad.promotions.artifacts import Progress
    from launchpad.promotions.promotion import Clients, Promotion


@dataclass(frozen=True)
class PendingCopies:
    """The promoted models that are not in the environment's own bucket yet."""

    promotions: tuple[Promotion, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.promotions)

    def bring(
        self, connection: Connection, new: Mapping[str, Stack], line: LiveLine, prepare: Callable[[str], None]
    ) -> None:
        """Deploy the stack of the role and those that it needs with `prepare`, then copy.

        Raises:
            LaunchpadError: a model may not be served, or is not what was pinned; no endpoint has changed.
        """
        from launchpad.promotions.copying import copy
        from launchpad.promotions.denials import once_allowed
        from launchpad.promotions.promotion import require_promotion_role

        prepare(_role_part(new, connection.name))
        clients = once_allowed(partial(require_promotion_role, connection), line.say)
        bucket = _model_bucket(connection, new)
        if bucket is None:
            storage = stack_name(connection.name, "storage")
            raise LaunchpadError(
                f"stack {storage} has no output ModelBucketName: deploy the environment without --only"
            )
        for promotion in self.promotions:
            attempt = partial(copy, clients, promotion, bucket, _shown(line, promotion))
            line.say(
                f"    copied {promotion.words}: {size(once_allowed(attempt, line.say))}, its SHA-256 is the pinned one"
            )


NOTHING_PENDING = PendingCopies()


def pending_copies(connection: Connection, new: Mapping[str, Stack], only: str | None, line: LiveLine) -> PendingCopies:
    """Check the promoted models of a deploy as far as its role may see them, and find those that lack a copy.

    Raises:
        LaunchpadError: one is not approved, does not pass, or is not what was pinned; nothing has changed.
    """
    from launchpad.promotions.checks import judge
    from launchpad.promotions.copying import refuse
    from launchpad.promotions.promotion import promotions

    pinned = promotions(connection, only)
    clients = _clients(connection) if pinned else None
    bucket = _model_bucket(connection, new) if pinned else None
    pending = []
    for promotion in pinned:
        copied = False
        if clients is not None:
            copied, reasons = judge(clients, promotion, bucket, _shown(line, promotion))
            refuse([promotion], [doubt for doubt in reasons if doubt.is_certain])
        if not copied:
            pending.append(promotion)
    return PendingCopies(tuple(pending))


def _clients(connection: Connection) -> Clients | None:
    from launchpad.promotions.promotion import as_promotion_role

    return as_promotion_role(connection)


def _model_bucket(connection: Connection, new: Mapping[str, Stack]) -> str | None:
    """The environment's model bucket; None before its storage stack exists."""
    from botocore.exceptions import ClientError

    try:
        (stack,) = deploying_client(connection, new).describe_stacks(StackName=stack_name(connection.name, "storage"))[
            "Stacks"
        ]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return outputs.get("ModelBucketName")


def _role_part(new: Mapping[str, Stack], environment: str) -> str:
    """The part of the platform that has the promotion role."""
    name = promotion_role_name(environment)
    for stack in new.values():
        for resource in stack.template.get("Resources", {}).values():
            if resource["Type"] == "AWS::IAM::Role" and resource.get("Properties", {}).get("RoleName") == name:
                return stack.name.removeprefix(stack_name(environment, ""))
    raise LaunchpadError(f"no stack has role {name}: the config of no environment has `promotes_to: [{environment}]`")


def _shown(line: LiveLine, promotion: Promotion) -> Progress:
    def progress(read: int, total: int) -> None:
        line.detail = f"{promotion.workload.name}: SHA-256 of {size(read)} of {size(total)}"

    return progress
