"""A task of a state machine: what runs it, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.step_functions.attempt import Attempt

Integration = Callable[[str, Any, Attempt], Any]
"""Takes the resource, the arguments and the attempt; returns the result. Raises `TaskError`."""


class TaskError(Exception):
    """A task failed: the error's name and its cause, as Retry and Catch see them."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause
