"""Warns when a command runs a workload as it was last deployed, and workloads/ holds something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from launchpad.cli.following import of
from launchpad.cli.terminal import err, note, say

USED = {
    "training": ("training",),
    "tuning": ("training", "tuning"),
    "prepare": ("prepare",),
    "evaluate": ("evaluate",),
    "transform": ("transform", "serving"),
    "spark": ("spark",),
    "serve": ("serving", "quality_gate"),
    "pipeline": ("prepare", "spark", "training", "tuning", "evaluate", "serving", "quality_gate", "pipeline"),
}
"""The sections of workload.yaml, with their scripts, that each command uses."""


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


def changed_sections(definition: Mapping[str, Any], deployed: Mapping[str, str], use: str) -> list[str]:
    """The sections that `use` needs and that differ from the `deployed` fingerprints, in settings or scripts."""
    from launchpad.requests.fingerprint import fingerprints

    current = fingerprints(definition)
    return [section for section in USED[use] if deployed.get(section) != current[section]]
