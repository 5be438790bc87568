"""Training jobs in the API: create, describe, list, stop, delete. `training_run` does the work."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker import training_warm_pools as warm_pools
from local_aws.sagemaker.kinds import TRAINING_JOB
from local_aws.sagemaker.training_insight import insight_members, profiling_status
from local_aws.sagemaker.training_requests import check_training_request
from local_aws.sagemaker.training_run import TrainingRun

FINISHED = {"Completed", "Failed", "Stopped"}
DEFAULT_MAX_RUNTIME = 86_400
"""Seconds, if the request's StoppingCondition has no limit (SageMaker: one day)."""

DEFAULTS: dict[str, Any] = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}


class TrainingJobs:
    """The operations, and the current runs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._listed = list_operation(context.store, TRAINING_JOB, "ListTrainingJobs", order="Ascending")
        self._runs: dict[str, TrainingRun] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "CreateTrainingJob": self.create,
            "DescribeTrainingJob": self.describe,
            "ListTrainingJobs": self.list,
            "UpdateTrainingJob": self.update,
            "StopTrainingJob": self.stop,
            "DeleteTrainingJob": self.delete,
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateTrainingJob: registers the job and queues its run."""
        return {"TrainingJobArn": self.launch(scope, request).arn}

    def check(self, scope: Scope, request: dict[str, Any]) -> None:
        """Raise `AwsError` if a job can't be run as requested."""
        check_training_request(request, lambda place: self._context.emulator.object_exists(scope, place), scope.region)

    def launch(self, scope: Scope, request: dict[str, Any], **own: Any) -> Record:
        """Register a job, with members that no request can set, and queue its run."""
        self.check(scope, request)
        members = {name: value for name, value in request.items() if name not in ("Tags", "TrainingJobName")}
        starting = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting", "SecondaryStatusTransitions": []}
        stopping = {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME, **request.get("StoppingCondition", {})}
        details = {
            **DEFAULTS,
            **members,
            "StoppingCondition": stopping,
            **starting,
            **insight_members(request),
            **own,
        }
        record = self._context.store.create(
            TRAINING_JOB, scope, request["TrainingJobName"], details, request.get("Tags", ())
        )
        warm_pools.reuse(self._context.store, record)
        run = TrainingRun(self._context, record, ended=lambda: self._runs.pop(record.arn, None))
        self._runs[record.arn] = run
        run.submit()
        return record

    def describe(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        record = self._get(scope, request)
        warm_pools.refresh(record)
        return record.details

    def list(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """ListTrainingJobs."""
        warm_pools.refresh_all(self._context.store, scope)
        return self._listed(scope, request)

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateTrainingJob: how long its instances are kept, and whether it is profiled."""
        record = self._get(scope, request)
        for member in request.keys() - {"TrainingJobName", "ResourceConfig", "ProfilerConfig"}:
            raise not_implemented(f"UpdateTrainingJob with {member}")
        if "ResourceConfig" in request:
            warm_pools.keep(record, request["ResourceConfig"]["KeepAlivePeriodInSeconds"])
        if "ProfilerConfig" in request:
            config = {**record.details.get("ProfilerConfig", {}), **request["ProfilerConfig"]}
            record.update(ProfilerConfig=config, ProfilingStatus=profiling_status(config))
        return {"TrainingJobArn": record.arn}

    def stop(self, scope: Scope, request: dict[str, Any]) -> None:
        """StopTrainingJob: returns at once, and the job stops within its grace period."""
        record = self._get(scope, request)
        status = record.details["TrainingJobStatus"]
        if status in FINISHED:
            raise validation_error(f"The request was rejected because the training job is in status {status}.")
        if run := self._runs.get(record.arn):
            run.stop()

    def interrupt(self, scope: Scope, name: str, capacity_seconds: float) -> str | None:
        """Reclaim a spot job's instances, and provide new ones after some seconds; returns the reason if it can't.

        Not an API of AWS: see `local_aws.administration`. Raises `AwsError` if the job does not exist.
        """
        record = self._get(scope, {"TrainingJobName": name})
        if not record.details["EnableManagedSpotTraining"]:
            return (
                f"Training job {name} is no managed spot job: set EnableManagedSpotTraining and MaxWaitTimeInSeconds."
            )
        run = self._runs.get(record.arn)
        if run is None or not run.interrupt(capacity_seconds):
            return f"Training job {name} has no instances to lose: it is {record.details['SecondaryStatus']}."
        return None

    def run_of(self, record: Record) -> TrainingRun | None:
        """The run of a job that has not ended."""
        return self._runs.get(record.arn)

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteTrainingJob: only if the job has ended."""
        record = self._get(scope, request)
        if record.details["TrainingJobStatus"] not in FINISHED:
            raise AwsError("ResourceInUse", f"Training job {record.arn} is still in progress: stop it first.")
        self._context.store.remove(record)

    def close(self) -> None:
        """End every run at once, because the server stops."""
        for run in list(self._runs.values()):
            run.abandon()

    def _get(self, scope: Scope, request: dict[str, Any]) -> Record:
        return self._context.store.get(TRAINING_JOB, scope, request["TrainingJobName"])
