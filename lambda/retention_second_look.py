"""A second look before something is deleted: what came into use since the first, or stays although it was to go.

Names are derived from content, so `launchpad serve` of an old job takes the old model and configuration as they are.
And what was to go with a version that is approved meanwhile stays with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from time import monotonic

from housekeeping_rows import Row
from retention_references import Document, Names, References

LOOK_EVERY_SECONDS = 30


class SecondLook:
    """What names something since a moment; it is read anew every half minute."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._references = References(0)
        self._undescribed: list[str] = []
        self._kept: list[Names] = []
        self._names: Names | None = None
        self._looked = 0.0

    def keep(self, row: Row) -> None:
        """Count what a row names among the references: it could not be deleted."""
        self._undescribed.append(row.arn)

    def __contains__(self, name: str) -> bool:
        """Whether something names it."""
        while self._undescribed:  # one that can't be described stays here, and so does all that may be its own
            if document := self._references.document_of(self._undescribed[-1]):
                self._kept.append(Names([[document]]))
            self._undescribed.pop()
        if self._names is None or monotonic() - self._looked > LOOK_EVERY_SECONDS:
            self._names = Names(self._documents())
            self._looked = monotonic()
        return any(name in names for names in (self._names, *self._kept))

    def _documents(self) -> Iterator[Document]:
        references = References(0, self._since)
        for documents in (references.served, references.configs, references.models, references.running):
            yield from documents
