"""Hyperparameter tuning jobs in the API. `tuning_run` does the work, with ordinary training jobs."""

from __future__ import annotations

import time
from collections.abc import Callable

from local_aws.api.errors import validation_error
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import TUNING_JOB
from local_aws.sagemaker.resources import Request
from local_aws.sagemaker.training_jobs import TrainingJobs
from local_aws.sagemaker.training_status import Outcome
from local_aws.sagemaker.tuning_autotune import autotuned
from local_aws.sagemaker.tuning_requests import check_request, with_objectives
from local_aws.sagemaker.tuning_run import TuningRun

PAGE = 10
NOTHING_YET = {
    "TrainingJobStatusCounters": dict.fromkeys(
        ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0
    ),
    "ObjectiveStatusCounters": dict.fromkeys(("Succeeded", "Pending", "Failed"), 0),
    "TrainingJobSummaries": [],
}
SORT_KEYS = {
    "Name": lambda item: item["TrainingJobName"],
    "CreationTime": lambda item: item["CreationTime"],
    "Status": lambda item: item["TrainingJobStatus"],
    "FinalObjectiveMetricValue": lambda item: item.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get(
        "Value", float("-inf")
    ),
}


class TuningJobs(Jobs[TuningRun]):
    """The operations, and the current runs: close it before the training jobs, which remain when it is deleted."""

    kind = TUNING_JOB
    title = "tuning job"

    def __init__(self, context: Context, training_jobs: TrainingJobs) -> None:
        super().__init__(context)
        self._training_jobs = training_jobs

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        listing = {"ListTrainingJobsForHyperParameterTuningJob": self.list_training_jobs}
        return {**super().operations(), **listing}

    def list_training_jobs(self, scope: Scope, request: Request) -> Request:
        """ListTrainingJobsForHyperParameterTuningJob: the token is the number of jobs already returned."""
        status = request.get("StatusEquals")
        summaries = [
            item
            for item in self._get(scope, request).details["TrainingJobSummaries"]
            if status in (None, item["TrainingJobStatus"])
        ]
        key = SORT_KEYS[request.get("SortBy", "Name")]
        summaries.sort(key=key, reverse=request.get("SortOrder", "Ascending") == "Descending")
        unknown = validation_error("The token in the request is not valid: use one that this operation gave.")
        start = offset(request.get("NextToken"), unknown)
        end = start + int(request.get("MaxResults", PAGE))
        response = {"TrainingJobSummaries": summaries[start:end]}
        return {**response, "NextToken": str(end)} if end < len(summaries) else response

    def _details(self, scope: Scope, request: Request) -> Request:
        request = autotuned(request)
        check_request(request, lambda training: self._training_jobs.check(scope, training))
        config = request["HyperParameterTuningJobConfig"]
        return {
            **with_objectives(request, super()._details(scope, request)),
            **NOTHING_YET,
            "Strategy": config["Strategy"],
            "ResourceLimits": config["ResourceLimits"],
            "ParentResults": self._parent_results(scope, request),
        }

    def _new_run(self, record: Record, ended: Callable[[], object]) -> TuningRun:
        return TuningRun(self._context, record, self._training_jobs, ended)

    def _end_unattended(self, record: Record, outcome: Outcome) -> None:
        """Its training jobs have their end already."""
        ended = [
            item if item["TrainingJobStatus"] in FINISHED else {**item, "TrainingJobStatus": outcome.status}
            for item in record.details["TrainingJobSummaries"]
        ]
        record.update(
            HyperParameterTuningJobStatus=outcome.status,
            FailureReason=outcome.reason,
            HyperParameterTuningEndTime=time.time(),
            TrainingJobSummaries=ended,
        )
        publish_state_change(self._context, record)

    def _parent_results(self, scope: Scope, request: Request) -> list[Request]:
        """The results of a warm start's parents, and of their parents."""
        results: dict[str, Request] = {}
        for parent in request.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", ()):
            if "HyperParameterTuningJobName" not in parent:
                raise validation_error("A parent in WarmStartConfig needs its HyperParameterTuningJobName.")
            record = self._get(scope, parent)
            if self._status(record) not in FINISHED:
                raise validation_error(f"Parent tuning job {record.name} is not over: wait for its end, or stop it.")
            for item in [*record.details["ParentResults"], *record.details["TrainingJobSummaries"]]:
                results[item["TrainingJobArn"]] = item
        return list(results.values())
