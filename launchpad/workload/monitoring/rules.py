"""What is wrong with keys of `monitoring` together, or with those of other sections; each rule names its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from launchpad.config_files.yaml_reader import Location

if TYPE_CHECKING:
    from launchpad.workload.monitoring.section import Monitoring

Mistakes = Iterator[tuple[Location, str]]


def mistakes(monitoring: Monitoring) -> Mistakes:
    """The key that must be corrected and what to write there, for every mistake of the section."""
    yield from ()
