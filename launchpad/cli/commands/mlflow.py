"""`launchpad mlflow`: open the environment's MLflow, where every job is logged."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.options import Environment
from launchpad.cli.terminal import note, say
from launchpad.platform_client.connection import connect


def mlflow(
    env: Environment = "local",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open the pages of MLflow with the environment's runs, and print their address.

    The address works once and for a few minutes: it is signed with your credentials.

    Example: launchpad mlflow --no-browser
    """
    from launchpad.platform_client.tracking import presigned_url

    url = presigned_url(connect(env))
    say(url)
    if not no_browser and typer.launch(url) != 0:
        note("no browser was opened; open the address yourself")
