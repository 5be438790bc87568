"""Runs command lines in one process, with the caller's credentials, and prints what each ended with, as JSON.

Importing the command line takes longer than a refused command does. The environment `local` is reached as one on AWS
is, with the credentials of the variables, so that a person's role can be tried in it.
"""

from __future__ import annotations

import json
import shlex
import sys

from typer.testing import CliRunner

from launchpad.cli.application import application
from launchpad.platform_client import connection


def main() -> None:
    """Run the lines of the first argument, a JSON list."""
    connection.local_address = lambda: None  # type: ignore[assignment,return-value]
    endings = []
    for line in json.loads(sys.argv[1]):
        arguments = shlex.split(line)
        sys.argv = ["launchpad", *arguments]  # what is said of a refusal depends on the command
        ended = CliRunner().invoke(application(arguments), arguments)
        endings.append([ended.exit_code, ended.output])
    sys.stdout.write(json.dumps(endings))


if __name__ == "__main__":
    main()
