"""What outlives the server, in its state folder: every service's resources, objects, logs and runs.

SageMaker's records and S3's objects are written as they change. The other services' state is in their memory: a keeper
looks for what has changed, before the response to a request that may have changed it, and at short intervals. A server
without a state file keeps only the contents of objects, and those only while it runs.
"""

from __future__ import annotations

import logging
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from local_aws.api.store import ROOM as RECORDS
from local_aws.api.tables import Tabled, rows_of, tables_of
from local_aws.files.keeper import Keeper, Row, Source
from local_aws.files.state_file import FULL, REMEDY, StateFile, StateVersionError
from local_aws.json_apis import JSON_APIS
from local_aws.settings import HOST

if TYPE_CHECKING:
    from local_aws.backend import Backend
    from local_aws.ministack.s3_objects import ObjectStore

log = logging.getLogger("local_aws.state")

OWN = "local/"
"""The prefix of the rooms of services that keep their state in tables."""
UNFINISHED = (
    "ministack/stepfunctions",
    "ministack/cloudformation",
    "local/elasticmapreduce",
    "local/emr-serverless",
)
"""The rooms that stay as they are when the server begins to end: what it then stops was in progress."""


class Persistence:
    """One per server. ``file`` is None for one that begins empty and leaves nothing."""

    def __init__(self, file: StateFile | None) -> None:
        self.file = file
        self._keeper: Keeper | None = None
        self._objects: ObjectStore | None = None

    def begin(self, backend: Backend, objects: ObjectStore) -> None:
        """Read what the last server left, and keep what changes from now on.

        Raises:
            StateVersionError: something in the file can't be read.
        """
        from local_aws.backend import EMR_SERVERLESS
        from local_aws.ministack import prompt, state

        self._objects = objects
        backend.mlflow.begin(kept=self.file is not None)
        if self.file is None:
            return

        if self.file.lost:
            log.error("%s", self.file.lost)

        def sources() -> dict[str, Source]:
            objects.save()
            own = {OWN + name: partial(_rows, service) for name, service in [*backend.tabled.items()]}
            return {**own, **state.sources()}

        try:
            self.file.move_to(f"{HOST}:{backend.settings.port}")
            state.restore(self.file)
            objects.restore()
            self._restore_tables(self.file, backend)
            backend.recover()
        except Exception as error:  # a damaged disk, a full one, or another version of a service
            log.exception("the state can't be read")
            reason = f"{type(error).__name__}: {error}"
            remedy = FULL if isinstance(error, (sqlite3.OperationalError, OSError)) else REMEDY
            raise StateVersionError(f"{backend.settings.state} can't be read ({reason}). {remedy}") from error
        keeper = self._keeper = Keeper(self.file, sources)
        prompt.keep_promptly(keeper, {name: OWN + name for name in (*JSON_APIS, EMR_SERVERLESS)})
        objects.buckets_changed = lambda: keeper.saved(state.PREFIX + "s3")
        keeper.start()

    @staticmethod
    def _restore_tables(file: StateFile, backend: Backend) -> None:
        for room in file.rooms():
            name = room.removeprefix(OWN)
            if room.startswith(OWN):
                backend.load(name)
                backend.tabled[name].restore(tables_of(file.rows(room)))

    def freeze(self) -> None:
        """Keep what is in progress as it is now, because the server is about to stop it."""
        if self.file and self._keeper:
            self.file.seal(RECORDS)  # first, because these are written at once
            self._keeper.save()
            for room in UNFINISHED:
                self.file.seal(room)

    def close(self) -> None:
        """Write the rest, or remove the objects of a server that keeps nothing."""
        if self._keeper:
            self._keeper.close()
        elif self._objects:
            self._objects.remove()


def _rows(service: Tabled) -> dict[str, Row]:
    return {row: Row.of(text) for row, text in rows_of(service.tables()).items()}
