"""The first process of a container in which AWS's toolkit trains: ``run.py first_process PROGRAM [ARGUMENT ...]``.

A toolkit as the first process would inherit the processes that a script leaves behind, and wait for them forever. This
one passes SIGTERM on to the script alone, as `supervisor` does for the runtime ``process``.
"""

from __future__ import annotations

import os
import signal
import sys

from local_aws.runtimes.inside import supervisor


def main() -> None:
    """Run the program, and exit like it: with 128 + N if signal N killed it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, supervisor.HANDLED)
    specification = supervisor.Specification(
        arguments=sys.argv[1:],
        environment=dict(os.environ),
        folder=os.getcwd(),  # noqa: PTH109
        status=-1,
        spare_main=True,
        keep_open=[],
        handed=[],
        scratch=None,
        namespaces=None,
    )
    code = supervisor.run(specification, os.getppid())
    sys.exit(code if code >= 0 else 128 - code)
