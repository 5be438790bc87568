"""One deploy of an environment: what must happen before and after the CDK CLI, so that removals deploy too.

Note: exports that are still in use stay for a first run of the CLI, then the leftover stacks are deleted, then a second
run removes those exports. Each step begins with what is deployed, so a deploy that failed half-way goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import typer
from botocore.exceptions import ClientError

from launchpad.cli.deploying import CdkRun
from launchpad.cli.following import of
from launchpad.cli.programs.cdk import docker_variables
from launchpad.cli.promoting import NOTHING_PENDING, PendingCopies
from launchpad.cli.terminal import note, say
from launchpad.cloud_assembly import Stack, selected_stacks
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import taking_back
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import NEVER_CREATED, stack_name
from launchpad.platform_client.stack_events import failed_removals
from launchpad.platform_client.taken_endpoints import TakenEndpoint
from launchpad.platform_client.taking_back import NOTHING_LEFT, Leftovers
from launchpad.updates.assembly import with_templates
from launchpad.updates.deployed import Deployed, DeployedStack, deployed_stacks, deploying_client, listed_stacks
from launchpad.updates.failed_creations import unprotect_failed_creations
from launchpad.updates.kept_exports import Kept, kept_exports, transition_templates
from launchpad.updates.leftovers import contents, delete_stacks, leftover_stacks
from launchpad.updates.replacements import refuse_replacements
from launchpad.updates.unchanged import is_unchanged


@dataclass(frozen=True)
class Update:
    """What one deploy will do in addition to the CDK CLI's own work."""

    new: Mapping[str, Stack]
    deployed: Deployed
    leftovers: Mapping[str, DeployedStack]
    """The stacks to delete."""
    earlier: Leftovers
    """What an earlier deployment left in the account, which is taken back."""


def plan(connection: Connection, new: Mapping[str, Stack], *, yes: bool, only: str | None) -> Update:
    """Look at what is deployed, repair what would block the deploy, and ask about what is to be deleted.

    Raises:
        LaunchpadError: something would have to be replaced that can't be, or is in the way. Nothing has changed.
    """
    cloudformation = deploying_client(connection, new)
    deployed = deployed_stacks(cloudformation, connection.name)
    touched = selected_stacks(new, stack_name(connection.name, only) if only else None)
    refuse_replacements(deployed, touched)
    earlier = taking_back.leftovers(connection, {name: stack.template for name, stack in new.items()}).of(touched)
    earlier.refuse()
    for line in unprotect_failed_creations(cloudformation, deployed, touched):
        note(line)
    leftovers = {} if only else leftover_stacks(deployed, new, connection.name)
    agreed = agreed_to_delete(connection, leftovers, yes=yes)
    return Update(new, deployed, leftovers if agreed else {}, earlier)


def deploy(
    run: CdkRun,
    update: Update,
    only: str | None,
    pending: PendingCopies = NOTHING_PENDING,
    taken: Sequence[TakenEndpoint] = (),
) -> None:
    """Run the CDK CLI, delete the leftover stacks, then remove the exports that only those or old versions used.

    Promoted models that are `pending` are copied first, once the stack of the role that copies them is deployed; then
    the endpoints that are `taken` are imported into their stacks.

    Raises:
        LaunchpadError: the CDK CLI failed, or a leftover stack can't be deleted.
    """
    if names := [] if pending or taken else _unchanged(run, update, only):
        run.show_unchanged(names)
        return
    run = replace(run, is_first=not update.deployed)
    retained, transition = _transition(run, update.new, update.deployed)
    earlier = update.earlier
    if pending:
        pending.bring(run.connection, update.new, run.line, lambda part: transition.deploy(part, earlier))
        earlier = replace(earlier, storage={})  # is imported once
    for endpoint in taken:
        transition.take_over(endpoint)
    transition.deploy(only, earlier)
    if update.leftovers:
        _delete(run, update)
    if not only:
        _remove_kept(run, update, retained)
    _say_what_could_not_be_deleted(run, update, only)


def _unchanged(run: CdkRun, update: Update, only: str | None) -> list[str]:
    """The stacks to deploy to the local AWS without Docker, if nothing about any of them changed; else none."""
    connection = run.connection
    if not docker_variables(connection.variables()) or update.leftovers or update.earlier != NOTHING_LEFT:
        return []
    touched = selected_stacks(update.new, stack_name(connection.name, only) if only else None)
    return list(touched) if is_unchanged(connection.client("s3"), touched, update.deployed) else []


def _say_what_could_not_be_deleted(run: CdkRun, update: Update, only: str | None) -> None:
    """Name what left a template and still exists, such as a bucket with objects: for the CLI all is well."""
    touched = selected_stacks(update.new, stack_name(run.connection.name, only) if only else None)
    removed = {
        name: update.deployed[name].resources.keys() - touched[name].template.get("Resources", {}).keys()
        for name in touched.keys() & update.deployed.keys()
        if update.deployed[name].status not in NEVER_CREATED  # the CLI has made another stack in its place
    }
    if not any(removed.values()):
        return
    cloudformation = deploying_client(run.connection, update.new)
    for name in filter(removed.get, touched):
        for failure in failed_removals(cloudformation, update.deployed[name].arn, removed[name]):
            run.line.say(f"    {name} could not delete what left it, {failure}")


def say_what_goes(connection: Connection, new: Mapping[str, Stack]) -> None:
    """Name the stacks that a deploy would delete; nothing is changed."""
    try:
        deployed = listed_stacks(connection.client("cloudformation"), connection.name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        say(f"can't see which stacks a deploy would delete: {error.response['Error']['Message']}")
        return
    leftovers = leftover_stacks(deployed, new, connection.name)
    if not leftovers:
        say("a deploy would delete no stack")
        return
    say(f"a deploy would delete these stacks, which config/{connection.name}.yaml no longer has:")
    _list(leftovers)


def _list(leftovers: Mapping[str, DeployedStack]) -> None:
    width = max(map(len, leftovers))
    for name, stack in leftovers.items():
        say(f"    {name:<{width}} {contents(stack)}")


def agreed_to_delete(connection: Connection, leftovers: Mapping[str, DeployedStack], *, yes: bool) -> bool:
    """Name the stacks that the config no longer has, and ask whether to delete them."""
    if not leftovers:
        return False
    say(f"config/{connection.name}.yaml no longer has these stacks, which are still deployed:")
    _list(leftovers)
    if yes or connection.local:
        return True
    if typer.confirm("Delete them?"):
        return True
    note(f"they stay, with what they cost; `launchpad deploy{of(connection.name)}` asks again")
    return False


def _remove_kept(run: CdkRun, update: Update, retained: Kept) -> None:
    """Remove the exports that stayed and are no longer used, and then those that only their resources used."""
    while retained:
        remaining, rest = _transition(run, update.new, _read(run, update))
        changed = [update.new[name].path for name in retained if retained[name] != remaining.get(name)]
        if not changed:
            return
        rest.deploy_alone(changed)
        retained = remaining


def _read(run: CdkRun, update: Update) -> Deployed:
    """What is deployed now; the credentials of a long deploy have expired, so these are new ones."""
    return deployed_stacks(deploying_client(run.connection, update.new), run.connection.name)


def _transition(run: CdkRun, new: Mapping[str, Stack], deployed: Deployed) -> tuple[Kept, CdkRun]:
    """The exports that must stay for now, and a run of the CLI on templates that have them."""
    exports = kept_exports(deployed, new)
    if not exports:
        return exports, run
    copy = run.assembly.with_name(f"{run.assembly.name}.transition")
    return exports, replace(
        run, assembly=with_templates(run.assembly, copy, transition_templates(deployed, new, exports))
    )


def _delete(run: CdkRun, update: Update) -> None:
    run.line.detail = f"deleting {', '.join(update.leftovers)}"
    cloudformation = deploying_client(run.connection, update.new)
    failures = []
    width = max(map(len, update.leftovers))
    for deletion in delete_stacks(cloudformation, update.leftovers, run.connection.poll_seconds):
        if deletion.failure:
            failures.append(f"  {deletion.stack}: {deletion.failure}")
            continue
        run.line.say(f"    {deletion.stack:<{width}} deleted")
        if deletion.retained:
            run.line.say(f"      kept, because this environment retains data: {', '.join(deletion.retained)}")
    if failures:
        lines = "\n".join(failures)
        raise LaunchpadError(
            f"everything else is deployed, but these stacks can't be deleted:\n{lines}\n"
            f"remove what is in the way, then run `launchpad deploy{of(run.connection.name)}` again"
        )
