"""The steps of one cluster, in order, as many at a time as its StepConcurrencyLevel allows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from local_aws.emr.step import ENDED, Step

if TYPE_CHECKING:
    from local_aws.emr.cluster import Cluster

ENDING_CLUSTER = ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW")


class StepQueue:
    """Starts steps once it is open, each in a separate thread, and notifies the cluster when it is busy or idle."""

    def __init__(self, cluster: Cluster) -> None:
        self.steps: list[Step] = []
        self._cluster = cluster
        self._lock = threading.RLock()
        self._open = self._closed = False

    def add(self, steps: list[Step]) -> None:
        """Queue steps. Those that come while the cluster ends are cancelled, or clients would wait for ever."""
        with self._lock:
            self.steps.extend(steps)
            if self._closed:
                self._cancel(steps)
            else:
                self._begin()

    def open(self) -> None:
        """Start steps from now on, because the cluster is ready."""
        with self._lock:
            self._open = True
            self._begin()

    def close(self) -> None:
        """Start no more steps and cancel the running ones, because the cluster ends."""
        with self._lock:
            self._open, self._closed = False, True
            self._cancel(self.steps)

    @staticmethod
    def _cancel(steps: list[Step]) -> None:
        for step in steps:
            if step.state not in ENDED:
                step.cancel()

    def _begin(self) -> None:
        """Start every step that may start; call it with the lock held."""
        running = [step for step in self.steps if step.state in ("RUNNING", "CANCEL_PENDING")]
        pending = [step for step in self.steps if step.state == "PENDING" and not step.cancelled]
        if not self._open:
            return
        if not running and not pending:
            self._cluster.idle()
            return
        self._cluster.busy()
        level = int(self._cluster.details["StepConcurrencyLevel"])
        for step in pending[: max(0, level - len(running))]:
            step.enter("RUNNING")
            threading.Thread(target=self._run, args=(step,), name=f"step {step.id}", daemon=True).start()

    def _run(self, step: Step) -> None:
        step.run()
        with self._lock:
            if step.state == "FAILED":
                self._after_failure(step)
            self._begin()

    def _after_failure(self, step: Step) -> None:
        action = step.details["ActionOnFailure"]
        if action == "CANCEL_AND_WAIT":
            for other in self.steps:
                if other.state == "PENDING":
                    other.cancel()
        elif action in ENDING_CLUSTER:
            self._cluster.terminate("STEP_FAILURE", "Shut down as step failed", failed=True)
