"""The values of a workload that a launch may override: `{"hyperparameters.test-size": 0.2}`."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import RequestError

Scalar = str | bool | int | float

_JOB = ("environment", "instance", "max_runtime_minutes")
_REQUESTS = ("accept", "assemble", "max_concurrent", "max_payload_mb", "retries", "strategy", "timeout_seconds")
"""How a transform job asks its model."""
OVERRIDABLE = {
    "training": ("hyperparameters", "channels.*.prefix", "initial_model.training_job", *_JOB),
    "prepare": ("inputs.*.prefix", *_JOB),
    "evaluate": ("inputs.*.prefix", *_JOB),
    "transform": ("environment", "instance", "input.prefix", *_REQUESTS),
    "spark": ("configuration", "max_runtime_minutes"),
}
"""Keys of each section of a job, `*` for any. Images, roles and isolation can only change in a pull request."""
_PREFIX = re.compile(r"(?!\S+://)[^/\s](\S*[^/\s])?")
"""A folder of the data bucket, as workload.yaml has it."""
_JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""`TrainingJobName` of the API."""
_TEXTS = {
    "prefix": (_PREFIX, "a folder of the data bucket such as a/b, with no slash at its ends and no blank"),
    "training_job": (_JOB_NAME, "the name of a training job"),
}
_OPEN = ("hyperparameters.", "environment.", "configuration.")
"""Sections whose keys are the workload's own names."""
_NO_MODEL = {"model_data": None, "training_job": None, "model_package": None}
_COUNTS = ("instance.", "max_runtime_minutes")
"""Keys whose numbers are at least 1; the command line also checks the other limits of workload.yaml."""


def apply_overrides(section: Mapping[str, Any], overrides: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A copy of `section`, which is called `name`, with the values of the dotted keys replaced.

    Raises:
        RequestError: a key that the workload doesn't have or that a launch may not change, or a value of another type.
    """
    changed = copy.deepcopy(dict(section))
    if "initial_model.training_job" in overrides and "initial_model" in section:
        changed["initial_model"] = dict(_NO_MODEL)  # in place of the workload's, of which there is exactly one
    overridable = _overridable(section, name)
    for path, value in overrides.items():
        if path not in overridable:
            raise RequestError(f"{path}: can't be set for a run; {_remedy(path, overridable)}")
        *parents, last = overridable[path]
        target = changed
        for part in parents:
            target = target[part]
        target[last] = _checked(path, last, target[last], value)
    return changed


def _overridable(section: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    """The leaves that a launch may change. A channel with a `uri` has none: it would have two sources."""
    tree = {**section, "initial_model": _NO_MODEL} if "initial_model" in section else section
    patterns = [pattern.split(".") for pattern in OVERRIDABLE[name]]
    sources = {parts: value for parts, value in _leaves(tree).items() if any(_matches(parts, p) for p in patterns)}
    return {".".join(parts): parts for parts, value in sources.items() if parts[-1] != "prefix" or value is not None}


def _matches(parts: tuple[str, ...], pattern: list[str]) -> bool:
    return len(parts) >= len(pattern) and all(key in ("*", part) for part, key in zip(parts, pattern, strict=False))


def _leaves(tree: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Every value below `tree` by the keys that lead to it. A hyperparameter's name may itself contain dots."""
    leaves: dict[tuple[str, ...], Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            leaves |= {(key, *parts): leaf for parts, leaf in _leaves(value).items()}
        elif value is None or isinstance(value, Scalar):
            leaves[(key,)] = value
    return leaves


def _checked(path: str, key: str, old: Any, new: Any) -> Any:
    """The value, with the type of the old one; a folder or a job's name must also look like one."""
    if path.startswith(_OPEN) or key not in _TEXTS:
        return _same_type(path, old, new)
    form, words = _TEXTS[key]
    if not isinstance(new, str) or not form.fullmatch(new):
        raise RequestError(f"{path}: write {words}, not {new!r}")
    return new


def _same_type(path: str, old: Any, new: Any) -> Any:
    if isinstance(old, float) and isinstance(new, int) and not isinstance(new, bool):
        return float(new)
    if old is not None and type(old) is not type(new):
        raise RequestError(f"{path}: expected {type(old).__name__} like {old!r}, not {new!r}")
    if isinstance(new, int) and not isinstance(new, bool) and path.startswith(_COUNTS) and new < 1:
        raise RequestError(f"{path}: must be at least 1, not {new}")
    return new


def _remedy(path: str, overridable: Mapping[str, Any]) -> str:
    import difflib  # slow, and not needed at every cold start

    near = difflib.get_close_matches(path, overridable, n=1)
    return f"did you mean {near[0]!r}?" if near else f"a run can set: {', '.join(sorted(overridable)) or 'nothing'}"
