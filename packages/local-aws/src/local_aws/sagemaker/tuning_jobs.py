"""Hyperparameter tuning jobs in the API. `tuning_run` does the work, with ordinary training jobs."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.paging import list_operation, offset
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.jobs import members_of
from local_aws.sagemaker.kinds import TUNING_JOB
from local_aws.sagemaker.training_jobs import TrainingJobs
from local_aws.sagemaker.tuning_requests import check_request
from local_aws.sagemaker.tuning_run import TuningRun

Request = dict[str, Any]
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


class TuningJobs:
    """The operations, and the current runs."""

    def __init__(self, context: Context, training_jobs: TrainingJobs) -> None:
        self._context, self._training_jobs = context, training_jobs
        self._runs: dict[str, TuningRun] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "CreateHyperParameterTuningJob": self.create,
            "DescribeHyperParameterTuningJob": self.describe,
            "ListHyperParameterTuningJobs": list_operation(
                self._context.store, TUNING_JOB, "ListHyperParameterTuningJobs"
            ),
            "ListTrainingJobsForHyperParameterTuningJob": self.list_training_jobs,
            "StopHyperParameterTuningJob": self.stop,
            "DeleteHyperParameterTuningJob": self.delete,
        }

    def create(self, scope: Scope, request: Request) -> Request:
        """CreateHyperParameterTuningJob: registers the job and starts it."""
        check_request(request, lambda training: self._training_jobs.check(scope, training))
        config = request["HyperParameterTuningJobConfig"]
        details = {
            **members_of(TUNING_JOB, request),
            **NOTHING_YET,
            "HyperParameterTuningJobStatus": "InProgress",
            "Strategy": config["Strategy"],
            "ResourceLimits": config["ResourceLimits"],
            "ParentResults": self._parent_results(scope, request),
        }
        name = request["HyperParameterTuningJobName"]
        record = self._context.store.create(TUNING_JOB, scope, name, details, request.get("Tags", ()))
        run = TuningRun(self._context, record, self._training_jobs, lambda: self._runs.pop(record.arn, None))
        self._runs[record.arn] = run
        run.submit()
        return {"HyperParameterTuningJobArn": record.arn}

    def describe(self, scope: Scope, request: Request) -> Request:
        """DescribeHyperParameterTuningJob."""
        return self._get(scope, request).details

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

    def stop(self, scope: Scope, request: Request) -> None:
        """StopHyperParameterTuningJob: returns at once; running jobs are stopped."""
        record = self._get(scope, request)
        status = record.details["HyperParameterTuningJobStatus"]
        if status in FINISHED:
            raise validation_error(f"The request was rejected because the tuning job is in status {status}.")
        if run := self._runs.get(record.arn):
            run.stop()

    def delete(self, scope: Scope, request: Request) -> None:
        """DeleteHyperParameterTuningJob: only if the job has ended; its training jobs remain."""
        record = self._get(scope, request)
        if record.details["HyperParameterTuningJobStatus"] not in FINISHED:
            raise AwsError("ResourceInUse", f"Tuning job {record.arn} is still in progress: stop it first.")
        self._context.store.remove(record)

    def close(self) -> None:
        """End every run, because the server stops; call it before the training jobs' `close`."""
        for run in list(self._runs.values()):
            run.abandon()

    def _parent_results(self, scope: Scope, request: Request) -> list[Request]:
        """The results of a warm start's parents, and of their parents."""
        results: dict[str, Request] = {}
        for parent in request.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", ()):
            if "HyperParameterTuningJobName" not in parent:
                raise validation_error("A parent in WarmStartConfig needs its HyperParameterTuningJobName.")
            record = self._get(scope, parent)
            if record.details["HyperParameterTuningJobStatus"] not in FINISHED:
                raise validation_error(f"Parent tuning job {record.name} is not over: wait for its end, or stop it.")
            for item in [*record.details["ParentResults"], *record.details["TrainingJobSummaries"]]:
                results[item["TrainingJobArn"]] = item
        return list(results.values())

    def _get(self, scope: Scope, request: Request) -> Record:
        return self._context.store.get(TUNING_JOB, scope, request["HyperParameterTuningJobName"])
