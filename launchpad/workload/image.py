"""The container of a job or endpoint."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from launchpad.config_files.yaml_source import Settings
from launchpad.workload.types import ImageUri

KINDS = ("framework", "container", "algorithm", "uri")


class Image(Settings):
    """The container: exactly one of `framework`, `container`, `algorithm` and `uri`."""

    framework: str | None = None
    """An AWS framework image from the image lock: sklearn, pytorch, tensorflow, xgboost, huggingface."""
    container: str | None = None
    """A folder under `containers/`, built and kept in this environment's own registry."""
    algorithm: str | None = None
    """A SageMaker built-in algorithm from the image lock."""
    uri: ImageUri | None = None
    """Any other image in Amazon ECR, by its full URI."""
    version: str | None = None
    """Of the framework or algorithm; without it the newest in the lock."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [key for key in KINDS if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(f"write exactly one of {', '.join(KINDS)}; found {given or 'none'}")
        if self.version and given[0] in ("container", "uri"):
            raise ValueError(f"`version` belongs to a framework or an algorithm, not to a {given[0]}")
        return self
