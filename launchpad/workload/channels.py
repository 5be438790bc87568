"""Inputs of a training job."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from launchpad.config_files.yaml_source import Settings
from launchpad.workload.types import ContentType, Prefix, S3Uri


class Channel(Settings):
    """One input of a training job, a folder under `/opt/ml/input/data/` in the container."""

    prefix: Prefix | None = None
    """A folder in the environment's data bucket, without slashes at its ends."""
    uri: S3Uri | None = None
    """A folder or object in any other bucket that the training role may read."""
    mode: Literal["File", "FastFile", "Pipe"] = "File"
    """Copied before the start; read when opened; or a named pipe per epoch."""
    content_type: ContentType | None = None
    compression: Literal["Gzip"] | None = None
    """Unpacked on the way, in Pipe mode."""
    record_wrapper: Literal["RecordIO"] | None = None
    sharded: bool = False
    """Each instance gets a part of the objects instead of all of them."""
    shuffle_seed: int | None = None
    """Another order of the objects for each epoch."""
    attributes: tuple[Annotated[str, StringConstraints(min_length=1, max_length=256)], ...] = Field(
        default=(), max_length=16
    )
    """The source is an augmented manifest (JSON lines); these of its attributes are fed."""
    instance_groups: tuple[str, ...] = Field(default=(), max_length=5)
    """Only to these groups of a heterogeneous cluster."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.prefix is None) == (self.uri is None):
            raise ValueError("write exactly one of prefix (a folder in the data bucket) and uri (s3://...)")
        return self

    @model_validator(mode="after")
    def _pipes_only(self) -> Self:
        if self.compression and self.mode != "Pipe":
            raise ValueError("compression: SageMaker unpacks in Pipe mode only; write `mode: Pipe` or remove the line")
        if self.attributes and self.mode == "FastFile":
            raise ValueError("attributes: an augmented manifest is fed in Pipe or File mode, not in FastFile")
        return self
