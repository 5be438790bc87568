"""Runs a command in an image's environment, in the caller's terminal: `python -m local_aws.workbench FILE`.

FILE is a `Workbench` as JSON. The command sees what a job of that request sees: /opt/ml with SageMaker's files, the
image's environment, the variables of the container and, for a training script, those of AWS's toolkit. Note: no server
is needed.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.process.ending import exit_now
from local_aws.runtimes import foreground
from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError
from local_aws.runtimes.process import ProcessRuntime
from local_aws.sagemaker.job_folder import JobFolder
from local_aws.sagemaker.processing_folder import ProcessingFolder
from local_aws.sagemaker.training_cluster import Cluster

UNUSABLE = 125
"""Exit code if the environment can't be made; the reason is on stderr. Docker's run has the same."""
TERMINAL = ("TERM", "COLORTERM", "LANG", "COLUMNS", "LINES")
"""Variables of the caller that describe the terminal."""


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What is run, and where."""

    cache: str
    """The folder of environments that the server of this checkout uses too."""
    images: list[str]
    """Folders with additional images."""
    root: str
    """An empty folder: /opt/ml."""
    image: str
    kind: str
    """`training`, `processing` or `serving`."""
    request: dict[str, Any]
    """The arguments of CreateTrainingJob, CreateProcessingJob or CreateModel."""
    environment: dict[str, str]
    """The container's variables."""
    network: bool
    links: dict[str, str] = field(default_factory=dict)
    """Folders below `root`, and where their content is."""
    command: list[str] = field(default_factory=list)
    """What to run; empty for an interactive shell."""
    title: str = ""
    """Shown in the shell's prompt."""
    script: str | None = None
    """A script to run under the debugger, with the job's arguments, instead of a command."""
    arguments: list[str] = field(default_factory=list)
    """Arguments of the script, in addition to those of AWS's toolkit."""
    post_mortem: bool = True


def main() -> int:
    """Run the command of the file that the first argument names; returns its exit code."""
    workbench = Workbench(**json.loads(Path(sys.argv[1]).read_text("utf-8")))
    try:
        return run(workbench)
    except (ImageNotFoundError, RuntimeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE


def run(workbench: Workbench) -> int:
    """Lay out /opt/ml, build the environment if it is missing, and run the command in it."""
    lay_out(workbench)
    runtime = ProcessRuntime(Path(workbench.cache), images=[Path(folder) for folder in workbench.images])
    spec = ContainerSpec(
        image=workbench.image,
        root=Path(workbench.root),
        environment={**{name: os.environ[name] for name in TERMINAL if name in os.environ}, **workbench.environment},
        network=workbench.network,
        log=_to_stderr,
        arguments=[json.dumps(_inside(workbench))],
    )
    return foreground.run(runtime.foreground(spec))


def lay_out(workbench: Workbench) -> None:
    """Write SageMaker's folders and files, and link the contents."""
    root = Path(workbench.root)
    if workbench.kind == "processing":
        ProcessingFolder(root, 0, ["algo-1"]).write_config(workbench.request)
        for output in workbench.request.get("ProcessingOutputConfig", {}).get("Outputs", []):
            (root / output["S3Output"]["LocalPath"].removeprefix("/opt/ml/")).mkdir(parents=True, exist_ok=True)
    else:
        folder = JobFolder(root)
        if workbench.kind == "training":
            cluster = Cluster.of(workbench.request["ResourceConfig"])
            folder.write_config(workbench.request, cluster, cluster.hosts[0])
    for name, target in workbench.links.items():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_dir() and not link.is_symlink():
            link.rmdir()
        link.symlink_to(target)


def _inside(workbench: Workbench) -> dict[str, Any]:
    return {
        "training": workbench.kind == "training",
        "folder": {"processing": "processing/input/code", "serving": "model/code"}.get(workbench.kind, "code"),
        "command": workbench.command,
        "title": workbench.title,
        "script": workbench.script,
        "arguments": workbench.arguments,
        "post_mortem": workbench.post_mortem,
    }


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    exit_now(main())
