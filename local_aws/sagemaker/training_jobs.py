"""Training jobs as the API has them: create, describe, list, stop, delete. `training_run` does the work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.sagemaker.kinds import TRAINING_JOB
from local_aws.sagemaker.training_run import TrainingRun

if TYPE_CHECKING:
    from local_aws.backend import Backend

FINISHED = {"Completed", "Failed", "Stopped"}
DEFAULT_MAX_RUNTIME = 86_400
"""Seconds, where the request has no StoppingCondition (SageMaker: one day)."""

DEFAULTS: dict[str, Any] = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
    "StoppingCondition": {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME},
}


class TrainingJobs:
    """The operations, and the runs that are under way."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._runs: dict[str, TrainingRun] = {}

    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "CreateTrainingJob": self.create,
            "DescribeTrainingJob": self.describe,
            "ListTrainingJobs": list_operation(
                self._backend.store, TRAINING_JOB, "ListTrainingJobs", order="Ascending"
            ),
            "StopTrainingJob": self.stop,
            "DeleteTrainingJob": self.delete,
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateTrainingJob: registers the job and queues its run."""
        _refuse_unsupported(request)
        members = {name: value for name, value in request.items() if name not in ("Tags", "TrainingJobName")}
        starting = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting", "SecondaryStatusTransitions": []}
        details = {**DEFAULTS, **members, **starting}
        record = self._backend.store.create(
            TRAINING_JOB, scope, request["TrainingJobName"], details, request.get("Tags", ())
        )
        run = TrainingRun(self._backend, record, ended=lambda: self._runs.pop(record.arn, None))
        self._runs[record.arn] = run
        run.enter("Starting")
        self._backend.jobs.submit(run.run)
        return {"TrainingJobArn": record.arn}

    def describe(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        return self._get(scope, request).details

    def stop(self, scope: Scope, request: dict[str, Any]) -> None:
        """StopTrainingJob: returns at once, the job stops within its grace time."""
        record = self._get(scope, request)
        status = record.details["TrainingJobStatus"]
        if status in FINISHED:
            raise validation_error(f"The request was rejected because the training job is in status {status}.")
        if run := self._runs.get(record.arn):
            run.stop()

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteTrainingJob: only of a job that has ended."""
        record = self._get(scope, request)
        if record.details["TrainingJobStatus"] not in FINISHED:
            raise AwsError("ResourceInUse", f"Training job {record.arn} is still in progress: stop it first.")
        self._backend.store.remove(record)

    def close(self) -> None:
        """End every run at once: the server stops."""
        for run in list(self._runs.values()):
            run.abandon()

    def _get(self, scope: Scope, request: dict[str, Any]) -> Record:
        return self._backend.store.get(TRAINING_JOB, scope, request["TrainingJobName"])


def _refuse_unsupported(request: dict[str, Any]) -> None:
    """What AWS would run and this server can't yet: said at once, and never run differently."""
    algorithm = request.get("AlgorithmSpecification", {})
    resources = request.get("ResourceConfig", {})
    if "TrainingImage" not in algorithm:
        raise not_implemented("training without AlgorithmSpecification.TrainingImage")
    if "InstanceGroups" in resources or resources.get("InstanceCount", 1) > 1:
        raise not_implemented("training on more than one instance: set ResourceConfig.InstanceCount to 1")
    modes = [channel.get("InputMode") for channel in request.get("InputDataConfig", ())]
    for mode in filter(None, [algorithm.get("TrainingInputMode"), *modes]):
        if mode != "File":
            raise not_implemented(f"input mode {mode}: set TrainingInputMode (and each InputMode) to File")
    _refuse_bad_channels(request)
    _refuse_bad_metrics(algorithm)


def _refuse_bad_channels(request: dict[str, Any]) -> None:
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", ())]
    if len(names) != len(set(names)):
        raise validation_error("Channel names must be unique within a training job's InputDataConfig.")
    for channel in request.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise not_implemented(f"channel {channel['ChannelName']}: a DataSource other than S3DataSource")
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise not_implemented(f"channel {channel['ChannelName']}: S3DataType {source['S3DataType']}")


def _refuse_bad_metrics(algorithm: dict[str, Any]) -> None:
    for definition in algorithm.get("MetricDefinitions", ()):
        try:
            re.compile(definition["Regex"])
        except re.error as error:
            raise validation_error(
                f"Invalid MetricDefinitions: the regex of metric {definition['Name']} is no regular expression: {error}"
            ) from error
