"""The values of a workload that a launch may override: `{"hyperparameters.test-size": 0.2}`."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import RequestError

Scalar = str | bool | int | float

_JOB = ("environment", "instance", "max_runtime_minutes")
_REQUESTS = ("accept", "assemble", "max_concurrent", "max_payload_mb", "retries", "strategy", "timeout_seconds")
"""How a transform job asks its model."""
OVERRIDABLE = {
    "training": ("hyperparameters", *_JOB),
    "prepare": _JOB,
    "evaluate": _JOB,
    "transform": ("environment", "instance", *_REQUESTS),
    "spark": ("configuration", "max_runtime_minutes"),
}
"""Keys of each section of a job. Images, roles, data and isolation can only change in a pull request."""
_COUNTS = ("instance.", "max_runtime_minutes")
"""Keys whose numbers are at least 1; the command line also checks the other limits of workload.yaml."""


def apply_overrides(section: Mapping[str, Any], overrides: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A copy of `section`, which is called `name`, with the values of the dotted keys replaced.

    Raises:
        RequestError: a key that the workload doesn't have or that a launch may not change, or a value of another type.
    """
    changed = copy.deepcopy(dict(section))
    overridable = _paths({key: section[key] for key in OVERRIDABLE[name] if key in section})
    for path, value in overrides.items():
        if path not in overridable:
            raise RequestError(f"{path}: can't be set for a run; {_remedy(path, overridable)}")
        *parents, last = overridable[path]
        target = changed
        for part in parents:
            target = target[part]
        target[last] = _same_type(path, target[last], value)
    return changed


def _paths(tree: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Every leaf below `tree` by its dotted path. A hyperparameter's name may itself contain dots."""
    leaves: dict[str, tuple[str, ...]] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            leaves |= {f"{key}.{path}": (key, *parts) for path, parts in _paths(value).items()}
        elif value is None or isinstance(value, Scalar):
            leaves[key] = (key,)
    return leaves


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
