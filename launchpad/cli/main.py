"""The entry point. It imports little, so that Ctrl-C is handled properly while everything else is imported."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def app() -> None:
    """Run `launchpad`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal has every character of a log
    try:
        from launchpad.cli.application import application

        application(sys.argv[1:])(prog_name="launchpad")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
