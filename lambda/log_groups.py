"""SageMaker's log groups with the environment's key and retention: SageMaker creates a missing one without either.

An endpoint's group has the endpoint's name, so it is the environment's alone. The groups of jobs, notebook instances
and Studio are shared by all that runs in the account and region: only an environment with `owns_job_logs` sets them.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import boto3
from decision_log import decided
from platform_access import ENVIRONMENT

ENDPOINTS = "/aws/sagemaker/Endpoints/"
SHARED = tuple(
    f"/aws/sagemaker/{name}"
    for name in ("NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs", "studio")
)
RETENTION_DAYS = int(os.environ.get("LOG_RETENTION_DAYS", "0"))
"""`log_retention_days` of the config."""
SHARED_KEY = os.environ.get("SHARED_LOGS_KEY")
"""The key of the shared groups; empty where they keep CloudWatch's own, None where they are not this environment's."""


def protect_endpoint_logs(endpoint_name: str) -> None:
    """Create the group of an endpoint, or give the one that exists the environment's key and retention."""
    _protect(f"{ENDPOINTS}{endpoint_name}", ENVIRONMENT.kms_key_arn)


@functools.cache
def protect_shared_logs() -> None:
    """Do the same for the shared groups, if they are this environment's; once per process, because it is ten calls."""
    if SHARED_KEY is not None:
        for group in SHARED:
            _protect(group, SHARED_KEY)


@functools.cache
def logs() -> Any:
    """Return the client of CloudWatch Logs, created on first use because most calls of a function need none."""
    return boto3.client("logs")


def _protect(group: str, key_arn: str) -> None:
    with_key = {"kmsKeyId": key_arn} if key_arn else {}
    try:
        logs().create_log_group(logGroupName=group, **with_key)
    except (logs().exceptions.ResourceAlreadyExistsException, logs().exceptions.OperationAbortedException):
        # Aborted: SageMaker or another function creates it at this moment
        if with_key:
            _unless_at_work(logs().associate_kms_key, logGroupName=group, **with_key)
    _unless_at_work(logs().put_retention_policy, logGroupName=group, retentionInDays=RETENTION_DAYS)
    decided("protected", f"log group {group}: {RETENTION_DAYS} days", group=group, key=key_arn or "CloudWatch's own")


def _unless_at_work(operation: Any, **request: Any) -> None:
    """Call the operation; another function that sets the same at this moment is as good (OperationAbortedException)."""
    try:
        operation(**request)
    except logs().exceptions.OperationAbortedException:
        decided("left", f"log group {request['logGroupName']} to another function, which changes it now")
