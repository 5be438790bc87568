"""What happens to one training job, from "Starting" to its end, in a thread of its own.

The thread that starts the program also waits for it: Linux ends a child with the thread that started it. Where a job
ends is decided in one place, `_conclusion`, from how the program ended and who asked for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws import storage
from local_aws.api.store import Record
from local_aws.runtimes.base import ImageNotFoundError, Program
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.job_folder import HOST, JobFolder
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.metrics import MetricCollector
from local_aws.storage import DownloadError, Location

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws.training")

LOG_GROUP = "/aws/sagemaker/TrainingJobs"

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
"""What DescribeTrainingJob says beside each secondary status."""


LAST = {"Completed", "Failed", "Stopped", "MaxRuntimeExceeded"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: TrainingJobStatus, FailureReason, and the secondary status where it is another."""

    status: str
    reason: str | None = None
    secondary: str | None = None


class JobError(Exception):
    """The job can't go on; the message is its FailureReason."""


class TrainingRun:
    """One run. `stop` and `abandon` may be called from any thread, `run` from one."""

    def __init__(self, backend: Backend, record: Record, ended: Callable[[], object]) -> None:
        self._backend, self._record, self._ended = backend, record, ended
        self._stopping = threading.Event()
        self._program: Program | None = None
        self._timed_out = False
        self._lock = threading.Lock()

    # Asked from outside

    def stop(self) -> None:
        """StopTrainingJob: SIGTERM, and SIGKILL after the grace time. Returns at once."""
        self._record.update(TrainingJobStatus="Stopping")
        self.enter("Stopping")
        self._end_program(self._backend.settings.stop_grace_seconds)

    def abandon(self) -> None:
        """The server stops: end the program now."""
        self._end_program(0.5)

    def _end_program(self, grace_seconds: float) -> None:
        with self._lock:
            self._stopping.set()
            program = self._program
        if program:
            threading.Thread(target=program.terminate, args=(grace_seconds,), daemon=True).start()

    # The way through

    def run(self) -> None:
        """Take the job to its end. Never raises: what goes wrong is the job's FailureReason."""
        job = self._record
        folder = JobFolder(self._backend.settings.jobs / f"{job.name}-{time.time_ns()}")
        logs = LogStream(self._client("logs"), LOG_GROUP, f"{job.name}/{HOST}-{int(time.time())}")
        try:
            outcome = self._work(folder, logs)
        except JobError as failure:
            outcome = Outcome("Failed", str(failure))
        except (ImageNotFoundError, DownloadError) as error:
            outcome = Outcome("Failed", f"ClientError: {error}")
        except Exception as error:  # the thread's last resort: the client must see why
            log.exception("training job %s", job.name)
            outcome = Outcome("Failed", f"InternalServerError: {error}")
        logs.close()  # before the end is told: who waits for it then reads all of the log
        self._finish(outcome)
        self._ended()
        folder.remove()

    def _work(self, folder: JobFolder, logs: LogStream) -> Outcome:
        if self._stopping.is_set():
            return Outcome("Stopped")
        self._record.update(TrainingStartTime=time.time())
        self.enter("Downloading")
        self._backend.runtime.prepare(self._image, logs)
        self._fetch_channels(folder)
        code = self._train(folder, logs)
        self._upload(folder)
        return self._conclusion(code, folder)

    def _fetch_channels(self, folder: JobFolder) -> None:
        details = self._record.details
        folder.write_config(details)
        for channel in details.get("InputDataConfig", ()):
            source = channel["DataSource"]["S3DataSource"]
            fetch = {"S3Prefix": storage.download_prefix, "ManifestFile": storage.download_manifest}
            target = folder.channel(channel["ChannelName"])
            try:
                fetch[source["S3DataType"]](self._client("s3"), Location.parse(source["S3Uri"]), target)
            except DownloadError as error:
                raise JobError(f"ClientError: Data download failed:{error}") from error

    def _train(self, folder: JobFolder, logs: LogStream) -> int:
        """Run the program to its end; returns its exit code."""
        details = self._record.details
        metrics = MetricCollector(details["AlgorithmSpecification"].get("MetricDefinitions", ()))

        def both(line: str) -> None:
            metrics(line)
            logs(line)

        with self._lock:
            if self._stopping.is_set():
                return 0
            self.enter("Training")
            network = not details["EnableNetworkIsolation"]
            self._program = self._backend.runtime.train(
                self._image, folder.root, self._environment(network), network=network, log=both
            )
        code = self._wait(self._program, details["StoppingCondition"].get("MaxRuntimeInSeconds"))
        self._record.update(FinalMetricDataList=metrics.final())
        metrics.publish(self._client("cloudwatch"), self._record.name)
        return code

    def _wait(self, program: Program, seconds: float | None) -> int:
        try:
            return program.wait(seconds)
        except TimeoutError:
            self._timed_out = True
            return program.terminate(self._backend.settings.stop_grace_seconds)

    def _upload(self, folder: JobFolder) -> None:
        """Artefacts are kept however the program ended, as SageMaker does."""
        self.enter("Uploading")
        config = self._record.details["OutputDataConfig"]
        target = Location.parse(config["S3OutputPath"]) / self._record.name / "output"
        plain = config.get("CompressionType") == "NONE"
        model = target / ("model/" if plain else "model.tar.gz")
        send = storage.upload_folder if plain else storage.upload_archive
        parts = [(folder.model, model), (folder.output, target / ("data/" if plain else "output.tar.gz"))]
        try:
            for source, place in parts:
                if source is folder.model or any(source.iterdir()):
                    send(self._client("s3"), source, place, config.get("KmsKeyId"))
        except (ClientError, BotoCoreError) as error:
            raise JobError(f"ClientError: Artifact upload failed: {error}") from error
        self._record.update(ModelArtifacts={"S3ModelArtifacts": str(model)})

    def _conclusion(self, code: int, folder: JobFolder) -> Outcome:
        if self._timed_out:
            return Outcome("Stopped", secondary="MaxRuntimeExceeded")
        if self._stopping.is_set():
            return Outcome("Stopped")
        if code == 0:
            return Outcome("Completed")
        # A program that a signal killed shows as 128 + N, as in any container.
        shown = 128 - code if code < 0 else code
        return Outcome("Failed", f"AlgorithmError: {folder.failure()}, exit code: {shown}")

    # What the client sees

    def enter(self, secondary: str, message: str | None = None) -> None:
        """Go on to a secondary status: closes the last transition, opens the next, tells EventBridge."""
        now = time.time()
        transitions = [dict(item) for item in self._record.details["SecondaryStatusTransitions"]]
        if transitions:
            transitions[-1].setdefault("EndTime", now)
        opened = {"Status": secondary, "StartTime": now, "StatusMessage": message or MESSAGES[secondary]}
        if secondary in LAST:
            opened["EndTime"] = now
        self._record.update(SecondaryStatus=secondary, SecondaryStatusTransitions=[*transitions, opened])
        publish_state_change(self._backend, self._record)

    def _finish(self, outcome: Outcome) -> None:
        now = time.time()
        started = self._record.details.get("TrainingStartTime")
        seconds = 0 if started is None else max(1, round(now - started))
        self._record.update(
            TrainingJobStatus=outcome.status,
            FailureReason=outcome.reason,
            TrainingEndTime=now,
            TrainingTimeInSeconds=seconds,
            BillableTimeInSeconds=seconds,
        )
        self.enter(outcome.secondary or outcome.status, outcome.reason)

    # Helpers

    @property
    def _image(self) -> str:
        return str(self._record.details["AlgorithmSpecification"]["TrainingImage"])

    def _client(self, service: str) -> Any:
        return self._backend.client(service, self._record.scope, self._record.details["RoleArn"])

    def _environment(self, network: bool) -> dict[str, str]:
        record = self._record
        own = {"TRAINING_JOB_NAME": record.name, "TRAINING_JOB_ARN": record.arn}
        role = record.details["RoleArn"]
        return {
            **record.details.get("Environment", {}),
            **own,
            **self._backend.container_environment(record.scope, role, network=network),
        }
