"""A batch transform job: predictions for a whole folder, with no endpoint left running."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import Settings, pattern
from launchpad.workload.types import InstanceCount, MediaType, Prefix, S3Uri, VariableName

_NAME, _NUMBER = "'[^']*'", r"-?[0-9]+"
_STEP = (
    rf"\.?\[({_NAME}( *, *{_NAME})*|{_NUMBER}( *, *{_NUMBER})*|-?[0-9]*:-?[0-9]*|\*)\]"
    r"|\.\*"
    r"|\.[^.\[\]'\"*\s]+"
)
JsonPath = Annotated[
    str,
    pattern(
        rf"^\$({_STEP})*$", "write a JSONPath such as $, $.name, $['a','b'], $[0,5], $[1:] or $.list[*]", max_length=63
    ),
]
"""The part of JSONPath that "Associate Prediction Results with Input Records" (developer guide) documents."""


class TransformInstance(Settings):
    """The machines of a transform job."""

    type: Annotated[str, InstanceType("TransformInstanceType")]
    count: InstanceCount = 1


class TransformInput(Settings):
    """What is predicted: exactly one of `prefix` and `uri`."""

    prefix: Prefix | None = None
    """A folder in the environment's data bucket."""
    uri: S3Uri | None = None
    content_type: MediaType
    split: Literal["Line", "RecordIO", "TFRecord"] | None = None
    """Where a file may be cut into records. Without it a file is one request."""
    compression: Literal["Gzip"] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.prefix is None) == (self.uri is None):
            raise ValueError("write exactly one of prefix and uri")
        return self


class Filters(Settings):
    """What of a record is sent, and what of record and prediction is kept (JSONPath, `$` for all)."""

    input: JsonPath | None = None
    output: JsonPath | None = None
    join_input: bool = False
    """Put the record next to its prediction."""


class Transform(Settings):
    """One transform job with the workload's serving container."""

    instance: TransformInstance
    input: TransformInput
    accept: MediaType | None = None
    """The form of the predictions."""
    assemble: Literal["Line"] | None = None
    """How the predictions of one file are put together again."""
    filters: Filters | None = None
    strategy: Literal["MultiRecord", "SingleRecord"] | None = None
    """Whether a request has as many records as fit, or one."""
    max_concurrent: Annotated[int, Field(ge=0, le=1000)] | None = None
    max_payload_mb: Annotated[int, Field(ge=0, le=100)] | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    retries: Annotated[int, Field(ge=0, le=3)] | None = None
    environment: dict[Annotated[VariableName, Field(max_length=1024)], Annotated[str, Field(max_length=10_240)]] = (
        Field(default_factory=dict, max_length=16)
    )

    @model_validator(mode="after")
    def _joins_need_records(self) -> Self:
        if self.filters and self.filters.join_input and not (self.input.split and self.assemble):
            raise ValueError("filters.join_input needs `input.split: Line` and `assemble: Line`")
        payload, concurrent = self.max_payload_mb or 0, self.max_concurrent or 1
        if payload * concurrent > 100:
            raise ValueError(f"max_payload_mb times max_concurrent is {payload * concurrent}; SageMaker allows 100")
        return self
