"""`launchpad shell`: a shell in the environment of a workload's job."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.options import DataFolder, Section, Workload
from launchpad.cli.workbench import session


def shell(
    workload: Workload,
    command: Annotated[
        list[str] | None, typer.Argument(help="Instead of a shell, after `--`.", metavar="COMMAND", show_default=False)
    ] = None,
    section: Section = "training",
    job: Annotated[
        str | None, typer.Option(help="With the hyperparameters and data, or the model, of this training job.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """Open a shell as in the workload's job, on this machine.

    It has the image's Python, the job's folders below /opt/ml with its data and hyperparameters, and its variables,
    so `python train.py` works as in the job. The scripts are those of the working copy; nothing has to be deployed.

    Example: launchpad shell boston-housing -- python train.py --test-size 0.2
    """
    code = session.run(workload, section, job=job, data=data, command=command or ())
    if code:
        raise typer.Exit(code)
