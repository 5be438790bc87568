"""The life of a processing or transform job: queued, run in a thread, stoppable from any thread, finished once.

Training jobs, which have secondary statuses, use `TrainingRun` instead. The thread that starts a program also waits
for it, because Linux may end a child process with the thread that started it.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import fault, without_paths
from local_aws.files.storage import DownloadError
from local_aws.protocols import VpcNetwork
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.training_status import Outcome
from local_aws.sagemaker.vpc import vpc_of

log = logging.getLogger("local_aws.jobs")

FINISHED = {"Completed", "Failed", "Stopped"}


class JobError(Exception):
    """The job can't continue; the message is its FailureReason."""


class StoppedError(Exception):
    """The job was stopped before its program started."""


class JobRun(ABC):
    """One run. `stop` and `abandon` may be called from any thread, including the event loop's: they don't block."""

    def __init__(self, context: Context, record: Record, ended: Callable[[], object]) -> None:
        self.context, self.record, self._ended = context, record, ended
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._final = False
        self._future: Future[None] | None = None

    @abstractmethod
    def work(self) -> Outcome:
        """Run the job to its end, in its thread. May raise `JobError`, `StoppedError` and the runtime's errors."""

    @abstractmethod
    def interrupt(self, grace_seconds: float) -> None:
        """End whatever is running, without waiting for it; `stopping` is set."""

    def submit(self) -> None:
        """Queue the job; it starts when fewer than the allowed number of jobs are running."""
        publish_state_change(self.context, self.record)
        self._future = self.context.jobs.submit(self._run)

    def stop(self) -> None:
        """Send SIGTERM to its programs, and SIGKILL after the grace period."""
        if self.stopping.is_set():
            return
        self._change(False, self._member("Status", "Stopping"))
        self.stopping.set()
        if self._future and self._future.cancel():
            self._end(Outcome("Stopped"))
        else:
            self.interrupt(self.context.settings.stop_grace_seconds)

    def abandon(self) -> None:
        """End everything at once, because the server stops."""
        self.stopping.set()
        self.interrupt(0.5)

    def check_stopped(self) -> None:
        """Raise `StoppedError` if the job has been stopped."""
        if self.stopping.is_set():
            raise StoppedError

    def slot(self) -> AbstractContextManager[float]:
        """Wait for a free place to run a program, and hold it. Raises `StoppedError` when the job is stopped."""
        return self.context.slot(self.check_stopped)

    def client(self, service: str) -> Any:
        """A boto3 client with the job's role."""
        return self.context.client(service, self.record.scope, self.record.details.get("RoleArn"), self.vpc)

    @property
    def vpc(self) -> VpcNetwork | None:
        """The network that the job's transfers from and to S3 pass through."""
        return vpc_of(self.record.details)

    def _run(self) -> None:
        """Run the job and never raise: an error becomes its FailureReason."""
        self.record.update(**{f"{self._stem}StartTime": time.time()})
        try:
            outcome = self.work()
        except StoppedError:
            outcome = Outcome("Stopped")
        except JobError as error:
            outcome = Outcome("Failed", str(error))
        except (ImageNotFoundError, DownloadError) as error:
            outcome = Outcome("Failed", f"ClientError: {error}")
        except Exception as error:  # the thread's last resort: the client must see the reason
            log.exception("%s %s", self.record.kind.name, self.record.name)
            outcome = Outcome("Failed", fault(error))
        self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        text = outcome.reason and without_paths(outcome.reason, self.context.settings.jobs)
        ended = {f"{self._stem}EndTime": time.time(), "FailureReason": text}
        self._change(True, {**ended, **self._member("Status", outcome.status)})
        self._ended()

    def _change(self, final: bool, members: dict[str, Any]) -> None:
        """Change Describe's response and notify EventBridge; the last change is final."""
        with self._lock:
            if self._final:
                return
            self._final = final
            self.record.update(**members)
            publish_state_change(self.context, self.record)

    @property
    def _stem(self) -> str:
        """ "Processing" or "Transform", the prefix of the job's members."""
        return self.record.kind.member.removesuffix("Job")

    def _member(self, suffix: str, value: str) -> dict[str, str]:
        return {f"{self.record.kind.member}{suffix}": value}
