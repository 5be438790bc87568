"""One MLflow process per tracking server or App, started at its first request."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from local_aws.api.errors import AwsError
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.mlflow.program import MlflowProgram
from local_aws.runtimes.environments import Environments, find_uv

log = logging.getLogger("local_aws.mlflow")

PARALLEL_REQUESTS = 16
GRACE_SECONDS = 2.0


class MlflowServers:
    """Thread-safe. The runs are in the state folder: those of a server that keeps no state go with it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._folder = context.settings.state / "mlflow"
        self._programs: dict[str, MlflowProgram] = {}
        self._starting: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._kept, self._closed = True, False
        self.threads = ThreadPoolExecutor(PARALLEL_REQUESTS, thread_name_prefix="mlflow")
        """Threads for requests to MLflow, which may call S3 here: the event loop's threads must stay free for that."""

    def begin(self, *, kept: bool) -> None:
        """Remove the runs of an earlier server, and at the end this one's, unless the state is kept."""
        self._kept = kept
        if not kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    def running(self, record: Record) -> MlflowProgram:
        """The resource's process; starts it if necessary, which takes seconds (and a minute the first time).

        Raises `AwsError` if the resource is deleted meanwhile, or MLflow can't be started.
        """
        with self._starting[record.arn]:
            program = self._programs.get(record.arn)
            if program is None or program.ended:
                program = self._programs[record.arn] = self._start(record)
            return program

    def stop(self, record: Record) -> None:
        """End the resource's process; returns at once."""
        self.threads.submit(self._end, record)

    def delete(self, record: Record) -> None:
        """End the resource's process and remove its runs; returns at once."""

        def remove() -> None:
            self._end(record)
            shutil.rmtree(self._folder_of(record), ignore_errors=True)

        self.threads.submit(remove)

    def close(self) -> None:
        """End all processes; returns once they have ended."""
        self._closed = True
        self.threads.shutdown(wait=False, cancel_futures=True)
        ends = [threading.Thread(target=program.end, args=(GRACE_SECONDS,)) for program in self._programs.values()]
        for end in ends:
            end.start()
        for end in ends:
            end.join()
        if not self._kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, record: Record) -> MlflowProgram:
        if self._closed or self._context.store.by_arn(record.scope, record.arn) is not record:
            raise record.kind.missing(record.kind, record.arn)
        details = record.details
        variables = self._context.container_environment(record.scope, details["RoleArn"], network=True)
        try:
            program = MlflowProgram(
                self._environments, self._folder_of(record), details["ArtifactStoreUri"], variables, log.info
            )
            self._programs[record.arn] = program
            program.wait_until_ready()
        except (RuntimeError, OSError) as error:
            log.exception("the MLflow of %s can't be started", record.arn)
            raise AwsError("DependencyFailure", f"The MLflow of {record.arn} can't be started: {error}", 424) from error
        return program

    def _end(self, record: Record) -> None:
        with self._starting[record.arn]:
            program = self._programs.pop(record.arn, None)
            if program:
                program.end(GRACE_SECONDS)

    def _folder_of(self, record: Record) -> Path:
        scope = record.scope
        return self._folder / "-".join([scope.account, scope.region, record.kind.arn_type, record.name])

    @cached_property
    def _environments(self) -> Environments:
        return Environments(self._context.settings.cache.resolve() / "environments", uv=find_uv())
