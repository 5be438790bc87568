"""The record of a job: what it runs, on which data, and where the code came from.

One JSON object per job in the model bucket, `<workload>/records/<job>.json`, written before the job is created, and
four tags of the job that searches can use. A repeated event with the same token keeps the first record. A request that
SageMaker refuses leaves a record without a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from data_versions import combined, versions
from platform_access import write_json

from launchpad.requests import Definition, Request
from launchpad.requests.origin import origin_of

SECTIONS = {"tuning": "training"}
"""The section with the scripts of a kind of job, where the kind isn't called like it."""


def job_record(kind: str, name: str, definition: Definition, request: Request, event: Mapping[str, Any]) -> Request:
    """Describe the job `name` that `request` creates.

    Raises:
        RequestError: the event's `origin` is wrong.
    """
    overrides = dict(event.get("overrides") or {})
    initial = (definition.get(SECTIONS.get(kind, kind)) or {}).get("initial_model") or {}
    earlier = overrides.get("initial_model.training_job") or initial.get("training_job")
    return {
        "job": name,
        "kind": kind,
        "workload": definition["name"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "origin": origin_of(event),
        "code": {name: section["source"] for name, section in definition.items() if _has_scripts(section)},
        "working_copy": bool(event.get("working_copy")),
        "overrides": overrides,
        "definition": dict(definition),
        "data": versions(request),
        "from_job": event.get("training_job_name") or earlier,
        "resumed_from": event.get("resumed_from"),
    }


def write_record(record: Mapping[str, Any], *, replace: bool = False) -> bool:
    """Write a record, unless the job has one, and return whether it was written."""
    return write_json(f"{record['workload']}/records/{record['job']}.json", record, replace=replace)


def tagged(request: Request, record: Mapping[str, Any]) -> Request:
    """Return the request with the record's tags; a step of EMR has none."""
    own = _tags(record)
    if "Tags" in request:
        return {**request, "Tags": [*request["Tags"], *({"Key": key, "Value": own[key]} for key in sorted(own))]}
    return {**request, "tags": {**request["tags"], **own}} if "tags" in request else request


def _tags(record: Mapping[str, Any]) -> dict[str, str]:
    """The tags of what is known: an unversioned channel leaves out the data's, because it would promise too much."""
    origin = record["origin"]
    code = record["code"].get(SECTIONS.get(record["kind"], record["kind"]))
    tags = {
        "launchpad:commit": origin.get("commit"),
        "launchpad:dirty": str(origin["dirty"]).lower() if "dirty" in origin else None,
        "launchpad:code": code and code[:16],
        "launchpad:data": combined(record["data"]),
    }
    return {key: value for key, value in tags.items() if value}


def _has_scripts(section: Any) -> bool:
    return isinstance(section, Mapping) and bool(section.get("source"))
