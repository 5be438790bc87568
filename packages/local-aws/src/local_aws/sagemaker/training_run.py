"""The run of one training job, from "Starting" to its end, in a separate thread.

A job has one attempt, unless it is an interrupted managed spot job, or fails through the server's fault and has a
RetryStrategy. One function, `_outcome`, decides the job's final status, from how an attempt ended and what requested
the end.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import fault
from local_aws.files.storage import DownloadError
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.sagemaker.builtin_metrics import CUSTOMER_EXIT_CODE, EXPRESSIONS, algorithm_of
from local_aws.sagemaker.instance_limits import OUT_OF_MEMORY
from local_aws.sagemaker.job_run import JobError, StoppedError
from local_aws.sagemaker.metrics import MetricCollector
from local_aws.sagemaker.training_attempt import OutOfTimeError, TrainingAttempt
from local_aws.sagemaker.training_host import TrainingHost
from local_aws.sagemaker.training_status import Outcome, TrainingStatus

log = logging.getLogger("local_aws.training")

ABANDON_SECONDS = 0.5


class SpotInterruption(Exception):  # noqa: N818 (not an error: the job continues)
    """The spot instances were reclaimed; the job continues on new ones."""


class TrainingRun:
    """One run. `stop`, `interrupt` and `abandon` may be called from any thread, including the event loop's."""

    def __init__(self, context: Context, record: Record, ended: Callable[[], object]) -> None:
        self._context, self._record, self._ended = context, record, ended
        self._status = TrainingStatus(context, record)
        self._stopping = threading.Event()
        self._interruption: float | None = None
        self._interruptions = 0
        self._attempt: TrainingAttempt | None = None
        self._lock = threading.Lock()
        self._future: Future[None] | None = None
        self._metrics = MetricCollector(record.details["AlgorithmSpecification"].get("MetricDefinitions", ()))

    def submit(self) -> None:
        """Queue the job; it starts when fewer than the allowed number of jobs are running."""
        self._status.enter("Starting")
        self._future = self._context.jobs.submit(self._run)

    def stop(self) -> None:
        """StopTrainingJob: SIGTERM, then SIGKILL after the grace period."""
        if self._stopping.is_set():
            return
        self._status.enter("Stopping", TrainingJobStatus="Stopping")
        self._stopping.set()
        if self._future and self._future.cancel():
            self._end(Outcome("Stopped"))
        else:
            self._end_attempt(self._context.settings.stop_grace_seconds)

    def abandon(self) -> None:
        """End the programs at once, because the server stops."""
        self._stopping.set()
        self._end_attempt(ABANDON_SECONDS)

    def interrupt(self, capacity_seconds: float) -> bool:
        """Reclaim the spot instances, and provide new ones after some seconds; False if the job has none to reclaim."""
        with self._lock:
            busy = self._record.details["SecondaryStatus"] in ("Downloading", "Training")
            if self._attempt is None or not busy or self._stopping.is_set() or self._interruption is not None:
                return False
            self._interruption = capacity_seconds
        self._end_attempt(self._context.settings.stop_grace_seconds)
        return True

    def metric(self, name: str) -> list[float]:
        """The values of a metric that the job has printed so far."""
        return [item["Value"] for item in list(self._metrics.values) if item["MetricName"] == name]

    def _end_attempt(self, grace_seconds: float) -> None:
        with self._lock:
            attempt = self._attempt
        if attempt:
            attempt.end(grace_seconds)

    def _end(self, outcome: Outcome) -> None:
        self._status.finish(outcome)
        self._ended()

    # In the job's thread

    def _run(self) -> None:
        """Run the job to its end and never raise: an error becomes its FailureReason."""
        retries = self._record.details.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
        while True:
            try:
                outcome = self._one_attempt()
            except SpotInterruption:
                if self._await_capacity():
                    continue
                outcome = self._late()
            except Exception as error:  # the server's own fault, which SageMaker would also retry
                log.exception("training job %s", self._record.name)
                outcome = Outcome("Failed", fault(error))
                if retries and not self._stopping.is_set():
                    retries -= 1
                    self._status.enter("Restarting")
                    continue
            self._end(outcome)
            return

    def _one_attempt(self) -> Outcome:
        """Make one attempt and return its outcome. Raises `SpotInterruption`, and any error of the server itself."""
        attempt = TrainingAttempt(self._context, self._record, self._metrics)
        with self._lock:
            self._attempt, self._interruption = attempt, None
        clock = self._interrupt_later()
        try:
            return self._work(attempt)
        except (StoppedError, SpotInterruption):
            if self._interruption is not None and not self._stopping.is_set():
                raise SpotInterruption from None
            return self._late() if self._seconds_left() <= 0 else Outcome("Stopped")
        except JobError as error:
            return Outcome("Failed", str(error))
        except (ImageNotFoundError, DownloadError) as error:
            return Outcome("Failed", f"ClientError: {error}")
        finally:
            if clock:
                clock.cancel()
            with self._lock:
                self._attempt = None
            self._status.used(time.time() - attempt.started - attempt.waited)
            attempt.close()  # before the end is reported: a client that waits for it can then read the whole log

    def _work(self, attempt: TrainingAttempt) -> Outcome:
        if self._stopping.is_set():
            raise StoppedError
        first = {} if "TrainingStartTime" in self._record.details else {"TrainingStartTime": time.time()}
        self._status.enter("Downloading", **first)
        attempt.prepare()
        failed, late = None, False
        try:
            with attempt.slot():
                if self._stopping.is_set():
                    raise StoppedError
                self._status.enter("Training")
                failed = attempt.train(self._seconds_left())
        except OutOfTimeError:
            late = True
        finally:
            self._record.update(FinalMetricDataList=self._metrics.final())
            self._metrics.publish(
                self._context.client("cloudwatch", self._record.scope, self._record.details["RoleArn"]),
                self._record.name,
            )
        if self._interruption is not None and not late:
            raise SpotInterruption
        self._status.enter("Uploading")  # artifacts are kept even when a program failed, as in SageMaker
        self._record.update(ModelArtifacts={"S3ModelArtifacts": attempt.upload()})
        return self._late() if late else self._outcome(failed)

    def _outcome(self, failed: TrainingHost | None) -> Outcome:
        if self._stopping.is_set():
            return Outcome("Stopped")
        if failed is None:
            return Outcome("Completed")
        code = failed.code or 1
        if failed.out_of_memory:
            return Outcome("Failed", f"ClientError: {OUT_OF_MEMORY}, exit code: {code}")
        reason = failed.folder.failure()
        if code < 0:
            # A program killed by a signal exits with 128 + N, as in any container.
            reason, code = reason or _killed_by(signal.Signals(-code)), 128 - code
        image = self._record.details["AlgorithmSpecification"].get("TrainingImage")
        if code == CUSTOMER_EXIT_CODE and algorithm_of(image) in EXPRESSIONS:
            return Outcome("Failed", f"ClientError: {reason}, exit code: {code}")
        return Outcome("Failed", f"AlgorithmError: {reason}, exit code: {code}")

    # Time, and spot capacity

    def _seconds_left(self) -> float:
        """Seconds until MaxRuntimeInSeconds of training or, with spot, MaxWaitTimeInSeconds since the start."""
        condition = self._record.details["StoppingCondition"]
        runtime = float(condition["MaxRuntimeInSeconds"]) - self._status.seconds
        return min(runtime, self._wait_left(), threading.TIMEOUT_MAX)

    def _wait_left(self) -> float:
        longest = self._record.details["StoppingCondition"].get("MaxWaitTimeInSeconds")
        created = float(self._record.details["CreationTime"])
        return float("inf") if longest is None else created + float(longest) - time.time()

    def _late(self) -> Outcome:
        if self._stopping.is_set():
            return Outcome("Stopped")
        return Outcome("Stopped", secondary="MaxWaitTimeExceeded" if self._wait_left() <= 0 else "MaxRuntimeExceeded")

    def _await_capacity(self) -> bool:
        """Wait for new instances; False if the job is stopped or out of time first."""
        self._status.enter("Interrupted")
        self._stopping.wait(min(self._interruption or 0.0, max(0.0, self._wait_left())))
        if self._stopping.is_set() or self._wait_left() <= 0:
            return False
        self._status.enter("Starting")
        return True

    def _interrupt_later(self) -> threading.Timer | None:
        """Interrupt every spot job once, if ``--interrupt-spot SECONDS`` is set."""
        seconds = self._context.settings.interrupt_spot_seconds
        if seconds is None or self._interruptions or not self._record.details["EnableManagedSpotTraining"]:
            return None
        self._interruptions += 1
        clock = threading.Timer(seconds, self.interrupt, args=(0.0,))
        clock.daemon = True
        clock.start()
        return clock


def _killed_by(number: signal.Signals) -> str:
    suspicion = ": was this machine out of memory?" if number == signal.SIGKILL else ""
    return f"The program was killed by {number.name}{suspicion}"
