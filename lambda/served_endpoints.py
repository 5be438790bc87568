"""The endpoints that the deploy function served, by the newest record of each workload's history."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import dropwhile
from typing import Any

from platform_access import ENVIRONMENT, objects, s3

Records = Mapping[str, tuple[str, dict[str, Any]]]
"""The newest record's name and its content, by workload."""


def served_endpoints() -> Mapping[str, Records]:
    """Return the newest records of all workloads by the endpoint that they are about.

    An endpoint may serve several workloads. What was deployed without a record is not in it, such as a pinned endpoint.
    """
    endpoints: dict[str, dict[str, tuple[str, dict[str, Any]]]] = defaultdict(dict)
    for workload in workload_folders():
        if newest := newest_record(workload):
            endpoints[newest[1]["endpoint"]][workload] = newest
    return dict(sorted(endpoints.items()))


def newest_record(workload: str) -> tuple[str, dict[str, Any]] | None:
    """Return the name and content of the newest change that was not refused; None without one."""
    for key in _newest_first(workload):
        record = _read(key)
        if record["outcome"] != "refused":
            return key.rpartition("/")[2], record
    return None


def record_of_config(workload: str, endpoint_config: str) -> dict[str, Any] | None:
    """Return the workload's newest record of a change to an endpoint configuration; None without one."""
    return next((_read(key) for key in _newest_first(workload) if key.endswith(f"-{endpoint_config}.json")), None)


def records_until(workload: str, endpoint_config: str) -> Iterator[dict[str, Any]]:
    """Read the workload's records, the newest change to an endpoint configuration first, then those before it."""
    keys = dropwhile(lambda key: not key.endswith(f"-{endpoint_config}.json"), _newest_first(workload))
    return map(_read, keys)


def records(workload: str) -> Iterator[dict[str, Any]]:
    """Read all of the workload's records, the newest first."""
    return map(_read, _newest_first(workload))


def workload_folders() -> Iterator[str]:
    """Yield the names of the model bucket's folders: each workload's, and a few others."""
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=ENVIRONMENT.model_bucket, Delimiter="/")
    for page in pages:
        for folder in page.get("CommonPrefixes", []):
            yield folder["Prefix"].rstrip("/")


def _newest_first(workload: str) -> list[str]:
    """The keys of a workload's records; each name begins with its time."""
    records = objects(ENVIRONMENT.model_bucket, Prefix=f"{workload}/history/")
    return sorted((item["Key"] for item in records), reverse=True)


def _read(key: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(s3().get_object(Bucket=ENVIRONMENT.model_bucket, Key=key)["Body"].read())
    return record
