"""The entry point, as light as can be: Ctrl-C is answered properly even while everything else is being imported."""

from __future__ import annotations

import sys


def app() -> None:
    """Run `launchpad`."""
    try:
        from launchpad.cli.application import application

        application(prog_name="launchpad")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
