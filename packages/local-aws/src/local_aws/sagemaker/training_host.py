"""One instance of a training job: its /opt/ml, log stream, channels and program."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.storage import DownloadError, Location
from local_aws.files.untrusted import JobTree
from local_aws.files.volumes import Volume
from local_aws.runtimes.base import JobNetwork, LazyFile, Program, TrainingSpec
from local_aws.sagemaker.input_objects import InputObject
from local_aws.sagemaker.instance_limits import LimitedProgram, limited
from local_aws.sagemaker.job_folder import JobFolder
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.metrics import MetricCollector
from local_aws.sagemaker.processing_outputs import Output
from local_aws.sagemaker.training_channels import download, mode_of, objects_of, share_of
from local_aws.sagemaker.training_cluster import Cluster, Host
from local_aws.sagemaker.training_lazy import lazy_files
from local_aws.sagemaker.training_pipes import ChannelPipe
from local_aws.sagemaker.training_records import RecordStream
from local_aws.sagemaker.vpc import reaches_internet, vpc_of
from local_aws.sagemaker.xgboost_metrics import TAB

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
CHECKPOINTS = "/opt/ml/checkpoints"
TENSORBOARD = "/opt/ml/output/tensorboard"


class TrainingHost:
    """One host in one attempt at the job. ``root`` is the folder that becomes its /opt/ml."""

    def __init__(self, context: Context, record: Record, cluster: Cluster, host: Host, root: Path) -> None:
        self.host, self.folder = host, JobFolder(root)
        self.program: Program | None = None
        self.code: int | None = None
        self._context, self._record, self._cluster = context, record, cluster
        self._vpc = vpc_of(record.details)
        self._environment: Mapping[str, str] = {}
        self.log = LogStream(self._client("logs"), LOG_GROUP, f"{record.name}/{host.name}-{int(time.time())}")
        self._pipes: list[ChannelPipe] = []
        self._lazy: dict[str, list[LazyFile]] = {}
        self._read_only: list[str] = []
        self._gigabytes = record.details["ResourceConfig"].get("VolumeSizeInGB")
        self._volume = Volume.of_gigabytes(self._gigabytes)

    def write_config(self) -> None:
        """Write the configuration files that SageMaker gives a container."""
        self.folder.write_config(self._record.details, self._cluster, self.host)

    def fetch(self, channel: dict[str, Any], failed: Callable[[DownloadError], None]) -> None:
        """Prepare a channel. ``failed`` is called with any error of a channel that is streamed later."""
        share = share_of(channel, self._cluster, self.host)
        mode = mode_of(self._record.details, channel)
        if share is None:
            return
        if mode == "Pipe":
            stream = RecordStream(self._client("s3"), channel, share)
            data = JobTree(self.folder.root, "input/data")
            self._pipes.append(ChannelPipe(data, channel["ChannelName"], stream, failed))
            return
        objects = share.of(objects_of(self._client("s3"), channel))
        if mode == "FastFile":
            self._show(channel["ChannelName"], objects)
        else:
            download(self._client("s3"), objects, self.folder.channel(channel["ChannelName"]), self._volume)

    def _show(self, channel: str, objects: list[InputObject]) -> None:
        """Show the objects as read-only files that are loaded on reading, if the machine supports it."""
        folder = self.folder.channel(channel)
        path = folder.relative_to(self.folder.root).as_posix()
        if self._context.runtime.reads_lazily:
            self._lazy[path] = lazy_files(self._client("s3"), objects)
            return
        self._read_only.append(path)
        self.log(
            f"This machine can't mount a channel: {channel} (FastFile) is copied before the start, as in File mode."
        )
        download(self._client("s3"), objects, folder, self._volume)

    def synced(self) -> list[Output]:
        """The folders that go to S3 while the program runs: checkpoints and TensorBoard's."""
        details, outputs = self._record.details, []
        if config := details.get("CheckpointConfig"):
            tree, location = self.folder.local(config.get("LocalPath") or CHECKPOINTS), Location.parse(config["S3Uri"])
            outputs.append(Output("checkpoints", tree, location, True, None, self._gigabytes))
        if config := details.get("TensorBoardOutputConfig"):
            tree = self.folder.local(config.get("LocalPath") or TENSORBOARD)
            location = Location.parse(config["S3OutputPath"]) / self._record.name / "tensorboard-output"
            outputs.append(Output("TensorBoard output", tree, location, True, None, self._gigabytes))
        return outputs

    def start(self, environment: Mapping[str, str], metrics: MetricCollector, together: JobNetwork | None) -> None:
        """Start the program, and the pipes that it may read."""
        algorithm = self._record.details["AlgorithmSpecification"]
        self._environment = environment

        def log_and_measure(line: str) -> None:
            line = line.replace("\t", TAB)
            self.log(line)
            metrics(line)

        for pipe in self._pipes:
            pipe.start()
        spec = TrainingSpec(
            image=algorithm["TrainingImage"],
            root=self.folder.root,
            environment=environment,
            network=not self._record.details["EnableNetworkIsolation"],
            internet=reaches_internet(self._context, self._record.scope, self._vpc),
            log=log_and_measure,
            entrypoint=algorithm.get("ContainerEntrypoint", ()),
            arguments=algorithm.get("ContainerArguments", ()),
            lazy=self._lazy,
            read_only=self._read_only,
            together=together,
        )
        program = self._context.runtime.train(spec)
        self.program = limited(program, self.host.instance_type, self.log) if self._limits else program

    @property
    def out_of_memory(self) -> bool:
        """Whether the program was killed because its instance has no more memory."""
        return isinstance(self.program, LimitedProgram) and self.program.out_of_memory

    @property
    def _limits(self) -> bool:
        return self._context.settings.instance_limits

    def close(self) -> None:
        """End the pipes, and return once the program's log is in CloudWatch."""
        for pipe in self._pipes:
            pipe.stop()
        self._context.leave_vpc(self._environment)
        self.log.close()

    def _client(self, service: str) -> Any:
        return self._context.client(service, self._record.scope, self._record.details["RoleArn"], self._vpc)
