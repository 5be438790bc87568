"""Runs bootstrap, deploy and destroy through the CDK CLI, and shows one lasting line per stack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from launchpad import paths
from launchpad.cli.programs import cdk
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import plural
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client import teardown
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import stack_name, stacks

BOOTSTRAP_STACK = "CDKToolkit"
ALL_STACKS = "**"
"""The CLI's pattern for the stacks of every stage; its `--all` selects only those outside of stages."""
_UNCHANGED = "unchanged"
_UNATTENDED = ("--require-approval", "never", "--concurrency", "4", "--progress", "events")


def assembly_folder(environment: str) -> Path:
    """The folder of an environment's cloud assembly."""
    return paths.BUILD / "cdk.out" / environment


def synthesize(env: str, variables: dict[str, str]) -> Path:
    """Write an environment's cloud assembly anew; return its folder.

    Raises:
        LaunchpadError: the environment doesn't exist, or its app failed.
    """
    from launchpad.settings import load_environment

    load_environment(env)  # reports a wrong name or file before anything is started
    folder = assembly_folder(env)
    shutil.rmtree(folder, ignore_errors=True)
    with LiveLine(f"Synthesizing {env}"):
        cdk.synth(env, folder, variables)
    return folder


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

    def bootstrap(self, account: str) -> None:
        """Create or renew what the CDK needs in the account (stack `CDKToolkit`)."""
        target = f"aws://{account}/{self.connection.settings.region}"
        self._run(["bootstrap", target], "bootstrapped", assembly=None)

    def bootstrap_if_missing(self, account: str) -> None:
        """Do the same, unless the stack exists in any version."""
        if not self._is_bootstrapped():
            self.bootstrap(account)

    def deploy(self, only: str | None = None) -> None:
        """Create or update every stack, or `only` one part of the platform and what it depends on."""
        pattern = f"{self.connection.name}/{only}" if only else ALL_STACKS
        self._run(["deploy", pattern, *_UNATTENDED], "deployed", assembly=self.assembly)

    def deploy_alone(self, stacks: Sequence[str]) -> None:
        """Update these stacks, by their paths in the app, and none of those that they depend on."""
        self._run(["deploy", *stacks, "--exclusively", *_UNATTENDED], "deployed", assembly=self.assembly)

    def destroy(self) -> None:
        """Delete every stack."""
        self._run(["destroy", ALL_STACKS, "--force"], "destroyed", assembly=self.assembly)

    def _run(self, arguments: Sequence[str], participle: str, *, assembly: Path | None) -> None:
        counts: dict[str, int] = {}
        variables = self.connection.variables()
        variables.update(cdk.docker_variables(variables))
        for news in cdk.run(arguments, assembly, variables, self.log):
            if isinstance(news, cdk.StackEvent):
                counts[news.stack] = (news.total or news.completed) - 1  # the stack itself is one of them
                total = f"/{news.total}" if news.total else ""
                self.line.detail = f"{news.stack}  {news.completed}{total}  {news.kind}"
                continue
            count = plural(counts[news.stack], "resource") if news.stack in counts else ""
            self.line.say(f"    {news.stack:<40} {participle if news.changed else _UNCHANGED:<10} {count}".rstrip())

    def _is_bootstrapped(self) -> bool:
        try:
            self.connection.client("cloudformation").describe_stacks(StackName=BOOTSTRAP_STACK)
        except ClientError as error:
            if "does not exist" in str(error):
                return False
            raise
        return True


def require_part(assembly: Path, environment: str, part: str) -> None:
    """Refuse a part of the platform that this environment doesn't have: the CLI would deploy nothing, and succeed.

    Raises:
        LaunchpadError: there is no such stack in the assembly.
    """
    prefix = stack_name(environment, "")
    parts = [name.removeprefix(prefix) for name in cdk.stack_names(assembly)]
    if part not in parts:
        raise LaunchpadError(f"environment {environment!r} has no stack {part!r}; {suggest(part, parts, 'stacks')}")


def remove_leftovers(connection: Connection, *, empty: bool, logs: bool) -> Iterator[str]:
    """Remove what would block the stacks' deletion or be left behind; yield what was done.

    `empty` deletes the content of the environment's buckets, `logs` the logs of its jobs and endpoints.
    """
    for name in teardown.stop_jobs(connection):
        yield f"stopped training job {name}"
    for noun, name in teardown.delete_launched(connection):
        yield f"deleted {noun} {name}"
    if logs:
        count = len(list(teardown.delete_logs(connection)))
        if count:
            yield f"deleted {plural(count, 'log')} of jobs and endpoints"
    if empty:
        names = [stack["StackName"] for stack in stacks(connection)]
        for bucket in teardown.buckets(connection, names):
            count = teardown.empty_bucket(connection, bucket)
            yield f"emptied bucket {bucket} ({plural(count, 'object')})"
