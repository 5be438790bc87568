"""Reads the workload from a name, because a List operation returns no tags and a look-up of them is a call for each.

Note: `local-a-b-x` may be job `x` of `a-b`, or job `b-x` of `a`. Only a name that ends with a token that this platform
generates is certain. For any other one the tags decide.
"""

from __future__ import annotations

import os
import re

from launchpad.requests.names import LONGEST_TUNING, digest, job_name

_END = r"(?:\d{8}-\d{6}-[0-9a-f]{4}|[0-9a-f]{12})(?:-\d{3}-[0-9a-f]{8})?"
"""A token of the command line, or a digest of another; a training job of a tuning has its number and a suffix."""
_CERTAIN = re.compile(rf"(?P<workload>.+?)-{_END}")
_SHORTENED = re.compile(r".*-[0-9a-f]{6}")
_ANY_TOKEN = "t" * 24


def prefix_of(environment: str, workload: str | None = None) -> str:
    """What the names of all jobs of a workload begin with, the shortened ones of tunings included; of all, without."""
    if workload is None:
        return f"{environment}-"
    names = (job_name(environment, workload, _ANY_TOKEN), job_name(environment, workload, _ANY_TOKEN, LONGEST_TUNING))
    return os.path.commonprefix([f"{environment}-{workload}-", *names])  # noqa: RUF071 -- they are no paths


def workload_in(environment: str, name: str) -> str | None:
    """The workload that a job's name says for certain; None if only its tags tell."""
    match = _CERTAIN.fullmatch(name.removeprefix(f"{environment}-"))
    if match is None or _SHORTENED.fullmatch(match["workload"]):
        return None
    return match["workload"]


def is_shortened(environment: str, name: str, workload: str) -> bool:
    """Whether a name is that of a job of this workload, whose name was too long for it."""
    return name.startswith(prefix_of(environment, workload)) and f"-{digest(workload)[:6]}-" in name
