"""Checks what one launch overrides by the same models as workload.yaml, so that a run has the file's limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchpad.messages.errors import LaunchpadError

if TYPE_CHECKING:
    from launchpad.workload import Workload


def check_overrides(workload: Workload, kind: str, overrides: Mapping[str, Any]) -> None:
    """Refuse what a launch of `kind` can't override; `overrides` are values by dotted key.

    Raises:
        LaunchpadError: a key that this kind of job doesn't have, or a value that workload.yaml could not have either.
    """
    from launchpad.requests import RequestError
    from launchpad.requests.overrides import apply_overrides
    from launchpad.requests.tuning import refuse_tuned

    section = "training" if kind == "tuning" else kind
    definition = workload.model_dump()
    if not overrides or definition[section] is None:
        return
    try:
        if kind == "tuning":
            refuse_tuned(definition["tuning"], overrides)
        changed = apply_overrides(definition[section], overrides, section)
    except RequestError as error:
        raise LaunchpadError(str(error)) from None
    # The other sections as they are written: some rules tell a default from a key that has no effect.
    _check({**workload.model_dump(exclude_unset=True), section: changed}, section)


def _check(definition: Mapping[str, Any], section: str) -> None:
    from pydantic import ValidationError

    from launchpad.config_files.wording import message
    from launchpad.config_files.yaml_source import FieldError
    from launchpad.workload import Workload

    try:
        Workload.model_validate(definition, strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        cause = detail.get("ctx", {}).get("error")
        below = cause.key if isinstance(cause, FieldError) else ()
        location = tuple(part for part in (*detail["loc"], *below) if part != "[key]")
        key = ".".join(str(part) for part in location[location[:1] == (section,) :])
        words = message(Workload, location, detail, None)
        raise LaunchpadError(f"{f'{key}: ' if key else ''}{words}") from None
