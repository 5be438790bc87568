"""The entry point. It imports little, so that Ctrl-C is handled properly while everything else is imported."""

from __future__ import annotations

import sys


def app() -> None:
    """Run `launchpad`."""
    try:
        from launchpad.cli.application import application

        application(sys.argv[1:])(prog_name="launchpad")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
