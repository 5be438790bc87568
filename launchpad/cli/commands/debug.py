"""`launchpad debug`: run a workload's script as its job would, in this terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.options import DataFolder, Section, Workload
from launchpad.cli.workbench import session


def debug(
    workload: Workload,
    section: Section = "training",
    job: Annotated[
        str | None, typer.Option(help="With the hyperparameters and data, or the model, of this training job.")
    ] = None,
    data: DataFolder = None,
    post_mortem: Annotated[
        bool, typer.Option("--post-mortem/--no-post-mortem", help="Stop in the debugger where an exception was raised.")
    ] = True,
) -> None:
    """Run the workload's script in this terminal, as its job would.

    `breakpoint()` opens Python's debugger, and so does an exception. The script is that of the working copy; nothing
    has to be deployed.

    Example: launchpad debug boston-housing
    """
    code = session.run(workload, section, job=job, data=data, debug=True, post_mortem=post_mortem)
    if code:
        raise typer.Exit(code)
