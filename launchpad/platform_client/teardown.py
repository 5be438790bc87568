"""Takes an environment apart: what runs, what the platform's functions made, then every stack that is deployed.

Note: nothing is read from today's app or config, so what an earlier one deployed goes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.buckets import buckets, empty_bucket, stop_access_logs
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.launched import delete_launched, delete_logs, delete_registry
from launchpad.platform_client.ownership import physical_ids, unless_gone
from launchpad.platform_client.progress import Progress
from launchpad.platform_client.retained import Retained
from launchpad.platform_client.running_work import stop_all
from launchpad.platform_client.stack_deletion import Deletion, lift_protection, settle
from launchpad.platform_client.stack_order import environment_stacks, importers, refuse_foreign_importers
from launchpad.platform_client.studio_work import delete_studio_work


def tear_down(
    connection: Connection, progress: Progress, *, retains: bool, spared: Sequence[str] = ()
) -> list[Retained]:
    """Delete an environment's stacks, and what its functions made; return what the stacks leave in the account.

    `retains` leaves data: the buckets' content, the model registry and the logs. `spared` names stacks that stay.

    Raises:
        LaunchpadError: something can't be deleted; a second call goes on.
    """
    settle(connection, progress)
    stacks = environment_stacks(connection)
    imports = importers(connection, stacks)
    refuse_foreign_importers(connection, [stack["StackName"] for stack in stacks], imports)
    if retains:
        _refuse_kept_notebooks(connection, stacks)
    stop_all(connection, stacks, progress)

    def show(text: str) -> None:
        progress.detail = text

    for noun, name in delete_launched(connection, show):
        progress.say(f"    deleted {noun} {name}")
    to_empty = [] if retains else buckets(connection, stacks)  # in order, which is lost once access logs are stopped
    if not retains:
        _delete_data(connection, stacks, to_empty, progress)
    doomed = [stack for stack in stacks if stack["StackName"] not in spared]
    lift_protection(connection, doomed)

    def empty(stack: str) -> None:
        own = set(physical_ids(connection, [{"StackName": stack}], "AWS::S3::Bucket")) if to_empty else set()
        for bucket in [name for name in to_empty if name in own]:
            progress.detail = f"emptying bucket {bucket}"
            progress.say(f"    emptied bucket {bucket} ({empty_bucket(connection, bucket)} objects)")

    return Deletion(connection, progress, [stack["StackName"] for stack in doomed], imports, empty).run()


def _refuse_kept_notebooks(connection: Connection, stacks: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to begin what can't be finished: a notebook's network interface is in a subnet until it is deleted.

    Source: API reference, DeleteNotebookInstance. Its volume is the only copy of people's work.
    """
    describe = connection.client("sagemaker").describe_notebook_instance
    arns = physical_ids(connection, stacks, "AWS::SageMaker::NotebookInstance")
    names = [name for arn in arns if unless_gone(describe, NotebookInstanceName=(name := arn.rpartition("/")[2]))]
    if names and physical_ids(connection, stacks, "AWS::EC2::Subnet"):
        raise LaunchpadError(
            f"notebook instances are in the network of environment {connection.name!r}, which can't go before them:"
            f" {', '.join(names)}; save the work on their volumes, stop them, and delete them (`aws sagemaker"
            f" delete-notebook-instance --notebook-instance-name {names[0]}`), then try again (nothing was destroyed)"
        )


def _delete_data(
    connection: Connection, stacks: Sequence[Mapping[str, Any]], to_empty: Sequence[str], progress: Progress
) -> None:
    """Delete what an environment that retains its data keeps, apart from the buckets' content."""
    for noun, name in [*delete_registry(connection), *delete_studio_work(connection, stacks)]:
        progress.say(f"    deleted {noun} {name}")
    if count := len(list(delete_logs(connection))):
        progress.say(f"    deleted {count} logs of jobs and endpoints")
    for bucket in stop_access_logs(connection, to_empty):
        progress.say(f"    stopped the access log of bucket {bucket}")
