"""Names that AWS accepts (63 characters, letters, digits and inner hyphens), whatever the workload is called.

Each begins with the environment, so that one environment's roles can be kept from another's jobs by name.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

LONGEST = 63
"""Of a training job, model, endpoint configuration or endpoint (`TrainingJobName` and its like in the API's model)."""
LONGEST_TUNING = 32
"""Of a tuning job (`HyperParameterTuningJobName`)."""


def job_name(environment: str, workload: str, token: str, longest: int = LONGEST) -> str:
    """The job that `token` asks for: one token, one name, so that a repeated request finds the job it began.

    A tuning job's name has at most 32 characters (`HyperParameterTuningJobName`); say so with `longest`.
    """
    readable = re.fullmatch(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,23}", token) and longest == LONGEST
    return _join(environment, workload, token.lower() if readable else digest(token), longest=longest)


def endpoint_name(environment: str, workload: str) -> str:
    """The workload's endpoint: stable, for clients keep it."""
    return _join(environment, workload)


def content_name(environment: str, workload: str, content: Any) -> str:
    """The name of a resource that can't be changed, made from what is in it: other content, other name."""
    return _join(environment, workload, digest(json.dumps(content, sort_keys=True)))


def digest(text: str) -> str:
    """Twelve hexadecimal digits that stand for `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _join(environment: str, workload: str, *suffix: str, longest: int = LONGEST) -> str:
    """Names that would be too long keep the workload's beginning, and a digest of the whole of it for the rest."""
    whole = "-".join([environment, workload, *suffix])
    if len(whole) <= longest:
        return whole
    short = digest(workload)[:6]
    room = longest - len("-".join([environment, "", short, *suffix]))
    parts = [environment, workload[: max(room, 0)].rstrip("-"), short, *suffix]
    return "-".join(part for part in parts if part)
