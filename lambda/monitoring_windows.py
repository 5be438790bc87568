"""The window of time that a monitoring job looks at, and the names of jobs, which carry their time.

A window begins where the last comparison ended, or where the first one that was skipped since began, so that requests
of a quiet endpoint add up until there are enough. That of captured requests begins `DELIVERY` earlier, for those that
were still on their way to S3 when the last one ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from platform_access import ENVIRONMENT, objects, s3

from launchpad.requests import Definition
from launchpad.requests.monitoring import monitoring_section
from launchpad.requests.names import job_name
from launchpad.requests.schedules import pauses

LONGEST = timedelta(days=7)
"""The longest window, unless the schedule's pauses are longer, or a person asks for more hours."""
DELIVERY = timedelta(minutes=5)
"""How long a captured request may take to reach S3: the next window begins so much earlier. AWS names "a couple of
minutes" ("Capture data from real-time endpoint", developer guide)."""
MARK = "monitor"
"""What is in the name of each monitoring job."""
MOMENT = "%Y%m%d-%H%M%S"
LENGTH = len("20261129-120000")
"""The length of a moment in a name. Note: names of jobs with a letter begin as those of the endpoint's do, and are
longer."""
CAPTURED = "captured"
"""The source that arrives late: files of the other sources count from when S3 got them."""
SKIPPED, DRIFT = "skipped", "drift"
"""The status of a report without a comparison, and of one with too many drifted columns."""
SCHEDULE = "schedule"
"""What asks for a job by itself, at the times of the config."""


@dataclass(frozen=True)
class Window:
    """The time from `start` on and before `end`, in UTC."""

    start: datetime
    end: datetime

    def as_json(self) -> dict[str, str]:
        """Return it as settings and results have it."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def monitor_job_name(definition: Definition, moment: datetime, letter: str = "") -> str:
    """Return the name of the job that a schedule's moment starts: the same moment gives the same name.

    `letter` tells the subjects of a workload apart (`monitoring_subjects.py`): a longer name would be a digest.
    """
    return job_name(ENVIRONMENT.name, definition["name"], f"{MARK}-{letter}{moment:{MOMENT}}")


def report_names(workload: str, prefix: str) -> list[str]:
    """Return the names of the jobs with a result, the newest first; `prefix` is a job's name without its moment."""
    return sorted((item["Key"].split("/")[2] for item in _results(workload, prefix)), reverse=True)


def report_times(workload: str, prefix: str) -> list[datetime]:
    """Return when each result was written."""
    return [item["LastModified"] for item in _results(workload, prefix)]


def started_names(workload: str, prefix: str) -> list[str]:
    """Return the names of all jobs that were asked for, the newest first."""
    keys = (item["Key"] for item in objects(ENVIRONMENT.model_bucket, Prefix=f"{workload}/records/{prefix}"))
    names = (key.rpartition("/")[2].removesuffix(".json") for key in keys)
    return sorted((name for name in names if len(name) == len(prefix) + LENGTH), reverse=True)


def job_prefix(definition: Definition, letter: str = "") -> str:
    """Return what the names of a workload's monitoring jobs begin with, up to their moment."""
    return prefix_of(monitor_job_name(definition, datetime.now(UTC), letter))


def prefix_of(job: str) -> str:
    """Return a monitoring job's name without its moment, which all jobs of the same kind share."""
    return job[:-LENGTH]


def window_of(definition: Definition, job: str, end: datetime, *, since: datetime, hours: int | None) -> Window:
    """Return the window of a job: since the last comparison, else one pause of the schedule, never before `since`."""
    if hours:
        start = end - timedelta(hours=hours)
    else:
        _, longest = pauses(monitoring_section(definition)["schedule"])
        pause = timedelta(minutes=longest)
        earliest = end - max(LONGEST, pause)
        start = max(_open_since(definition["name"], prefix_of(job), earliest) or end - pause, earliest)
    return Window(max(start, since), end)


def _open_since(workload: str, prefix: str, earliest: datetime) -> datetime | None:
    """The end of the last comparison, or the start of the first skipped window after it; None without a report.

    Windows of hours that a person asked for don't count. Reports from before `earliest` are not read: there may be
    thousands.
    """
    start = None
    for name in report_names(workload, prefix):
        result = read_json(f"{workload}/monitoring/{name}/result.json")
        first, last = (datetime.fromisoformat(result["window"][key]) for key in ("start", "end"))
        if last < earliest:
            return last
        facts = facts_of(workload, name)
        if facts.get("hours"):
            continue
        if result["status"] != SKIPPED:
            return max(first, last - DELIVERY) if facts.get("source") == CAPTURED else last
        start = first
    return start


def facts_of(workload: str, job: str) -> dict[str, Any]:
    """Return what the record of a job says of its monitoring; empty for other jobs."""
    try:
        record = read_json(f"{workload}/records/{job}.json")
    except s3().exceptions.NoSuchKey:
        return {}
    facts: dict[str, Any] = record.get("monitoring") or {}
    return facts


def read_json(key: str) -> dict[str, Any]:
    """Return an object of the model bucket."""
    body = s3().get_object(Bucket=ENVIRONMENT.model_bucket, Key=key)["Body"].read()
    content: dict[str, Any] = json.loads(body)
    return content


def _results(workload: str, prefix: str) -> Iterator[dict[str, Any]]:
    for item in objects(ENVIRONMENT.model_bucket, Prefix=f"{workload}/monitoring/{prefix}"):
        _, _, name, *file = item["Key"].split("/")
        if file == ["result.json"] and len(name) == len(prefix) + LENGTH:
            yield item
