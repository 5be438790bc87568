"""Data that workloads name by a `uri`, outside the platform's buckets: jobs need permission and a route to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from launchpad.requests import Definition

SECTIONS = ("prepare", "training", "evaluate", "transform")
"""The sections whose inputs may have a `uri`."""
PROCESSING_SECTIONS = ("prepare", "evaluate", "transform")
"""Those whose jobs have the processing role."""


def external_inputs(definitions: Iterable[Definition], *sections: str) -> list[str]:
    """The inputs of the sections (by default all of them) as sorted `bucket/key` prefixes of what is read."""
    prefixes = {
        uri.removeprefix("s3://")
        for definition in definitions
        for section in sections or SECTIONS
        for uri in _uris(definition.get(section) or {})
    }
    return sorted(prefixes)


def read_by_processing(definitions: Iterable[Definition]) -> list[str]:
    """The inputs that the processing role reads: its jobs', and the training data that a baseline summarizes."""
    every = list(definitions)
    monitored = [definition for definition in every if definition.get("monitoring")]
    own = external_inputs(every, *PROCESSING_SECTIONS)
    return sorted({*own, *external_inputs(monitored, "training")})


def _uris(node: Mapping[str, Any]) -> Iterator[str]:
    for key, value in node.items():
        if key == "uri" and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _uris(value)
