"""One attempt at a training job: from "Downloading" to the end of its programs, on all its hosts.

An interrupted managed spot job makes another attempt, on new hosts; its checkpoints are in S3.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files import storage
from local_aws.files.reasons import words_of
from local_aws.files.storage import DownloadError, Location
from local_aws.files.untrusted import remove
from local_aws.files.volumes import DEFAULT_GIGABYTES, Volume
from local_aws.runtimes.base import JobNetwork
from local_aws.sagemaker.job_run import JobError, StoppedError
from local_aws.sagemaker.metrics import MetricCollector
from local_aws.sagemaker.training_checkpoints import Synced, restore
from local_aws.sagemaker.training_cluster import Cluster
from local_aws.sagemaker.training_host import TrainingHost
from local_aws.sagemaker.training_monitor import Monitor
from local_aws.sagemaker.vpc import NO_WAY, reaches_internet, reaches_s3, vpc_of

LAUNCHERS = ("sagemaker_torch_distributed_enabled", "sagemaker_mpi_enabled", "sagemaker_pytorch_ddp_enabled")
"""Hyperparameters whose launchers always use the same ports between processes."""


class OutOfTimeError(Exception):
    """The programs reached the deadline and were ended."""


class TrainingAttempt:
    """One attempt. `end` may be called from any thread; it doesn't block."""

    def __init__(self, context: Context, record: Record, metrics: MetricCollector) -> None:
        self.started = time.time()
        self.waited = 0.0
        """Seconds for which the job was ready to run while others ran."""
        self._context, self._record, self._metrics = context, record, metrics
        self._vpc = vpc_of(record.details)
        self._root = context.settings.jobs / f"{record.name}-{time.time_ns()}"
        self._ended: queue.SimpleQueue[TrainingHost | DownloadError] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._grace = context.settings.stop_grace_seconds
        self.hosts: list[TrainingHost] = []

    def prepare(self) -> None:
        """Lay out every host, and download its program's inputs. Raises `JobError`, `StoppedError`."""
        cluster = Cluster.of(self._record.details["ResourceConfig"])
        for member in cluster.hosts:
            self.hosts.append(TrainingHost(self._context, self._record, cluster, member, self._root / member.name))
        self._context.runtime.prepare(self._image, self.hosts[0].log)
        for host in self.hosts:
            host.write_config()
        if any(self._record.details.get(member) for member in ("InputDataConfig", "CheckpointConfig")):
            self._require_s3("Data download failed")
        try:
            for channel in self._record.details.get("InputDataConfig", ()):
                for host in self.hosts:
                    self._check_ending()
                    host.fetch(channel, self._ended.put)
        except DownloadError as error:
            raise _data_error(error) from error
        for host in self.hosts:
            restore(self._client("s3"), host.synced())

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a free place to run a program, and hold it. Raises `StoppedError` when the attempt is ended."""
        with self._context.slot(self._check_ending) as seconds:
            self.waited += seconds
            yield

    def train(self, seconds: float) -> TrainingHost | None:
        """Run the programs to their end, for at most ``seconds``; returns the first host that failed.

        Raises `OutOfTimeError`, and `JobError` when data or checkpoints can't be transferred.
        """
        deadline = time.monotonic() + seconds
        together = self._connect()
        try:
            self._check_ending()
            synced = self._synced()  # before the start, so that only what the program writes counts as new
            self._start(together)
            if self._ending.is_set():
                self.end(self._grace)
            with synced, Monitor(self._context, self._record, self.hosts):
                return self._wait(deadline)
        finally:
            if together:
                together.close()

    def end(self, grace_seconds: float) -> None:
        """End every program: SIGTERM, then SIGKILL after the grace period."""
        self._ending.set()
        with self._lock:
            programs = [host.program for host in self.hosts if host.program]
        for program in programs:
            threading.Thread(target=program.terminate, args=(grace_seconds,), daemon=True).start()

    def upload(self) -> str:
        """Send the model and the output of all hosts; returns the model's location. Raises `JobError`."""
        details = self._record.details
        config = details["OutputDataConfig"]
        target = Location.parse(config["S3OutputPath"]) / self._record.name / "output"
        plain = config.get("CompressionType") == "NONE"
        send = storage.upload_folder if plain else storage.upload_archive
        model = target / ("model/" if plain else "model.tar.gz")
        output = target / ("data/" if plain else "output.tar.gz")
        models, outputs = ([host.folder.model for host in self.hosts], [host.folder.output for host in self.hosts])
        volume = Volume.of_gigabytes(self._gigabytes * len(self.hosts))
        self._require_s3("Artifact upload failed")
        try:
            send(self._client("s3"), models, model, config.get("KmsKeyId"), volume)
            if trees := [tree for tree in outputs if tree.holds_anything()]:
                send(self._client("s3"), trees, output, config.get("KmsKeyId"), volume)
        except (ClientError, BotoCoreError, Boto3Error, OSError) as error:
            raise JobError(f"ClientError: Artifact upload failed:{words_of(error)}") from error
        return str(model)

    def close(self) -> None:
        """Send the remaining logs and remove the hosts."""
        for host in self.hosts:
            host.close()
        remove(self._root)

    def _start(self, together: JobNetwork | None) -> None:
        with self._lock:
            try:
                for host in self.hosts:
                    host.start(self._environment(host), self._metrics, together)
            except BaseException:
                for host in self.hosts:
                    if host.program:
                        host.program.terminate(0)
                raise

    def _wait(self, deadline: float) -> TrainingHost | None:
        for host in self.hosts:
            threading.Thread(target=self._follow, args=(host,), daemon=True).start()
        failed: TrainingHost | None = None
        late, failure = False, None
        running = len(self.hosts)
        while running:
            try:
                news = self._ended.get(timeout=None if late else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                late = True
                self.end(self._grace)
                continue
            if isinstance(news, DownloadError):
                failure = failure or news
            else:
                running -= 1
            if failure or (isinstance(news, TrainingHost) and news.code and failed is None):
                failed = failed or (news if isinstance(news, TrainingHost) else None)
                if running and not self._ending.is_set():
                    self.end(self._grace)
        if failure:
            raise _data_error(failure)
        if late:
            raise OutOfTimeError
        return failed

    def _follow(self, host: TrainingHost) -> None:
        assert host.program  # noqa: S101 (it has been started)
        host.code = host.program.wait()
        self._ended.put(host)

    def _connect(self) -> JobNetwork | None:
        """Create a separate network for the job's processes, because two such jobs must not reach each other."""
        hyperparameters = self._record.details.get("HyperParameters", {})
        if len(self.hosts) == 1 and not any(hyperparameters.get(name, "").lower() == "true" for name in LAUNCHERS):
            return None
        network = not self._record.details["EnableNetworkIsolation"]
        roots = [host.folder.root for host in self.hosts]
        reach = [self._context.settings.endpoint_url]
        internet = reaches_internet(self._context, self._record.scope, self._vpc)
        log = self.hosts[0].log
        return self._context.runtime.connect(roots, network=network, internet=internet, reach=reach, log=log)

    def _synced(self) -> Synced:
        return Synced(self._client("s3"), [output for host in self.hosts for output in host.synced()])

    def _check_ending(self) -> None:
        if self._ending.is_set():
            raise StoppedError

    def _environment(self, host: TrainingHost) -> dict[str, str]:
        record = self._record
        network = not record.details["EnableNetworkIsolation"]
        return {
            **record.details.get("Environment", {}),
            "TRAINING_JOB_NAME": record.name,
            "TRAINING_JOB_ARN": record.arn,
            **self._context.container_environment(
                record.scope, record.details["RoleArn"], network=network, vpc=self._vpc, log=host.log
            ),
        }

    def _require_s3(self, failure: str) -> None:
        """Raise `JobError` if the job's VPC has no way to S3."""
        if not reaches_s3(self._context, self._record.scope, self._vpc):
            raise JobError(f"ClientError: {failure}:{NO_WAY}")

    @property
    def _gigabytes(self) -> int:
        return int(self._record.details["ResourceConfig"].get("VolumeSizeInGB") or DEFAULT_GIGABYTES)

    @property
    def _image(self) -> str:
        return str(self._record.details["AlgorithmSpecification"]["TrainingImage"])

    def _client(self, service: str) -> Any:
        return self._context.client(service, self._record.scope, self._record.details["RoleArn"], self._vpc)


def _data_error(error: DownloadError) -> JobError:
    return JobError(f"ClientError: Data download failed:{error}")
