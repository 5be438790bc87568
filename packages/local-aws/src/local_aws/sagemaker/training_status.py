"""A training job's status, as DescribeTrainingJob and EventBridge report it. The last status is final."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import without_paths
from local_aws.sagemaker.events import publish_state_change

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
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds",
    "Interrupted": "The managed spot training instances were interrupted",
    "Restarting": "Restarting the training job after an internal error",
}
"""SageMaker's StatusMessage of each secondary status."""


SPOT_PRICE = 0.3
"""Price of a spot instance here, as a share of the full price; SageMaker bills the current spot price.

Savings are then as in SageMaker: ``1 - BillableTimeInSeconds / TrainingTimeInSeconds``.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: TrainingJobStatus, FailureReason, and the secondary status if it differs."""

    status: str
    reason: str | None = None
    secondary: str | None = None


class TrainingStatus:
    """The status of one job, thread-safe."""

    def __init__(self, context: Context, record: Record) -> None:
        self._context, self._record = context, record
        self._lock = threading.RLock()
        self._final = False
        self.seconds = 0.0
        """How long instances have been used so far, without the wait for spot capacity."""

    def used(self, seconds: float) -> None:
        """Count the time of an attempt."""
        self.seconds += seconds

    def enter(self, secondary: str, **members: object) -> None:
        """Enter a secondary status, and change other members with it; does nothing once the job has ended.

        A job that is Stopping can only go on to upload what it has.
        """
        with self._lock:
            stopping = self._record.details["TrainingJobStatus"] == "Stopping" and secondary != "Uploading"
            if not self._final and not stopping:
                self._record.update(**members, **self._transition(secondary, MESSAGES[secondary]))
                publish_state_change(self._context, self._record)

    def finish(self, outcome: Outcome) -> None:
        """Set the final status."""
        now = time.time()
        reason = outcome.reason and without_paths(outcome.reason, self._context.settings.jobs)
        started = "TrainingStartTime" in self._record.details
        secondary = outcome.secondary or outcome.status
        with self._lock:
            self._final = True
            changes = self._transition(secondary, reason or MESSAGES[secondary])
            last = changes["SecondaryStatusTransitions"][-1]
            last["EndTime"] = last["StartTime"]
            self._record.update(
                TrainingJobStatus=outcome.status,
                FailureReason=reason,
                TrainingEndTime=now,
                **(self._times() if started else {}),
                **changes,
            )
            publish_state_change(self._context, self._record)

    def _times(self) -> dict[str, int]:
        seconds = max(1, round(self.seconds))
        price = SPOT_PRICE if self._record.details["EnableManagedSpotTraining"] else 1.0
        return {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": max(1, round(seconds * price))}

    def _transition(self, secondary: str, message: str) -> dict[str, Any]:
        """The members of a transition: the last one closed, and a new one opened."""
        now = time.time()
        past = [dict(item) for item in self._record.details["SecondaryStatusTransitions"]]
        if past:
            past[-1].setdefault("EndTime", now)
        opened = {"Status": secondary, "StartTime": now, "StatusMessage": message}
        return {"SecondaryStatus": secondary, "SecondaryStatusTransitions": [*past, opened]}
