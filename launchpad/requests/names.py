"""Names that AWS accepts (63 characters, letters, digits and inner hyphens), whatever the workload is called.

Each begins with the environment, so that policies can keep one environment's roles from another's jobs by name.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

LONGEST = 63
"""The limit for training jobs, models, endpoint configurations and endpoints (`TrainingJobName` etc. in the API)."""
LONGEST_TUNING = 32
"""The limit for tuning jobs (`HyperParameterTuningJobName`)."""


def job_name(environment: str, workload: str, token: str, longest: int = LONGEST) -> str:
    """The name of the job for `token`: the same token gives the same name, so that a retry finds the existing job.

    A tuning job's name has at most 32 characters (`HyperParameterTuningJobName`): pass that as `longest`.
    """
    readable = re.fullmatch(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,23}", token) and longest == LONGEST
    return _join(environment, workload, token.lower() if readable else digest(token), longest=longest)


def attempt_token(token: str, attempt: int) -> str:
    """The token of one attempt of a pipeline's run, because the jobs of a failed attempt keep their names."""
    return f"{token}-r{attempt}" if attempt else token


def endpoint_name(environment: str, workload: str) -> str:
    """The name of the workload's endpoint. It never changes, because clients store it."""
    return _join(environment, workload)


def promotion_role_name(environment: str) -> str:
    """The name of the role in the environment's account that reads what is promoted to it, and writes the copy.

    It is fixed, because policies in the account before name it, and a deploy assumes it.
    """
    return f"launchpad-{environment}-promotion"


def pin_check_role_name(environment: str) -> str:
    """The name of the role in the environment's account that only reads what is promoted to it, to check a pin.

    It is fixed for the same reasons.
    """
    return f"launchpad-{environment}-pin-checks"


def promotion_readers(environment: str) -> tuple[str, str]:
    """The names of the roles that read models and versions of the environment before: to copy, and to check."""
    return promotion_role_name(environment), pin_check_role_name(environment)


def content_name(environment: str, workload: str, content: Any) -> str:
    """The name of an immutable resource, derived from its content: different content gives a different name."""
    return _join(environment, workload, digest(json.dumps(content, sort_keys=True)))


def digest(text: str) -> str:
    """Twelve hexadecimal digits of a hash of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _join(environment: str, workload: str, *suffix: str, longest: int = LONGEST) -> str:
    """Join the parts; in a name that would be too long, the end of the workload's name is replaced by a digest."""
    name = "-".join([environment, workload, *suffix])
    if len(name) <= longest:
        return name
    short = digest(workload)[:6]
    room = longest - len("-".join([environment, "", short, *suffix]))
    parts = [environment, workload[: max(room, 0)].rstrip("-"), short, *suffix]
    return "-".join(part for part in parts if part)
