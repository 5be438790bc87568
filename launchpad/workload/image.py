"""The container of a job or endpoint."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from launchpad.config_files.one_of import OneOf
from launchpad.config_files.yaml_source import Settings
from launchpad.messages.errors import suggest
from launchpad.workload.types import ImageUri

FRAMEWORKS = ("huggingface", "pytorch", "sklearn", "tensorflow", "xgboost")
"""Whose images run a script of the user's (script mode)."""
Framework = Annotated[
    str, OneOf(lambda: FRAMEWORKS, lambda name, known: f"no framework {name!r}; {suggest(name, known, 'frameworks')}")
]
KINDS = ("framework", "container", "algorithm", "uri")


class Image(Settings):
    """The container: exactly one of `framework`, `container`, `algorithm` and `uri`."""

    framework: Framework | None = None
    """One of AWS's framework images in the image lock."""
    container: str | None = None
    """A folder under `containers/`, built and kept in this environment's own registry."""
    algorithm: str | None = None
    """A SageMaker built-in algorithm from the image lock."""
    uri: ImageUri | None = None
    """Any other image in Amazon ECR, by its full URI."""
    version: str | None = None
    """The version of the framework or algorithm; without it the newest in the lock."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        keys = [key for key in KINDS if getattr(self, key)]
        if len(keys) != 1:
            raise ValueError(f"write exactly one of {', '.join(KINDS)}; found {keys or 'none'}")
        if self.version and keys[0] in ("container", "uri"):
            raise ValueError(f"`version` belongs to a framework or an algorithm, not to a {keys[0]}")
        return self
