"""Transform jobs in the API: `jobs` has the operations, `transform_run` does the work."""

from __future__ import annotations

from typing import Any

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.sagemaker.jobs import Jobs
from local_aws.sagemaker.kinds import MODEL, TRANSFORM_JOB
from local_aws.sagemaker.transform_requests import transform_details
from local_aws.sagemaker.transform_run import TransformRun


def transform_jobs(context: Context) -> Jobs:
    """The operations of transform jobs."""

    def details(scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        context.store.get(MODEL, scope, request["ModelName"])
        return transform_details(request)

    return Jobs(context, TRANSFORM_JOB, TransformRun, details)
