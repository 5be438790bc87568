"""Which jobs belong to a tuning job or to a pipeline run: their names are derived from its name or token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from launchpad.platform_client.work.piece import Work
from launchpad.requests.names import LONGEST_TUNING, attempt_token, job_name

_OF_TUNING = re.compile(r"(?P<tuning>.+)-\d{3}-[0-9a-f]{8}")
ATTEMPTS = 4
"""The attempts of a pipeline run whose jobs' names are derived; each has another token."""


def without_children(environment: str, pieces: Iterable[Work]) -> list[Work]:
    """The pieces without the jobs that another one of them has started."""
    listed = list(pieces)
    tunings = {work.name for work in listed if work.kind == "tuning"}
    started = {
        name
        for work in listed
        if work.kind == "pipeline"
        for name in job_names(environment, work.workload, _token(work))
    }
    return [
        work
        for work in listed
        if work.kind == "pipeline" or (work.name not in started and tuning_of(work) not in tunings)
    ]


def tuning_of(work: Work) -> str | None:
    """The name of the tuning job that would have started this training job; None for any other work."""
    match = _OF_TUNING.fullmatch(work.name) if work.kind == "training" else None
    return match["tuning"] if match else None


def job_names(environment: str, workload: str, token: str) -> set[str]:
    """The names that the jobs of a pipeline's run with this token can have."""
    tokens = [attempt_token(token, attempt) for attempt in range(ATTEMPTS)]
    suffixed = [f"{each}{suffix}" for each in tokens for suffix in ("", "-prepare", "-evaluate")]
    names = {job_name(environment, workload, each) for each in suffixed}
    return names | {job_name(environment, workload, each, LONGEST_TUNING) for each in tokens}


def _token(run: Work) -> str:
    """The token in a run's input, else in its name; a run without any takes its name (`Begin` of the pipeline)."""
    try:
        token = json.loads(run.description.get("input") or "{}").get("token")
    except (ValueError, AttributeError):
        token = None
    prefix = f"{run.workload}-"
    return str(token or (run.name.removeprefix(prefix) if run.name.startswith(prefix) else run.name))
