"""Runs bootstrap and deploy through the CDK CLI, and shows one lasting line per stack."""

from __future__ import annotations

import atexit
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from launchpad import paths
from launchpad.cli.programs import cdk
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, plural, say
from launchpad.cloud_assembly import read_stacks
from launchpad.image_builds.assembly_images import AssemblyImage, images_of
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoint_removal import remove_what_watches
from launchpad.platform_client.local_address import VARIABLE, is_local
from launchpad.platform_client.platform import BOOTSTRAP_STACK, NEVER_CREATED, stack_name
from launchpad.platform_client.taking_back import NOTHING_LEFT, Leftovers
from launchpad.updates.assembly import with_templates
from launchpad.updates.deployed import deployed_stacks, deploying_client
from launchpad.updates.leftovers import delete_stacks
from launchpad.updates.lock import reserve

if TYPE_CHECKING:
    from launchpad.platform_client.taken_endpoints import TakenEndpoint
    from launchpad.settings import EnvironmentSettings

ALL_STACKS = "**"
"""The CLI's pattern for the stacks of every stage; its `--all` selects only those outside of stages."""
_UNCHANGED = "unchanged"
_NAME_WIDTH = 40
_UNATTENDED = ("--require-approval", "never", "--concurrency", "4", "--progress", "events")
_WITHOUT_CHANGE_SETS = ("--method", "direct")
"""Creates stacks at once. There is nothing to compare with, for which the CLI loads what it knows of every service."""


def assembly_folder(environment: str) -> Path:
    """The folder of an environment's cloud assembly."""
    return paths.BUILD / "cdk.out" / environment


def synthesize(env: str, variables: dict[str, str]) -> Path:
    """Write an environment's cloud assembly anew; return its folder, which no other process changes.

    Raises:
        LaunchpadError: the environment doesn't exist, or its app failed.
    """
    from launchpad.settings import load_environment

    load_environment(env)  # reports a wrong name or file before anything is started
    folder = _own_folder(env)
    shutil.rmtree(folder, ignore_errors=True)
    with LiveLine(f"Synthesizing {env}"):
        cdk.synth(env, folder, variables)
    return folder


def _own_folder(env: str) -> Path:
    """The environment's folder; while another process uses it, one that goes with this process."""
    folder = assembly_folder(env)
    if reserve(folder):
        return folder
    own = folder.with_name(f"{env}.{os.getpid()}")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def synthesize_what_is_right(settings: EnvironmentSettings, variables: dict[str, str]) -> Path:
    """Do as `synthesize`, without workloads that have mistakes, where trained models are deployed directly.

    People write their workloads there, and one that is half written must not stop the deploy of the others. Every other
    environment gets all workloads or none.
    """
    try:
        return synthesize(settings.name, variables)
    except LaunchpadError:
        from launchpad.catalogue import broken_workloads

        broken = broken_workloads(settings) if settings.direct_deploy else {}
        if not broken:
            raise
    for name, problems in broken.items():
        say(f"warning: workload {name} is left out of this deploy, because it has mistakes:", "yellow", console=err)
        for problem in problems:
            say(f"  {problem}", "yellow", console=err)
    return synthesize(settings.name, {**variables, paths.LEAVE_OUT: ",".join(broken)})


def log_file(command: str, env: str) -> Path:
    """Where the CDK CLI's output of one command goes."""
    return paths.BUILD / "logs" / f"{command}-{env}.log"


def new_log_file(command: str, env: str) -> Path:
    """`log_file`, without what an earlier command wrote to it."""
    log = log_file(command, env)
    log.unlink(missing_ok=True)
    return log


@dataclass(frozen=True)
class CdkRun:
    """The CDK CLI for one environment, with its output in one file."""

    connection: Connection
    assembly: Path
    log: Path
    line: LiveLine
    is_first: bool = False
    """Whether the environment has no stack yet."""

    def bootstrap(self, account: str) -> None:
        """Create or renew what the CDK needs in the account (stack `CDKToolkit`)."""
        self._run(_bootstrap(self.connection, account), "bootstrapped", assembly=None)

    def bootstrap_if_missing(self, account: str) -> None:
        """Do the same, unless the stack exists in any version."""
        if not _is_bootstrapped(self.connection):
            self.bootstrap(account)

    def finish_bootstrap(self, started: cdk.Started) -> None:
        """Wait for the end of what `start_bootstrap` started.

        Raises:
            LaunchpadError: it failed.
        """
        self._follow(cdk.follow(started), "bootstrapped", _NAME_WIDTH)

    def deploy(self, only: str | None = None, earlier: Leftovers = NOTHING_LEFT) -> None:
        """Create or update every stack, or `only` one part of the platform and what it depends on.

        What `earlier` names is taken back.
        """
        options = [*_UNATTENDED]
        pattern = f"{self.connection.name}/{only}" if only else ALL_STACKS
        if earlier.storage:
            self._import_storage(earlier.storage)
        if earlier.importable:
            self.line.say(f"    taking back {', '.join(item.name for item in earlier.importable)}")
        if earlier.unknown:
            self.line.say(f"    can't see what an earlier deployment left: {earlier.unknown}")
        if earlier.importable or earlier.unknown:
            options.append("--import-existing-resources")
        elif self.is_first and self.connection.local:
            options += _WITHOUT_CHANGE_SETS
        self._run(["deploy", pattern, *options], "deployed", assembly=self.assembly)

    def deploy_alone(self, stacks: Sequence[str]) -> None:
        """Update these stacks, by their paths in the app, and none of those that they depend on."""
        self._run(["deploy", *stacks, "--exclusively", *_UNATTENDED], "deployed", assembly=self.assembly)

    def show_unchanged(self, names: Sequence[str]) -> None:
        """Show the lines of a run of the CLI that changes none of these stacks."""
        width = max(map(len, names))
        for name in names:
            self.line.say(f"    {name:<{width}} {_UNCHANGED}")

    def _import_storage(self, identifiers: Mapping[str, Mapping[str, str]]) -> None:
        """Create the storage stack of the key and buckets that an earlier one left; the deploy adds the rest."""
        names = ", ".join(value for identifier in identifiers.values() for value in identifier.values())
        self.line.say(f"    taking back {names}")
        self._import("storage", identifiers, self.assembly)

    def take_over(self, endpoint: TakenEndpoint) -> None:
        """Create the stack of a pin with the endpoint that exists, and nothing else; the deploy adds the rest.

        What watches and scales it goes first, because the stack brings its own; it answers all the while.
        """
        self.line.say(f"    taking over {endpoint.name}, which goes on answering")
        remove_what_watches(self.connection, endpoint.name)
        name = stack_name(self.connection.name, endpoint.part)
        template, identifiers = endpoint.importing(read_stacks(self.assembly)[name].template)
        copy = self.assembly.with_name(f"{self.assembly.name}.{endpoint.part}")
        self._import(endpoint.part, identifiers, with_templates(self.assembly, copy, {name: template}))

    def _import(self, part: str, identifiers: Mapping[str, Mapping[str, str]], assembly: Path) -> None:
        self._delete_unfinished(stack_name(self.connection.name, part))
        mapping = ["--resource-mapping-inline", json.dumps(identifiers), "--force", "--progress", "events"]
        self._run(["import", f"{self.connection.name}/{part}", *mapping], "imported", assembly=assembly)

    def _delete_unfinished(self, name: str) -> None:
        """Delete a stack that was never created: the CDK CLI compares with its template, and would import nothing.

        Raises:
            LaunchpadError: it can't be deleted.
        """
        cloudformation = deploying_client(self.connection, read_stacks(self.assembly))
        unfinished = {
            key: stack for key, stack in deployed_stacks(cloudformation, self.connection.name).items() if key == name
        }
        for deletion in delete_stacks(cloudformation, unfinished, self.connection.poll_seconds):
            if deletion.failure:
                raise LaunchpadError(f"{name} was never created, and can't be deleted: {deletion.failure}")

    def _run(self, arguments: Sequence[str], participle: str, *, assembly: Path | None) -> None:
        width = max(map(len, read_stacks(assembly)), default=0) if assembly else _NAME_WIDTH
        self._follow(cdk.run(arguments, assembly, _variables(self.connection), self.log), participle, width)

    def _follow(self, events: Iterator[cdk.StackEvent | cdk.StackEnded], participle: str, width: int) -> None:
        counts: dict[str, int] = {}
        for news in events:
            if isinstance(news, cdk.StackEvent):
                counts[news.stack] = (news.total or news.completed) - 1  # the stack itself is one of them
                total = f"/{news.total}" if news.total else ""
                self.line.detail = f"{news.stack}  {news.completed}{total}  {news.kind}"
                continue
            count = plural(counts[news.stack], "resource") if news.stack in counts else ""
            self.line.say(
                f"    {news.stack:<{width}} {participle if news.changed else _UNCHANGED:<10} {count}".rstrip()
            )


def start_bootstrap(connection: Connection, log: Path) -> cdk.Started | None:
    """Start to bootstrap the local AWS unless it is, because most of the seconds that it takes are the CLI's start."""
    if not connection.local or _is_bootstrapped(connection):
        return None
    return cdk.start(_bootstrap(connection, str(connection.account)), None, _variables(connection), log)


def _bootstrap(connection: Connection, account: str) -> list[str]:
    return ["bootstrap", f"aws://{account}/{connection.settings.region}"]


def _variables(connection: Connection) -> dict[str, str]:
    variables = connection.variables()
    return {**variables, **cdk.docker_variables(variables)}


def _is_bootstrapped(connection: Connection) -> bool:
    """Whether the stack was created. An interrupted command leaves it half-way, and the CLI goes on from there."""
    try:
        stacks = connection.client("cloudformation").describe_stacks(StackName=BOOTSTRAP_STACK)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return stacks[0]["StackStatus"] not in {*NEVER_CREATED, "CREATE_IN_PROGRESS"}


def require_part(assembly: Path, environment: str, part: str) -> None:
    """Refuse a part of the platform that this environment doesn't have: the CLI would deploy nothing, and succeed.

    Raises:
        LaunchpadError: there is no such stack in the assembly.
    """
    prefix = stack_name(environment, "")
    parts = [name.removeprefix(prefix) for name in read_stacks(assembly)]
    if part not in parts:
        raise LaunchpadError(f"environment {environment!r} has no stack {part!r}; {suggest(part, parts, 'stacks')}")


def images_to_push(connection: Connection, assembly: Path, only: str | None) -> list[AssemblyImage]:
    """The images of a deploy, of `only` one part if it is given; none for the local AWS, whatever runs images there."""
    if is_local(connection.variables().get(VARIABLE, "")):
        return []
    return images_of(assembly, stack_name(connection.name, only) if only else None)
