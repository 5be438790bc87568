"""`launchpad demo`: everything once, on this machine. The steps are in `launchpad/cli/demo/`."""

from __future__ import annotations

from typing import Annotated

import typer


def demo(
    accounts: Annotated[
        bool, typer.Option("--accounts", help="A model's way from dev to staging and prod, in three accounts.")
    ] = False,
) -> None:
    """Show it all once: deploy, train, serve, predict, destroy.

    Everything is real, and all of it is on this machine, on a separate local AWS. It leaves
    build/demo/report.html and build/demo/summary.json.

    Example: launchpad demo
    """
    if accounts:
        from launchpad.cli.demo.accounts import run_accounts_demo

        run_accounts_demo()
        return
    from launchpad.cli.demo.run import run_demo

    run_demo()
