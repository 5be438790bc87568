"""What happens to one training job, from "Starting" to its end, in a thread of its own.

The thread that starts the program also waits for it: Linux may end a child with the thread that started it. What the
job ends as is decided in one place, `_conclusion`, from how the program ended and who asked for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws import storage
from local_aws.api.store import Record
from local_aws.runtimes.base import ImageNotFoundError, Program
from local_aws.sagemaker.job_folder import HOST, JobFolder
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.metrics import MetricCollector
from local_aws.sagemaker.training_status import Outcome, TrainingStatus
from local_aws.storage import DownloadError, Location

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws.training")

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
FETCH = {"S3Prefix": storage.download_prefix, "ManifestFile": storage.download_manifest}


class JobError(Exception):
    """The job can't go on; the message is its FailureReason."""


class StoppedError(Exception):
    """The job was stopped before its program had begun."""


class TrainingRun:
    """One run. `stop` and `abandon` may be called from any thread, the event loop's too: they don't block."""

    def __init__(self, backend: Backend, record: Record, ended: Callable[[], object]) -> None:
        self._backend, self._record, self._ended = backend, record, ended
        self._status = TrainingStatus(backend, record)
        self._stopping = threading.Event()
        self._program: Program | None = None
        self._timed_out = False
        self._lock = threading.Lock()
        self._future: Future[None] | None = None

    def submit(self) -> None:
        """Queue the job; it begins when fewer than the allowed number of jobs run."""
        self._status.enter("Starting")
        self._future = self._backend.jobs.submit(self._run)

    def stop(self) -> None:
        """StopTrainingJob: SIGTERM, and SIGKILL after the grace time."""
        if self._stopping.is_set():
            return
        self._status.enter("Stopping", TrainingJobStatus="Stopping")
        if self._future and self._future.cancel():
            self._end(Outcome("Stopped"))
        else:
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

    def _end(self, outcome: Outcome) -> None:
        self._status.finish(outcome)
        self._ended()

    # In the job's thread

    def _run(self) -> None:
        """Take the job to its end. Never raises: what goes wrong is the job's FailureReason."""
        job = self._record
        folder = JobFolder(self._backend.settings.jobs / f"{job.name}-{time.time_ns()}")
        logs = LogStream(self._client("logs"), LOG_GROUP, f"{job.name}/{HOST}-{int(time.time())}")
        try:
            outcome = self._work(folder, logs)
        except StoppedError:
            outcome = Outcome("Stopped")
        except JobError as error:
            outcome = Outcome("Failed", str(error))
        except (ImageNotFoundError, DownloadError) as error:
            outcome = Outcome("Failed", f"ClientError: {error}")
        except Exception as error:  # the thread's last resort: the client must see why
            log.exception("training job %s", job.name)
            outcome = Outcome("Failed", f"InternalServerError: {error}")
        logs.close()  # before the end is told: who waits for it then reads all of the log
        self._end(outcome)
        folder.remove()

    def _work(self, folder: JobFolder, logs: LogStream) -> Outcome:
        self._status.enter("Downloading", TrainingStartTime=time.time())
        self._backend.runtime.prepare(self._image, logs)
        self._fetch(folder)
        code = self._train(folder, logs)
        self._upload(folder)
        return self._conclusion(code, folder)

    def _fetch(self, folder: JobFolder) -> None:
        details = self._record.details
        folder.write_config(details)
        for channel in details.get("InputDataConfig", ()):
            if self._stopping.is_set():
                raise StoppedError
            source = channel["DataSource"]["S3DataSource"]
            target = folder.channel(channel["ChannelName"])
            try:
                FETCH[source["S3DataType"]](self._client("s3"), Location.parse(source["S3Uri"]), target)
            except DownloadError as error:
                raise JobError(f"ClientError: Data download failed:{error}") from error

    def _train(self, folder: JobFolder, logs: LogStream) -> int:
        """Run the program to its end; returns its exit code."""
        details = self._record.details
        metrics = MetricCollector(details["AlgorithmSpecification"].get("MetricDefinitions", ()))

        def log_and_measure(line: str) -> None:
            logs(line)
            metrics(line)

        if self._stopping.is_set():
            raise StoppedError
        self._status.enter("Training")
        network = not details["EnableNetworkIsolation"]
        program = self._backend.runtime.train(
            self._image, folder.root, self._environment(network), network=network, log=log_and_measure
        )
        code = self._wait(program, details["StoppingCondition"].get("MaxRuntimeInSeconds"))
        self._record.update(FinalMetricDataList=metrics.final())
        metrics.publish(self._client("cloudwatch"), self._record.name)
        return code

    def _wait(self, program: Program, seconds: float | None) -> int:
        grace = self._backend.settings.stop_grace_seconds
        with self._lock:
            self._program = program
            stopped_meanwhile = self._stopping.is_set()
        if stopped_meanwhile:
            return program.terminate(grace)
        try:
            return program.wait(seconds)
        except TimeoutError:
            self._timed_out = True
            return program.terminate(grace)

    def _upload(self, folder: JobFolder) -> None:
        """Artefacts are kept however the program ended, as SageMaker does."""
        self._status.enter("Uploading")
        config = self._record.details["OutputDataConfig"]
        target = Location.parse(config["S3OutputPath"]) / self._record.name / "output"
        plain = config.get("CompressionType") == "NONE"
        send = storage.upload_folder if plain else storage.upload_archive
        model = target / ("model/" if plain else "model.tar.gz")
        try:
            send(self._client("s3"), folder.model, model, config.get("KmsKeyId"))
            if any(folder.output.iterdir()):
                output = target / ("data/" if plain else "output.tar.gz")
                send(self._client("s3"), folder.output, output, config.get("KmsKeyId"))
        except (ClientError, BotoCoreError) as error:
            raise JobError(f"ClientError: Artifact upload failed:{error}") from error
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

    @property
    def _image(self) -> str:
        return str(self._record.details["AlgorithmSpecification"]["TrainingImage"])

    def _client(self, service: str) -> Any:
        return self._backend.client(service, self._record.scope, self._record.details["RoleArn"])

    def _environment(self, network: bool) -> dict[str, str]:
        record = self._record
        role = record.details["RoleArn"]
        return {
            **record.details.get("Environment", {}),
            "TRAINING_JOB_NAME": record.name,
            "TRAINING_JOB_ARN": record.arn,
            **self._backend.container_environment(record.scope, role, network=network),
        }
