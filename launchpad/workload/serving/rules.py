"""What is wrong with keys of `serving` together, where each is right by itself; each rule names AWS's reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from launchpad.config_files.yaml_reader import Location

if TYPE_CHECKING:
    from launchpad.workload.serving.section import Serving

Mistakes = Iterator[tuple[Location, str]]


def mistakes(serving: Serving) -> Mistakes:
    """The key that must be corrected and what to write there, for every mistake."""
    for check in CHECKS:
        yield from check(serving)


def _instances(serving: Serving) -> Mistakes:
    if serving.mode != "serverless" and serving.instance is None:
        yield ("instance",), "this key is required"


CHECKS: tuple[Callable[[Serving], Mistakes], ...] = (_instances,)
