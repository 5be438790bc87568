"""Old logs of jobs: streams in SageMaker's log groups, which all of the account's jobs share.

The groups are SageMaker's, without a retention, so a stream is this environment's by its job's name.
CloudWatch Logs reports no size of a stream ("storedBytes ... always zero", API reference of LogStream).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
from housekeeping_rows import Row
from platform_access import ENVIRONMENT
from retention_references import Names, References
from retention_rows import Rules

JOB_LOG = "job log"
GROUPS = ("/aws/sagemaker/TrainingJobs", "/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TransformJobs")
REASON = "its job has ended, and nothing refers to it"
UNKNOWN_SIZE = "the size of log streams"


def old_job_logs(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the logs of jobs that ended long ago and whose models nothing refers to, one for each job."""
    limit = rules.limit("job_logs_days")
    logs = [(group, job, last) for group in GROUPS for job, last in _jobs(group).items() if last < limit]
    if not logs:
        return
    used, limit = Names(*references.everything), min(limit, references.oldest_execution)
    for group, job, last in logs:
        if job not in used and last < limit:
            row = rules.row(JOB_LOG, job, f"{group}:{job}/", last, "job_logs_days", REASON)
            yield Row(**{**vars(row), "monthly_usd": None, "price_unknown": UNKNOWN_SIZE})


def remove_job_log(row: Row) -> None:
    """Delete the streams of a job."""
    group, _, prefix = row.arn.partition(":")
    logs = boto3.client("logs")
    streams = [stream for stream, _ in _streams(group, prefix)]
    for stream in streams:
        logs.delete_log_stream(logGroupName=group, logStreamName=stream)


def _jobs(group: str) -> dict[str, datetime]:
    """When each of the environment's jobs last wrote to the group."""
    last: dict[str, datetime] = {}
    for stream, moment in _streams(group, f"{ENVIRONMENT.name}-"):
        job = stream.partition("/")[0]
        last[job] = max(moment, last.get(job, moment))
    return last


def _streams(group: str, prefix: str) -> Iterator[tuple[str, datetime]]:
    """The streams that begin with `prefix`, and when each was last written to; none of a group that no job made yet."""
    logs = boto3.client("logs")
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=prefix)
    try:
        for page in pages:
            for stream in page["logStreams"]:
                milliseconds = max(stream["creationTime"], stream.get("lastIngestionTime", 0))
                yield stream["logStreamName"], datetime.fromtimestamp(milliseconds / 1000, UTC)
    except logs.exceptions.ResourceNotFoundException:
        return
