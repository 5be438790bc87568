"""How a training job's status goes on, as DescribeTrainingJob and EventBridge tell it. The last status is final."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.api.store import Record
from local_aws.sagemaker.events import publish_state_change

if TYPE_CHECKING:
    from local_aws.backend import Backend

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
}
"""SageMaker's StatusMessage of each secondary status."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: TrainingJobStatus, FailureReason, and the secondary status where it is another."""

    status: str
    reason: str | None = None
    secondary: str | None = None


class TrainingStatus:
    """The status of one job; safe from several threads."""

    def __init__(self, backend: Backend, record: Record) -> None:
        self._backend, self._record = backend, record
        self._lock = threading.RLock()
        self._final = False

    def enter(self, secondary: str, **members: object) -> None:
        """Go on to a secondary status, and change other members with it; nothing happens once the job is over."""
        with self._lock:
            if not self._final:
                self._record.update(**members, **self._transition(secondary, MESSAGES[secondary]))
                publish_state_change(self._backend, self._record)

    def finish(self, outcome: Outcome) -> None:
        """The last status."""
        now = time.time()
        started = self._record.details.get("TrainingStartTime")
        seconds = 0 if started is None else max(1, round(now - started))
        secondary = outcome.secondary or outcome.status
        with self._lock:
            self._final = True
            changes = self._transition(secondary, outcome.reason or MESSAGES[secondary])
            last = changes["SecondaryStatusTransitions"][-1]
            last["EndTime"] = last["StartTime"]
            self._record.update(
                TrainingJobStatus=outcome.status,
                FailureReason=outcome.reason,
                TrainingEndTime=now,
                TrainingTimeInSeconds=seconds,
                BillableTimeInSeconds=seconds,
                **changes,
            )
            publish_state_change(self._backend, self._record)

    def _transition(self, secondary: str, message: str) -> dict[str, Any]:
        """The members that say so: the last transition closed, and a new one opened."""
        now = time.time()
        past = [dict(item) for item in self._record.details["SecondaryStatusTransitions"]]
        if past:
            past[-1].setdefault("EndTime", now)
        opened = {"Status": secondary, "StartTime": now, "StatusMessage": message}
        return {"SecondaryStatus": secondary, "SecondaryStatusTransitions": [*past, opened]}
