"""Warns when a command runs a workload as it was last deployed, and workloads/ holds something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from launchpad.cli.following import of
from launchpad.cli.terminal import err, note, say


@contextmanager
def warned_of_older_code(workload: str, sections: Sequence[str], environment: str) -> Iterator[None]:
    """Warn before the command and, because a job's log follows, once more as its last line, also when it fails."""
    warning = (
        f"this used the workload as it was last deployed: in workloads/{workload}/, {', '.join(sections)} changed"
        f" since then (`launchpad deploy{of(environment)}` first, to use that)"
    )
    if sections:
        note(f"{', '.join(sections)} in workloads/{workload}/ changed since the last deploy, and is not used")
    try:
        yield
    finally:
        if sections:
            say(f"warning: {warning}", "yellow", console=err)
