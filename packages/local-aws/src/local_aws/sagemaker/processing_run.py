"""The run of one processing job: inputs from S3, one program per instance, outputs to S3.

Note: outputs are sent even when a program failed, as SageMaker's local mode does, so that partial results of a failed
job can be inspected.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import words_of
from local_aws.files.storage import DownloadError, Location
from local_aws.files.untrusted import remove
from local_aws.runtimes.base import ContainerSpec, Program
from local_aws.sagemaker.input_objects import download_all, input_objects
from local_aws.sagemaker.instance_limits import KILLED, OUT_OF_MEMORY, LimitedProgram, limited
from local_aws.sagemaker.job_run import JobError, JobRun
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.processing_folder import ProcessingFolder
from local_aws.sagemaker.processing_outputs import ContinuousUpload, Output
from local_aws.sagemaker.training_status import Outcome
from local_aws.sagemaker.vpc import NOT_EXECUTED, reaches_internet, reaches_s3

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
LOOK_SECONDS = 0.05


class ProcessingRun(JobRun):
    """One run."""

    def __init__(self, context: Context, record: Record, ended: Callable[[], object]) -> None:
        super().__init__(context, record, ended)
        self._programs: list[Program] = []
        self._environments: list[dict[str, str]] = []
        self._starting = threading.Lock()
        self._timed_out = False

    def interrupt(self, grace_seconds: float) -> None:
        """See `JobRun.interrupt`."""
        with self._starting:
            programs = list(self._programs)
        _terminate(programs, grace_seconds)

    def work(self) -> Outcome:
        """See `JobRun.work`."""
        root = self.context.settings.jobs / f"{self.record.name}-{time.time_ns()}"
        hosts = [f"algo-{number}" for number in range(1, self._cluster.get("InstanceCount", 1) + 1)]
        folders = [ProcessingFolder(root / host, index, hosts) for index, host in enumerate(hosts)]
        stamp = int(time.time())
        group = LOG_GROUP
        logs = [LogStream(self.client("logs"), group, f"{self.record.name}/{host}-{stamp}") for host in hosts]
        try:
            return self._process(folders, logs)
        finally:
            for environment in self._environments:
                self.context.leave_vpc(environment)
            for stream in logs:
                stream.close()  # before the end is reported: a client that waits for it can then read the whole log
            remove(root)

    def _process(self, folders: list[ProcessingFolder], logs: list[LogStream]) -> Outcome:
        self.context.runtime.prepare(self._application["ImageUri"], logs[0])
        self._fetch(folders)
        outputs = [output for folder in folders for output in self._outputs(folder)]
        with ContinuousUpload(self.client("s3"), outputs), self.slot():
            codes = self._run_programs(folders, logs)
        self._upload(outputs)
        messages = [message for folder in folders if (message := folder.message())]
        self.record.update(ExitMessage=messages[0] if messages else None)
        return self._conclusion(codes)

    def _fetch(self, folders: list[ProcessingFolder]) -> None:
        for folder in folders:
            folder.write_config(self.record.details)
        for item in self.record.details.get("ProcessingInputs", ()):
            self.check_stopped()
            if not item.get("AppManaged"):
                self._fetch_input(item["S3Input"], folders)

    def _fetch_input(self, source: dict[str, Any], folders: list[ProcessingFolder]) -> None:
        sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
        if not reaches_s3(self.context, self.record.scope, self.vpc):
            listing = f"ListObjectsV2 failed for {source['S3Uri']} nextToken:[null]"
            raise JobError(f"ClientError: Failed to download data. {listing}: {NOT_EXECUTED}")
        try:
            objects = input_objects(self.client("s3"), source["S3DataType"], source["S3Uri"])
            for folder in folders:
                share = objects[folder.index :: len(folders)] if sharded else objects
                download_all(self.client("s3"), share, folder.local(source["LocalPath"]).folder)
        except DownloadError as error:
            raise JobError(f"ClientError: Failed to download data. {error}") from error

    def _outputs(self, folder: ProcessingFolder) -> list[Output]:
        config = self.record.details.get("ProcessingOutputConfig", {})
        return [
            Output(
                name=item["OutputName"],
                tree=folder.local(item["S3Output"]["LocalPath"]),
                location=Location.parse(item["S3Output"]["S3Uri"]),
                continuous=item["S3Output"]["S3UploadMode"] == "Continuous",
                kms_key=config.get("KmsKeyId"),
                gigabytes=self._cluster.get("VolumeSizeInGB"),
            )
            for item in config.get("Outputs", ())
            if not item.get("AppManaged")
        ]

    def _run_programs(self, folders: list[ProcessingFolder], logs: list[LogStream]) -> list[int]:
        """Start a program per host and wait for all; a failed one ends the others. Exit codes in order of their end."""
        network = not self.record.details.get("NetworkConfig", {}).get("EnableNetworkIsolation", False)
        for folder, stream in zip(folders, logs, strict=True):
            with self._starting:
                self.check_stopped()
                self._programs.append(self._start(folder, stream, network))
        deadline = time.monotonic() + self.record.details["StoppingCondition"]["MaxRuntimeInSeconds"]
        codes: dict[int, int] = {}
        ending = False
        while len(codes) < len(self._programs):
            codes.update(self._ended_programs(codes))
            self._timed_out = self._timed_out or (time.monotonic() > deadline and len(codes) < len(self._programs))
            if not ending and (self._timed_out or any(codes.values())):
                _terminate(self._programs, self.context.settings.stop_grace_seconds)
                ending = True
        return list(codes.values())

    def _start(self, folder: ProcessingFolder, stream: LogStream, network: bool) -> Program:
        application = self._application
        environment = self._environment(network, stream)
        self._environments.append(environment)
        spec = ContainerSpec(
            image=application["ImageUri"],
            root=folder.root,
            environment=environment,
            network=network,
            internet=reaches_internet(self.context, self.record.scope, self.vpc),
            log=stream,
            entrypoint=application.get("ContainerEntrypoint", ()),
            arguments=application.get("ContainerArguments", ()),
        )
        program = self.context.runtime.process(spec)
        limits = self.context.settings.instance_limits
        return limited(program, self._cluster["InstanceType"], stream) if limits else program

    def _ended_programs(self, known_codes: dict[int, int]) -> dict[int, int]:
        """Exit codes of the programs that have ended since; waits for a moment."""
        new_codes = {}
        for index, program in enumerate(self._programs):
            if index not in known_codes:
                try:
                    new_codes[index] = program.wait(LOOK_SECONDS)
                except TimeoutError:
                    continue
        return new_codes

    def _upload(self, outputs: list[Output]) -> None:
        if outputs and not reaches_s3(self.context, self.record.scope, self.vpc):
            first = outputs[0]
            raise JobError(f"ClientError: Failed to upload output {first.name} to {first.location}: {NOT_EXECUTED}")
        for output in outputs:
            try:
                output.upload(self.client("s3"))
            except (ClientError, BotoCoreError, Boto3Error, OSError) as error:
                message = f"ClientError: Failed to upload output {output.name} to {output.location}: {words_of(error)}"
                raise JobError(message) from error

    def _conclusion(self, codes: list[int]) -> Outcome:
        if self._timed_out or self.stopping.is_set():
            return Outcome("Stopped")
        if any(isinstance(program, LimitedProgram) and program.out_of_memory for program in self._programs):
            return Outcome("Failed", f"ClientError: {OUT_OF_MEMORY}, exit code: {KILLED}")
        failed = [code for code in codes if code]
        if not failed:
            return Outcome("Completed")
        # A program killed by a signal exits with 128 + N, as in any container.
        code = 128 - failed[0] if failed[0] < 0 else failed[0]
        return Outcome("Failed", f"AlgorithmError: See job logs for more information, exit code: {code}")

    @property
    def _application(self) -> dict[str, Any]:
        return dict(self.record.details["AppSpecification"])

    @property
    def _cluster(self) -> dict[str, Any]:
        return dict(self.record.details["ProcessingResources"]["ClusterConfig"])

    def _environment(self, network: bool, log: LogStream) -> dict[str, str]:
        role = self.record.details["RoleArn"]
        own = self.context.container_environment(self.record.scope, role, network=network, vpc=self.vpc, log=log)
        return {**self.record.details.get("Environment", {}), **own}


def _terminate(programs: list[Program], grace_seconds: float) -> None:
    for program in programs:
        threading.Thread(target=program.terminate, args=(grace_seconds,), daemon=True).start()
