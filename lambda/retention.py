"""Finds and deletes what nothing refers to any more: models, artifacts, checkpoints, jobs' logs, images, packages.

The rules and their days are `retention` of the config. A kind of which some reference could not be read is left alone,
and a row says why. Note: the model bucket keeps versions, so a deleted object is there, and costs, until its noncurrent
version expires.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from botocore.exceptions import ClientError
from decision_log import decided
from housekeeping_rows import REMOVE, REPORT, Outcome, Row
from platform_access import ENVIRONMENT, HERE
from retention_files import ARTIFACT, CHECKPOINT, old_artifacts, old_checkpoints, remove_objects
from retention_images import ENDANGERED, IMAGE, endangered_images, old_images, remove_image
from retention_logs import JOB_LOG, old_job_logs, remove_job_log
from retention_models import CONFIG, MODEL, PACKAGE, old_configs, old_models, old_packages, remove_from_sagemaker
from retention_references import References
from retention_rows import Rules
from retention_second_look import SecondLook

from launchpad.requests import RequestError

MOST_ROWS = 10_000
"""Rows of an answer: Lambda returns 6 MB at most."""
MOST_REMOVED = 3_000
"""What the weekly function deletes at once, the rest a week later: each takes some calls, and it has 15 minutes."""
LONGEST_SECONDS = 60
"""How long one call deletes, so that its caller can show progress."""
SETTINGS: Mapping[str, Any] = json.loads((HERE / "retention.json").read_text())["settings"]
_second_look: deque[SecondLook] = deque(maxlen=1)
"""Since the last `find`."""
Finder = Callable[[References, Rules], Iterator[Row]]
FINDERS: Mapping[str, tuple[Finder, tuple[str, ...]]] = {
    CONFIG: (old_configs, ("models_days",)),
    MODEL: (old_models, ("models_days",)),
    PACKAGE: (old_packages, ("model_packages_days",)),
    IMAGE: (old_images, ("images_days",)),
    ENDANGERED: (endangered_images, ()),
    ARTIFACT: (old_artifacts, ("artifacts_days",)),
    CHECKPOINT: (old_checkpoints, ("checkpoints_days", "resumable_days")),
    JOB_LOG: (old_job_logs, ("job_logs_days",)),
}
"""What finds each kind, and its rules; in this order, because what only an old thing refers to is old too."""
REMOVERS: Mapping[str, Callable[[Row], None]] = {
    CONFIG: remove_from_sagemaker,
    MODEL: remove_from_sagemaker,
    PACKAGE: remove_from_sagemaker,
    IMAGE: remove_image,
    ARTIFACT: remove_objects,
    CHECKPOINT: remove_objects,
    JOB_LOG: remove_job_log,
}


def find(now: datetime) -> list[Row]:
    """Return everything that is old at `now`, with the action `remove` if the config says `delete: true`.

    One row without a time stands for a kind of which nothing is deleted, because some reference can't be read.
    """
    _second_look.append(SecondLook(datetime.now(UTC)))
    references, rules = References(SETTINGS["rollback_models"]), Rules(SETTINGS, now)
    rows: list[Row] = []
    for kind, (finder, keys) in FINDERS.items():
        if keys and not any(SETTINGS[key] for key in keys):
            continue
        try:
            old = list(finder(references, rules))
        except Exception as error:  # for whatever reason: what isn't known to be unused stays
            old = [_unreadable(kind, error)]
        references.going |= {row.arn for row in old}
        rows += old
    return rows


def find_some(now: datetime) -> list[Row]:
    """Return what `find` does, but let only so much be deleted as fits into the weekly function's time."""
    rows = find(now)
    removable = [row for row in rows if row.action == REMOVE]
    later = set(removable[MOST_REMOVED:])
    return [replace(row, action=REPORT, reason=f"{row.reason}; next week") if row in later else row for row in rows]


def remove(row: Row) -> None:
    """Delete what a row of `find` names; deleting what is gone changes nothing.

    Raises:
        RequestError: it is in use by now, or AWS keeps it; AWS's own errors pass through.
    """
    second_look = _second_look[-1]
    try:
        if row.kind in (CONFIG, MODEL, ARTIFACT) and row.name in second_look:
            raise RequestError("it is in use by now")
        REMOVERS[row.kind](row)
    except Exception:
        second_look.keep(row)
        raise


def answer(now: datetime, *, dry_run: bool) -> dict[str, Any]:
    """Answer `launchpad retention`: the rows, or without `dry_run` what was deleted and how much is left.

    Raises:
        RequestError: the config of the environment doesn't let it delete.
    """
    rows = find(now)
    if dry_run:
        return {"now": now.isoformat(), **_report(rows)}
    if not SETTINGS["delete"]:
        raise RequestError(
            f"environment {ENVIRONMENT.name!r} only reports what is old: write `retention: {{delete: true}}` into its"
            " config, then deploy"
        )
    return _apply([row for row in rows if row.action == REMOVE])


def _unreadable(kind: str, error: Exception) -> Row:
    name = "" if isinstance(error, ClientError) else f"{type(error).__name__}: "
    decided("failed", f"to find each {kind} that is old: {name}{error}", kind=kind)
    reason = f"none is deleted, because what refers to them can't be read: {name}{error}"
    return Row(kind, "all", "", None, None, f"the size of the kind {kind}", reason=reason)


def _apply(rows: list[Row]) -> dict[str, Any]:
    """Delete for a minute; the caller calls again until nothing is left but what AWS refused."""
    deadline = monotonic() + LONGEST_SECONDS
    removed: Counter[str] = Counter()
    failures: list[str] = []
    for row in rows:
        if monotonic() > deadline:
            break
        try:
            remove(row)
        except Exception as error:  # one that AWS keeps must not keep the others
            failures.append(f"{row.kind} {row.name}: {error}")
        else:
            removed[row.kind] += 1
            decided("deleted", f"{row.kind} {row.name}: {row.reason}", kind=row.kind, name=row.name)
    return {"removed": dict(removed), "failures": failures, "left": len(rows) - len(failures) - removed.total()}


def _report(rows: list[Row]) -> dict[str, Any]:
    """A summary of each kind, and the largest rows."""
    largest = sorted(rows, key=lambda row: -(row.bytes or 0))[:MOST_ROWS]
    return {
        "kinds": [_summary(kind, rows, keys) for kind, (_, keys) in FINDERS.items()],
        "rows": [Outcome(row).to_json() for row in largest],
        "rows_left_out": len(rows) - len(largest),
        "deletes": SETTINGS["delete"],
    }


def _summary(kind: str, every_row: list[Row], keys: tuple[str, ...]) -> dict[str, Any]:
    """What there is of one kind; sizes and costs that are not known are None, never a part of them."""
    rows = [row for row in every_row if row.kind == kind and row.since]
    moments = [row.since for row in rows if row.since]
    sizes = [row.bytes for row in rows if row.bytes is not None]
    prices = [row.monthly_usd for row in rows if row.monthly_usd is not None]
    return {
        "kind": kind,
        "count": len(rows),
        "bytes": sum(sizes) if sizes and len(sizes) == len(rows) else None,
        "monthly_usd": sum(prices) if len(prices) == len(rows) else None,
        "price_unknown": sorted({row.price_unknown for row in rows if row.price_unknown}),
        "oldest": min(moments).isoformat() if moments else None,
        "rule": {key: SETTINGS[key] for key in keys},
        "unreadable": next((row.reason for row in every_row if row.kind == kind and not row.since), None),
    }
