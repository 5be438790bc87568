"""The operations that all kinds of jobs share: create, describe, list, stop and delete; and the current runs."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import SERVER_STOPPED
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.experiments.job_components import add_component, check_experiment
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.resources import Request, Resources
from local_aws.sagemaker.training_status import Outcome


class Run(Protocol):
    """What does a job's work, in a thread. Its methods don't block."""

    def submit(self) -> None:
        """Queue the job."""
        ...

    def stop(self) -> None:
        """Stop within the job's grace period."""
        ...

    def abandon(self) -> None:
        """End everything at once, because the server stops."""
        ...


AnyRun = TypeVar("AnyRun", bound=Run)


class Jobs(Resources, ABC, Generic[AnyRun]):
    """The operations of one kind of job, and its current runs."""

    title: ClassVar[str] = ""
    """The kind's name in messages about its status, if it is another one."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._title = self.title or self.kind.name
        self._runs: dict[str, AnyRun] = {}

    @abstractmethod
    def _new_run(self, record: Record, ended: Callable[[], object]) -> AnyRun:
        """A new job's run, which calls ``ended`` at its end."""

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {**super().operations(), f"Stop{self._noun}": self.stop}

    def create(self, scope: Scope, request: Request) -> Request:
        """Create: registers the job and queues its run."""
        return {self.kind.arn_member: self.launch(scope, request).arn}

    def launch(self, scope: Scope, request: Request, **own: Any) -> Record:
        """Register a job, with members that no request can set, and queue its run."""
        details = {**self._details(scope, request), f"{self.kind.member}Status": "InProgress", **own}
        experiment = request.get("ExperimentConfig")
        if experiment:
            check_experiment(self._context.store, scope, experiment)
        record = self._register(scope, request, details)
        if experiment:
            try:
                add_component(self._context.store, record, experiment)
            except AwsError:  # no run would ever end the job
                self._context.store.remove(record)
                raise
        run = self._runs[record.arn] = self._new_run(record, lambda: self._runs.pop(record.arn, None))
        run.submit()
        return record

    def stop(self, scope: Scope, request: Request) -> None:
        """Stop a job; returns at once, and the job stops within its grace period."""
        record = self._get_to_stop(scope, request)
        status = self._status(record)
        if status in FINISHED:
            raise validation_error(f"The request was rejected because the {self._title} is in status {status}.")
        if run := self._runs.get(record.arn):
            run.stop()

    def _get_to_stop(self, scope: Scope, request: Request) -> Record:
        return self._get(scope, request)

    def delete(self, scope: Scope, request: Request) -> None:
        """Delete a job that has ended."""
        record = self._get(scope, request)
        if self._status(record) not in FINISHED:
            message = f"{self._title.capitalize()} {record.arn} is still in progress: stop it first."
            raise AwsError("ResourceInUse", message)
        self._context.store.remove(record)

    def recover(self) -> None:
        """Give the jobs that the last server had running their end: their programs ended with it."""
        for record in self._context.store.every(self.kind):
            status = self._status(record)
            if status not in FINISHED:
                stopping = status == "Stopping"
                self._end_unattended(record, Outcome("Stopped") if stopping else Outcome("Failed", SERVER_STOPPED))

    def _end_unattended(self, record: Record, outcome: Outcome) -> None:
        """Set the final status of a job whose server has ended."""
        members = {f"{self.kind.member}Status": outcome.status, "FailureReason": outcome.reason}
        record.update(**members, **{f"{self.kind.member.removesuffix('Job')}EndTime": time.time()})
        publish_state_change(self._context, record)

    def close(self) -> None:
        """End every run at once, because the server stops."""
        for run in [*self._runs.values()]:
            run.abandon()

    def _status(self, record: Record) -> str:
        return str(record.details[f"{self.kind.member}Status"])
