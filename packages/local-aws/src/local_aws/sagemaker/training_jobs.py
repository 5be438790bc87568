"""Training jobs in the API: create, describe, list, stop, delete. `training_run` does the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.api.errors import not_implemented
from local_aws.api.service import Scope
from local_aws.api.store import Record
from local_aws.sagemaker import training_warm_pools as warm_pools
from local_aws.sagemaker.builtin_algorithms import check_algorithm_request
from local_aws.sagemaker.builtin_metrics import with_metric_definitions
from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import TRAINING_JOB
from local_aws.sagemaker.training_insight import insight_members, profiling_status
from local_aws.sagemaker.training_requests import check_training_request
from local_aws.sagemaker.training_run import TrainingRun
from local_aws.sagemaker.training_status import Outcome, TrainingStatus
from local_aws.sagemaker.vpc import check_vpc

DEFAULT_MAX_RUNTIME = 86_400
"""Seconds, if the request's StoppingCondition has no limit (SageMaker: one day)."""

DEFAULTS: dict[str, Any] = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}
ALGORITHM_DEFAULTS = {"EnableSageMakerMetricsTimeSeries": False}
OUTPUT_DEFAULTS = {"KmsKeyId": "", "CompressionType": "GZIP"}
CHANNEL_DEFAULTS = {"CompressionType": "None", "RecordWrapperType": "None"}


class TrainingJobs(Jobs[TrainingRun]):
    """The operations, and the current runs."""

    kind = TRAINING_JOB

    def check(self, scope: Scope, request: dict[str, Any]) -> None:
        """Raise `AwsError` if a job can't be run as requested."""
        check_algorithm_request(self._context, request)
        check_training_request(request, lambda place: self._context.emulator.object_exists(scope, place), scope.region)
        check_vpc(self._context, scope, request)

    def describe(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob: with the defaults that AWS's answers have, such as an empty key, which SDK v2 reads."""
        warm_pools.refresh(self._get(scope, request))
        details = super().describe(scope, request)
        channels = [*map(_channel, details.get("InputDataConfig", ()))]
        return {
            **details,
            "AlgorithmSpecification": {**ALGORITHM_DEFAULTS, **details["AlgorithmSpecification"]},
            "OutputDataConfig": {**OUTPUT_DEFAULTS, **details.get("OutputDataConfig", {})},
            **({"InputDataConfig": channels} if channels else {}),
        }

    def list(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """ListTrainingJobs."""
        warm_pools.refresh_all(self._context.store, scope)
        return super().list(scope, request)

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

    def _details(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        self.check(scope, request)
        stopping = {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME, **request.get("StoppingCondition", {})}
        return {
            **DEFAULTS,
            **super()._details(scope, request),
            "AlgorithmSpecification": with_metric_definitions(
                request["AlgorithmSpecification"], request.get("HyperParameters", {})
            ),
            "StoppingCondition": stopping,
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [],
            **insight_members(request),
        }

    def _end_unattended(self, record: Record, outcome: Outcome) -> None:
        TrainingStatus(self._context, record).finish(outcome)

    def _new_run(self, record: Record, ended: Callable[[], object]) -> TrainingRun:
        warm_pools.reuse(self._context.store, record)
        return TrainingRun(self._context, record, ended)


def _channel(channel: dict[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]["S3DataSource"]
    source = {"S3DataDistributionType": "FullyReplicated", **source}
    return {**CHANNEL_DEFAULTS, **channel, "DataSource": {"S3DataSource": source}}
