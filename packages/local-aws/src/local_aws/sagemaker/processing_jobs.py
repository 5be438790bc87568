"""Processing jobs in the API: `jobs` has the operations, `processing_run` does the work."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.api.service import Scope
from local_aws.api.store import Record
from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import PROCESSING_JOB, no_job_to_stop
from local_aws.sagemaker.processing_requests import processing_details
from local_aws.sagemaker.processing_run import ProcessingRun
from local_aws.sagemaker.resources import Request
from local_aws.sagemaker.vpc import check_vpc


class ProcessingJobs(Jobs[ProcessingRun]):
    """The operations, and the current runs."""

    kind = PROCESSING_JOB

    def _details(self, scope: Scope, request: Request) -> Request:
        check_vpc(self._context, scope, request)
        return processing_details(request)

    def _get_to_stop(self, scope: Scope, request: Request) -> Record:
        record = self._context.store.find(self.kind, scope, request[self.kind.name_member])
        if record is None:
            raise no_job_to_stop(request[self.kind.name_member])
        return record

    def _new_run(self, record: Record, ended: Callable[[], object]) -> ProcessingRun:
        return ProcessingRun(self._context, record, ended)
