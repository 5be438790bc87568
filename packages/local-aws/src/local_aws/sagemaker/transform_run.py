"""The run of one transform job: start the model, send it every input object, write its responses.

Note AWS's rule for bad records: an object with a bad record has no output, because a gap would break its order; other
objects are still processed and keep theirs, and the job ends as Failed. The data log names the records.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.storage import DownloadError
from local_aws.protocols import VpcNetwork
from local_aws.sagemaker.hosting.model_instance import ModelInstance, Place, StartError
from local_aws.sagemaker.input_objects import InputObject, input_objects
from local_aws.sagemaker.job_run import JobError, JobRun
from local_aws.sagemaker.kinds import MODEL
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.training_status import Outcome
from local_aws.sagemaker.transform_calls import Parameters, TransformError, parameters
from local_aws.sagemaker.transform_capture import write_manifests
from local_aws.sagemaker.transform_object import ObjectTransform
from local_aws.sagemaker.vpc import NO_WAY, reaches_s3, vpc_of
from local_aws.settings import cores

LOG_GROUP = "/aws/sagemaker/TransformJobs"
STARTUP_SECONDS = 480.0
MAX_REASON = 1024


class TransformRun(JobRun):
    """One run."""

    def __init__(self, context: Context, record: Record, ended: Callable[[], object]) -> None:
        super().__init__(context, record, ended)
        self._model = context.store.get(MODEL, record.scope, record.details["ModelName"])
        self._instances: list[ModelInstance] = []

    def interrupt(self, grace_seconds: float) -> None:
        """See `JobRun.interrupt`. The model server has its own grace period."""
        del grace_seconds
        for instance in list(self._instances):
            threading.Thread(target=instance.stop, daemon=True).start()

    def client(self, service: str) -> Any:
        """A client with the model's role, because a transform job has no role."""
        return self.context.client(service, self.record.scope, self._model.details.get("ExecutionRoleArn"), self.vpc)

    @property
    def vpc(self) -> VpcNetwork | None:
        """The model's network."""
        return vpc_of(self._model.details)

    def work(self) -> Outcome:
        """See `JobRun.work`."""
        source = self.record.details["TransformInput"]["DataSource"]["S3DataSource"]
        if not reaches_s3(self.context, self.record.scope, self.vpc):
            raise JobError(f"ClientError: Data download failed:{NO_WAY}")
        try:
            objects = input_objects(self.client("s3"), source["S3DataType"], source["S3Uri"])
        except DownloadError as error:
            raise JobError(f"ClientError: {error}") from error
        with self._data_log() as data_log, self.slot(), self._servers():
            errors = self._transform(objects, data_log)
        self.check_stopped()
        if errors:
            return Outcome("Failed", _reason(errors))
        self._capture(objects)
        return Outcome("Completed")

    def _capture(self, objects: list[InputObject]) -> None:
        try:
            write_manifests(self.client("s3"), self.record.details, objects)
        except (ClientError, BotoCoreError) as error:
            raise JobError(f"ClientError: Failed to upload captured data: {error}"[:MAX_REASON]) from error

    def _transform(self, objects: list[InputObject], log: Callable[[str], None]) -> list[TransformError]:
        """Process all objects, several at a time; returns the errors, in the objects' order."""
        chosen = parameters(self.record.details, self._instances[0])
        log(
            f"MaxConcurrentTransforms={chosen.concurrent}, MaxPayloadInMB={chosen.megabytes}, "
            f"BatchStrategy={'SINGLE_RECORD' if chosen.single else 'MULTI_RECORD'}"
        )
        places = chosen.concurrent * len(self._instances)
        with ThreadPoolExecutor(places) as calls, ThreadPoolExecutor(places) as readers:
            transform = ObjectTransform(self, chosen, itertools.cycle(self._instances), calls, log)
            return [error for error in readers.map(transform, objects) if error]

    @contextmanager
    def _servers(self) -> Iterator[None]:
        """Run the model's servers: one per instance of the job, but at most one per core."""
        count = min(self.record.details["TransformResources"]["InstanceCount"], cores())
        try:
            for _ in range(count):
                self.check_stopped()
                self._instances.append(self._instance())
                self._instances[-1].start()
            for instance in self._instances:
                instance.wait_ready()
            yield
        except StartError as error:
            self.check_stopped()
            raise JobError(f"AlgorithmError: {error}"[:MAX_REASON]) from error
        finally:
            for instance in self._instances:
                instance.stop()

    def _instance(self) -> ModelInstance:
        place = Place(
            self.record,
            "AllTraffic",
            STARTUP_SECONDS,
            served=f"transform job {self.record.name}",
            log_group=LOG_GROUP,
            log_stream=f"{self.record.name}/i-{secrets.token_hex(8)}-{int(time.time())}",
            environment={**self.record.details.get("Environment", {}), **Parameters.environment(self.record.details)},
        )
        return ModelInstance(self.context, place, self._model, lambda _instance: None)

    @contextmanager
    def _data_log(self) -> Iterator[Callable[[str], None]]:
        stream = f"{self.record.name}/i-{secrets.token_hex(8)}-{int(time.time())}/data-log"
        log = LogStream(self.client("logs"), LOG_GROUP, stream)

        def write(line: str) -> None:
            moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
            log(f"{moment}:[sagemaker logs]: {line}")

        try:
            yield write
        finally:
            log.close()


def _reason(errors: list[TransformError]) -> str:
    """SageMaker's text, followed by the first error."""
    more = f", and {len(errors) - 1} more objects" if len(errors) > 1 else ""
    return f"{errors[0].kind}: See job logs for more information ({errors[0]}{more})"[:MAX_REASON]
