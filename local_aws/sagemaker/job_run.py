"""The way of a processing or transform job: queued, run in a thread, stopped by anyone, and its end told once.

Training has a way of its own, with secondary statuses. The thread that starts a program also waits for it: Linux may
end a child with the thread that started it.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from local_aws.api.store import Record
from local_aws.reasons import fault, without_paths
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.training_status import Outcome
from local_aws.storage import DownloadError

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws.jobs")

FINISHED = {"Completed", "Failed", "Stopped"}


class JobError(Exception):
    """The job can't go on; the message is its FailureReason."""


class StoppedError(Exception):
    """The job was stopped before its program had begun."""


class JobRun(ABC):
    """One run. `stop` and `abandon` may be called from any thread, the event loop's too: they don't block."""

    def __init__(self, backend: Backend, record: Record, ended: Callable[[], object]) -> None:
        self.backend, self.record, self._ended = backend, record, ended
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._final = False
        self._future: Future[None] | None = None

    @abstractmethod
    def work(self) -> Outcome:
        """Take the job to its end, in its thread. May raise `JobError`, `StoppedError` and what the runtime raises."""

    @abstractmethod
    def interrupt(self, grace_seconds: float) -> None:
        """End what runs, without waiting for it; `stopping` is set."""

    def submit(self) -> None:
        """Queue the job; it begins when fewer than the allowed number of jobs run."""
        publish_state_change(self.backend, self.record)
        self._future = self.backend.jobs.submit(self._run)

    def stop(self) -> None:
        """SIGTERM to its programs, and SIGKILL after the grace time."""
        if self.stopping.is_set():
            return
        self._change(False, self._member("Status", "Stopping"))
        self.stopping.set()
        if self._future and self._future.cancel():
            self._end(Outcome("Stopped"))
        else:
            self.interrupt(self.backend.settings.stop_grace_seconds)

    def abandon(self) -> None:
        """The server stops: end everything now."""
        self.stopping.set()
        self.interrupt(0.5)

    def check_stopped(self) -> None:
        """Raise `StoppedError` when there is no use in going on."""
        if self.stopping.is_set():
            raise StoppedError

    def slot(self) -> AbstractContextManager[float]:
        """Wait until one more program may run, and hold its place. Raises `StoppedError` when the job is stopped."""
        return self.backend.slot(self.check_stopped)

    def client(self, service: str) -> Any:
        """A boto3 client with the job's role."""
        return self.backend.client(service, self.record.scope, self.record.details.get("RoleArn"))

    def _run(self) -> None:
        """Never raises: what goes wrong is the job's FailureReason."""
        self.record.update(**{f"{self._stem}StartTime": time.time()})
        try:
            outcome = self.work()
        except StoppedError:
            outcome = Outcome("Stopped")
        except JobError as error:
            outcome = Outcome("Failed", str(error))
        except (ImageNotFoundError, DownloadError) as error:
            outcome = Outcome("Failed", f"ClientError: {error}")
        except Exception as error:  # the thread's last resort: the client must see why
            log.exception("%s %s", self.record.kind.name, self.record.name)
            outcome = Outcome("Failed", fault(error))
        self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        text = outcome.reason and without_paths(outcome.reason, self.backend.settings.jobs)
        ended = {f"{self._stem}EndTime": time.time(), "FailureReason": text}
        self._change(True, {**ended, **self._member("Status", outcome.status)})
        self._ended()

    def _change(self, final: bool, members: dict[str, Any]) -> None:
        """Change what Describe answers and tell EventBridge; the last change is final."""
        with self._lock:
            if self._final:
                return
            self._final = final
            self.record.update(**members)
            publish_state_change(self.backend, self.record)

    @property
    def _stem(self) -> str:
        """ "Processing" or "Transform"."""
        return self.record.kind.member.removesuffix("Job")

    def _member(self, suffix: str, value: str) -> dict[str, str]:
        return {f"{self.record.kind.member}{suffix}": value}
