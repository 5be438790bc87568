"""The operations that processing and transform jobs share: create, describe, list, stop and delete; and the runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope, service_model
from local_aws.api.store import Kind, Record
from local_aws.context import Context
from local_aws.sagemaker.job_run import FINISHED, JobRun

Request = dict[str, Any]


class Jobs:
    """The operations of one kind of job, and its current runs."""

    def __init__(
        self,
        context: Context,
        kind: Kind,
        run: type[JobRun],
        details: Callable[[Scope, Request], Request],
    ) -> None:
        self._context, self._kind, self._run, self._details = context, kind, run, details
        self._runs: dict[str, JobRun] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        noun = self._kind.member
        listing = list_operation(self._context.store, self._kind, f"List{noun}s")
        every: dict[str, Operation] = {
            f"Create{noun}": self.create,
            f"Describe{noun}": self.describe,
            f"List{noun}s": listing,
            f"Stop{noun}": self.stop,
            f"Delete{noun}": self.delete,
        }
        # SageMaker's model has no DeleteTransformJob.
        names = service_model("sagemaker").operation_names
        return {name: run for name, run in every.items() if name in names}

    def create(self, scope: Scope, request: Request) -> Request:
        """Register the job and queue its run."""
        name = request[self._kind.name_member]
        details = {**self._details(scope, request), f"{self._kind.member}Status": "InProgress"}
        record = self._context.store.create(self._kind, scope, name, details, request.get("Tags", ()))
        run = self._run(self._context, record, lambda: self._runs.pop(record.arn, None))
        self._runs[record.arn] = run
        run.submit()
        return {self._kind.arn_member: record.arn}

    def describe(self, scope: Scope, request: Request) -> Request:
        """Describe a job."""
        return self._get(scope, request).details

    def stop(self, scope: Scope, request: Request) -> None:
        """Stop a job; returns at once, and the job stops within its grace period."""
        record = self._get(scope, request)
        status = record.details[f"{self._kind.member}Status"]
        if status in FINISHED:
            raise validation_error(f"The request was rejected because the {self._kind.name} is in status {status}.")
        if run := self._runs.get(record.arn):
            run.stop()

    def delete(self, scope: Scope, request: Request) -> None:
        """Delete a job that has ended."""
        record = self._get(scope, request)
        if record.details[f"{self._kind.member}Status"] not in FINISHED:
            name = self._kind.name.capitalize()
            raise AwsError("ResourceInUse", f"{name} {record.arn} is still in progress: stop it first.")
        self._context.store.remove(record)

    def close(self) -> None:
        """End every run at once, because the server stops."""
        for run in list(self._runs.values()):
            run.abandon()

    def _get(self, scope: Scope, request: Request) -> Record:
        return self._context.store.get(self._kind, scope, request[self._kind.name_member])


def members_of(kind: Kind, request: Request) -> Request:
    """The members of a request that Describe returns unchanged."""
    return {name: value for name, value in request.items() if name not in ("Tags", kind.name_member)}
