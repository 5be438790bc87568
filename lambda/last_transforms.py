"""The newest transform job of a workload: its model is monitored, and no other description names it."""

from __future__ import annotations

from itertools import islice
from typing import Any

from models import sagemaker
from platform_access import ENVIRONMENT

from launchpad.requests import Definition

MOST_JOBS = 50
"""How many of the newest transform jobs are looked at: those of other workloads may have similar names."""


def last_transform(definition: Definition) -> dict[str, Any] | None:
    """Describe the newest completed transform job of a workload that made no baseline; None without one."""
    output = f"s3://{ENVIRONMENT.data_bucket}/{definition['name']}/transform/"
    pages = sagemaker.get_paginator("list_transform_jobs").paginate(
        NameContains=f"{ENVIRONMENT.name}-{definition['name'][:20]}",
        StatusEquals="Completed",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    summaries = (summary for page in pages for summary in page["TransformJobSummaries"])
    for summary in islice(summaries, MOST_JOBS):
        job: dict[str, Any] = sagemaker.describe_transform_job(TransformJobName=summary["TransformJobName"])
        if job["TransformOutput"]["S3OutputPath"].startswith(output):
            return job
    return None
