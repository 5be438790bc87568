"""Processing jobs in the API: `jobs` has the operations, `processing_run` does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import PROCESSING_JOB
from local_aws.sagemaker.processing_requests import processing_details
from local_aws.sagemaker.processing_run import ProcessingRun

if TYPE_CHECKING:
    from local_aws.backend import Backend


def processing_jobs(backend: Backend) -> Jobs:
    """The operations of processing jobs."""
    return Jobs(backend, PROCESSING_JOB, ProcessingRun, lambda _scope, request: processing_details(request))
