"""Dictionaries that stand for ministack's stores of S3, and note the keys of objects that change in them.

A key is noted after its change: a thread may write what is noted at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.ministack.large_objects import Snapshots

Key = tuple[str, str, str]
"""Account, bucket and key of an object."""


class Objects(Snapshots):
    """The objects of one bucket, which notes the keys that are set and removed."""

    def __init__(self, note: Callable[[str], None], objects: dict[str, Any]) -> None:
        super().__init__(objects)
        self._note = note
        for key in objects:
            note(key)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._note(key)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._note(key)

    def pop(self, key: str, *default: Any) -> Any:
        """Remove and return an object."""
        value = super().pop(key, *default)
        self._note(key)
        return value

    def update(self, *others: Any, **more: Any) -> None:
        """Add objects."""
        for key, value in dict(*others, **more).items():
            self[key] = value


class Buckets(dict[tuple[str, str], Any]):
    """All buckets, which notes the keys of a bucket that is added or removed."""

    def __init__(self, note: Callable[[Key], None], buckets: dict[tuple[str, str], Any]) -> None:
        super().__init__()
        self._note = note
        for scoped, record in buckets.items():
            self[scoped] = record

    def __setitem__(self, scoped: tuple[str, str], record: Any) -> None:
        if not isinstance(record["objects"], Objects):
            record["objects"] = Objects(lambda key: self._note((*scoped, key)), record["objects"])
        super().__setitem__(scoped, record)

    def setdefault(self, scoped: tuple[str, str], record: Any = None) -> Any:
        """Return a bucket, after adding it if it is missing."""
        if scoped not in self:
            self[scoped] = record
        return self[scoped]

    def __delitem__(self, scoped: tuple[str, str]) -> None:
        self.pop(scoped)

    def pop(self, scoped: tuple[str, str], *default: Any) -> Any:
        """Remove and return a bucket."""
        record = super().pop(scoped, *default)
        for key in record["objects"] if record else ():
            self._note((*scoped, key))
        return record


class PerKey(dict[tuple[str, tuple[Any, ...]], Any]):
    """What is known of objects, by account and (bucket, key, ...), which notes the keys that are set and removed."""

    def __init__(self, note: Callable[[Key], None], values: dict[tuple[str, tuple[Any, ...]], Any]) -> None:
        super().__init__(values)
        self._note = note

    def __setitem__(self, scoped: tuple[str, tuple[Any, ...]], value: Any) -> None:
        super().__setitem__(scoped, value)
        self._tell(scoped)

    def __delitem__(self, scoped: tuple[str, tuple[Any, ...]]) -> None:
        super().__delitem__(scoped)
        self._tell(scoped)

    def setdefault(self, scoped: tuple[str, tuple[Any, ...]], value: Any = None) -> Any:
        """Return a value, after adding it if it is missing."""
        value = super().setdefault(scoped, value)
        self._tell(scoped)
        return value

    def pop(self, scoped: tuple[str, tuple[Any, ...]], *default: Any) -> Any:
        """Remove and return a value."""
        value = super().pop(scoped, *default)
        self._tell(scoped)
        return value

    def _tell(self, scoped: tuple[str, tuple[Any, ...]]) -> None:
        account, (bucket, key, *_) = scoped
        self._note((account, bucket, key))
