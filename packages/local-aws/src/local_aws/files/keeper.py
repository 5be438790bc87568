"""Keeps what is only in memory in a state file: reads it at short intervals, and writes the rows that have changed."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.files.state_file import StateFile

log = logging.getLogger("local_aws.state")

PAUSE_SECONDS = 1.0
IDLE_SECONDS = 5.0
"""Between two looks if no request has come since the last one: threads also change things."""
SHARE = 50
"""Looks take a fiftieth of a processor at most: the next one waits so many times as long as the last took."""
PROMPT_SECONDS = 0.003
"""A look that takes no longer may run on the event loop."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its text, and a mark that differs whenever the text does."""

    mark: Hashable
    text: Callable[[], str]

    @classmethod
    def of(cls, text: str) -> Row:
        """A row of a known text."""
        return cls(hash(text), lambda: text)


Source = Callable[[], Mapping[str, Row]]
"""Reads all rows of a room. May raise RuntimeError when a thread changes them meanwhile: it is then called again."""


class Keeper:
    """Looks at sources, by room. Thread-safe."""

    def __init__(self, file: StateFile, sources: Callable[[], Mapping[str, Source]]) -> None:
        self._file, self._sources = file, sources
        self._lock = threading.Lock()
        self._marks: dict[str, dict[str, Hashable]] = {}
        self._seconds: dict[str, float] = {}
        self._touched, self._ended = threading.Event(), threading.Event()
        self._complaints: set[str] = set()

    def start(self) -> None:
        """Look from now on, in a thread."""
        threading.Thread(target=self._run, name="state", daemon=True).start()

    def touch(self) -> None:
        """Say that something may have changed."""
        self._touched.set()

    def save(self, rooms: Iterable[str] | None = None) -> None:
        """Write what has changed in these rooms, by default in all."""
        sources = self._sources()
        for room in sources.keys() if rooms is None else rooms:
            if room in sources:
                with self._lock:
                    self._save(room, sources[room])

    async def saved(self, room: str | None = None) -> None:
        """Write what has changed in a room, by default in all, before the response that tells of it."""
        self.touch()
        if room is not None and self._seconds.get(room, 0.0) <= PROMPT_SECONDS and not self._lock.locked():
            self.save([room])
        else:
            await asyncio.to_thread(self.save, None if room is None else [room])

    def close(self) -> None:
        """Stop looking, after a last look."""
        self._ended.set()
        self.save()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._touched.wait(IDLE_SECONDS)
            self._touched.clear()
            start = time.thread_time()
            try:
                self.save()
            except Exception:  # the looks go on, as what is read may be right again
                log.exception("the state can't be kept")
            self._ended.wait(max(PAUSE_SECONDS, SHARE * (time.thread_time() - start)))

    def _save(self, room: str, source: Source) -> None:
        start = time.thread_time()
        rows = self._read(room, source)
        if rows is None:
            return
        if room not in self._marks:
            self._marks[room] = dict.fromkeys(self._file.rows(room))
        marks = self._marks[room]
        changes: dict[str, str | None] = {
            key: row.text() for key, row in rows.items() if key not in marks or marks[key] != row.mark
        }
        changes.update(dict.fromkeys(marks.keys() - rows.keys()))
        if self._file.write(room, changes):
            self._marks[room] = {key: row.mark for key, row in rows.items()}
        self._seconds[room] = time.thread_time() - start

    def _read(self, room: str, source: Source) -> Mapping[str, Row] | None:
        for _ in range(5):
            try:
                return source()
            except RuntimeError:  # a dictionary that has changed its size
                continue
            except Exception:  # whatever is wrong with one service's state, the others' is kept
                if room not in self._complaints:
                    log.exception("the state of %s can't be kept", room)
                self._complaints.add(room)
                return None
        return None
