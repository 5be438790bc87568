"""What a server remembers between its runs: rows of text in one SQLite file, grouped into rooms.

A change is one small transaction, which survives a killed process. Rows are JSON, never objects that reading could run.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

log = logging.getLogger("local_aws.state")

VERSION = 1
"""The version of the rows' format. Raise it with every change that an older or newer server could not read."""
NAME = "state.sqlite"
OBJECTS = "s3/objects"
"""The room of S3's objects, whose keys and metadata are the client's."""
SERVER = "server"
"""The room with what the last server wrote about itself."""


class StateVersionError(Exception):
    """The folder was written by a server with another format; the message says what to do."""


class StateFile:
    """The rows of one state folder. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._sealed: set[str] = set()
        self._waiting: dict[tuple[str, str], str | None] = {}
        """Changes that the disk refused, by room and key: the next write has them too."""
        self._complained = False
        self.lost: str | None = None
        """Why nothing is kept, if the file could not be created."""
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA auto_vacuum=INCREMENTAL")  # of a new file; an older one keeps its size
        # A transaction is not forced to the disk: it outlives the process, and after a power cut the file is whole.
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS rows (room TEXT, key TEXT, value TEXT, UNIQUE (room, key)) STRICT"
        )

    @classmethod
    def open(cls, folder: Path) -> StateFile:
        """Open the file of a state folder, or create it.

        Raises:
            StateVersionError: it has another format, or is no state file.
        """
        path = folder / NAME
        exists = path.exists() and path.stat().st_size > 0  # an empty one is what a full disk or a kill left
        try:
            path.touch(mode=0o600)
            file = cls(path)
            version = file._database.execute("PRAGMA user_version").fetchone()[0]
        except (sqlite3.OperationalError, OSError) as error:  # a full disk, as for the secret
            if exists:
                raise StateVersionError(f"{path} can't be opened ({error}). {FULL}") from error
            file = cls(Path(":memory:"))
            file.lost = f"{path} can't be written ({error}), so that the next run will begin empty"
            return file
        except sqlite3.DatabaseError as error:
            raise StateVersionError(f"{path} can't be read ({error}). {REMEDY}") from error
        if not exists or (version == 0 and not file.rooms()):
            file._database.execute(f"PRAGMA user_version={VERSION}")
        elif version != VERSION:
            raise StateVersionError(f"{folder} has format {version}, and this local AWS reads {VERSION}. {REMEDY}")
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk
            file._database.executescript("PRAGMA incremental_vacuum")  # gives back the room of what was deleted
        return file

    def rows(self, room: str) -> dict[str, str]:
        """All rows of a room by key, oldest first."""
        with self._lock:
            query = "SELECT key, value FROM rows WHERE room = ? ORDER BY rowid"
            return dict(self._database.execute(query, (room,)).fetchall())

    def rooms(self) -> list[str]:
        """The rooms that have rows."""
        with self._lock:
            return [room for (room,) in self._database.execute("SELECT DISTINCT room FROM rows")]

    def write(self, room: str, changes: Mapping[str, str | None]) -> bool:
        """Set rows, or remove those of value None, in one transaction.

        Returns False if the disk refused, which is logged: these changes are then part of the next write, of any room.
        """
        with self._lock:
            if room not in self._sealed:
                self._waiting.update({(room, key): value for key, value in changes.items()})
            return not self._waiting or self._write_waiting()

    def _write_waiting(self) -> bool:
        rows = [(*row, value) for row, value in self._waiting.items() if value is not None]
        removed_keys = [row for row, value in self._waiting.items() if value is None]
        try:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT (room, key) DO UPDATE SET value = excluded.value", rows
            )
            self._database.executemany("DELETE FROM rows WHERE room = ? AND key = ?", removed_keys)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._postpone(error)
            return False
        self._waiting.clear()
        self._complained = False
        return True

    def move_to(self, address: str) -> None:
        """Write the server's address in place of the last server's, in all rows but objects': a port changes URLs."""
        before = self.rows(SERVER).get("address")
        if before and before != address:
            host, port = before.rsplit(":", 1)
            old, new = re.compile(rf"\b({re.escape(host)}|localhost):{port}\b"), rf"\g<1>:{address.rsplit(':', 1)[1]}"
            with self._lock:
                self._database.create_function("moved", 1, lambda text: old.sub(new, text), deterministic=True)
                self._database.execute(
                    "UPDATE rows SET key = moved(key), value = moved(value) WHERE room <> ?", (OBJECTS,)
                )
        self.write(SERVER, {"address": address})

    def seal(self, room: str) -> None:
        """Keep a room as it is, whatever is written to it from now on."""
        self._sealed.add(room)

    def close(self) -> None:
        """Close the file; call it once nothing writes any more."""
        with self._lock:
            self._database.close()

    def _postpone(self, error: sqlite3.Error) -> None:
        """The server goes on without its file, as AWS's answers must not depend on this disk."""
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        if not self._complained:
            log.error("the state can't be written: %s. Until it can, the next run lacks what changes now", error)
        self._complained = True


FULL = "Make room on its disk."
REMEDY = "Begin anew with --fresh, or name another folder with --state."
