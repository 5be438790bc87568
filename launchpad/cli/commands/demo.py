"""`launchpad demo`: everything once, on this machine. The steps are in `launchpad/cli/demo/`."""

from __future__ import annotations


def demo() -> None:
    """Show it all once: deploy, train, serve, predict, destroy.

    Everything is real, and all of it is on this machine, on a separate local AWS. It leaves
    build/demo/report.html and build/demo/summary.json.

    Example: launchpad demo
    """
    from launchpad.cli.demo.run import run_demo

    run_demo()
