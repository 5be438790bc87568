"""Runs the local AWS's workbench for a section: a program in this terminal, in the image's environment."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

from launchpad import paths
from launchpad.cli.programs import local_aws
from launchpad.cli.terminal import note
from launchpad.cli.workbench.contents import Source, fetch_inputs, link_scripts
from launchpad.cli.workbench.plan import Plan, plan
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client.candidates import completed
from launchpad.platform_client.connection import LOCAL, Connection, connect
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.processes import interrupts

WRITTEN = ("model", "output/data", "processing/output", "checkpoints")
"""Folders that a job would upload."""
UNUSABLE = 125


def run(
    name: str,
    section: str,
    *,
    job: str | None = None,
    data: Path | None = None,
    command: Sequence[str] = (),
    debug: bool = False,
    post_mortem: bool = True,
) -> int:
    """Run a command, a shell (no command) or the section's script under the debugger; return the exit code.

    Raises:
        LaunchpadError: the workload, its section, an input or the local AWS's program is missing.
    """
    from launchpad.catalogue import load_workload

    if not local_aws.PYTHON.is_file():
        raise LaunchpadError("the local AWS is not installed; run `make setup`")
    connection, platform = _local()
    workload = load_workload(name)
    chosen = plan(workload, section, _job(connection, name, section, job))
    if debug and (chosen.script is None or chosen.kind == "serving"):
        raise LaunchpadError(_nothing_to_debug(chosen))
    with _folder(name, section) as (root, store):
        source = Source(data.absolute() if data else None, connection, platform)
        links = fetch_inputs(chosen, source, store) | link_scripts(chosen, root)
        script = chosen.script if debug else None
        file = store / "workbench.json"
        file.write_text(json.dumps(_specification(chosen, root, links, connection, command, script, post_mortem)))
        note(_heading(chosen, connection, debug=debug))
        if chosen.streamed:
            note(f"channel {', '.join(chosen.streamed)} is a folder here; the job gets a named pipe per epoch")
        return _in_terminal(file)


def _local() -> tuple[Connection | None, Platform | None]:
    """The local AWS and the platform on it, as far as they exist; neither is needed."""
    try:
        connection = connect(LOCAL)
    except LaunchpadError:
        return None, None
    try:
        return connection, find_platform(connection)
    except LaunchpadError:
        return connection, None


def _job(connection: Connection | None, name: str, section: str, job: str | None) -> Mapping[str, Any] | None:
    """The job that was named; for a section that needs a model the newest completed one."""
    if job is None:
        return next(completed(connection, name), None) if connection and section in ("evaluate", "serving") else None
    if connection is None:
        raise LaunchpadError("--job needs the local AWS, which isn't running; start it with `make local`")
    description: Mapping[str, Any] = connection.client("sagemaker").describe_training_job(TrainingJobName=job)
    return description


def _nothing_to_debug(chosen: Plan) -> str:
    if chosen.script is None:
        return f"{chosen.section} of {chosen.workload.name!r} has no entry_point; its programs are the image's"
    module = Path(chosen.script).stem
    statement = f"from {module} import *; model = model_fn('/opt/ml/model')"
    shell = f'launchpad shell {chosen.workload.name} --section serving -- python -ic "{statement}"'
    return f"an endpoint's script is called by its server, and has no beginning; try its functions by hand: {shell}"


@contextmanager
def _folder(name: str, section: str) -> Iterator[tuple[Path, Path]]:
    """Two folders: /opt/ml, which stays if anything was written to it, and one for the inputs."""
    parent = paths.BUILD / "shell"
    parent.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix=f"{name}-{section}-", dir=parent))
    with tempfile.TemporaryDirectory(prefix="inputs-", dir=parent) as store:
        try:
            yield root, Path(store)
        finally:
            outputs = [folder for folder in WRITTEN if _has_files(root / folder)]
            if outputs:
                note("what it wrote: " + ", ".join(shown(root / folder) for folder in outputs))
            else:
                shutil.rmtree(root, ignore_errors=True)


def _has_files(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    return any(path.is_file() and not path.is_symlink() for path in folder.rglob("*"))


def _specification(
    chosen: Plan,
    root: Path,
    links: Mapping[str, str],
    connection: Connection | None,
    command: Sequence[str],
    script: str | None,
    post_mortem: bool,
) -> dict[str, Any]:
    own = [str(paths.CONTAINERS)] if paths.CONTAINERS.is_dir() else []
    return {
        "cache": str(local_aws.CACHE),
        "images": own,
        "root": str(root),
        "image": chosen.image,
        "kind": chosen.kind,
        "request": chosen.request,
        "environment": {**chosen.variables, **_client_variables(connection, network=chosen.network)},
        "network": chosen.network,
        "links": dict(links),
        "command": list(command),
        "title": f"{chosen.workload.name} {chosen.section}",
        "script": script,
        "arguments": list(chosen.arguments),
        "post_mortem": post_mortem,
    }


def _client_variables(connection: Connection | None, *, network: bool) -> dict[str, str]:
    """The variables with which the script's AWS clients reach the local AWS; none without a network."""
    if connection is None or not network:
        return {}
    return {name: value for name, value in connection.variables().items() if name.startswith("AWS_")}


def _heading(chosen: Plan, connection: Connection | None, *, debug: bool) -> str:
    network = "network as in the job" if chosen.network else "no network, as in the job (network_isolation)"
    aws = "" if connection else "; the local AWS isn't running"
    verb = f"debugging {chosen.script}" if debug else "the scripts of the working copy"
    return f"{chosen.workload.name}, {chosen.section}: {verb}; {network}{aws}"


def _in_terminal(file: Path) -> int:
    """Run the workbench with this terminal's input and output; Ctrl-C is the program's."""
    with interrupts.ignored():
        process = Popen([str(local_aws.PYTHON), "-m", "local_aws.workbench", str(file)], cwd=paths.ROOT, env=os.environ)
        code = process.wait()
    if code == UNUSABLE:
        raise LaunchpadError("the image's environment can't be used on this machine; the reason is above")
    return code
