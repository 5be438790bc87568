"""Processing jobs in the API: `jobs` has the operations, `processing_run` does the work."""

from __future__ import annotations

from local_aws.context import Context
from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import PROCESSING_JOB
from local_aws.sagemaker.processing_requests import processing_details
from local_aws.sagemaker.processing_run import ProcessingRun


def processing_jobs(context: Context) -> Jobs:
    """The operations of processing jobs."""
    return Jobs(context, PROCESSING_JOB, ProcessingRun, lambda _scope, request: processing_details(request))
