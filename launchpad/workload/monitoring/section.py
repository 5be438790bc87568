"""The whole `monitoring` section."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import Settings, refuse
from launchpad.workload.monitoring.capture import Capture
from launchpad.workload.monitoring.columns import ColumnName, Columns
from launchpad.workload.monitoring.drift import Drift
from launchpad.workload.monitoring.quality import Quality, Task
from launchpad.workload.monitoring.rules import mistakes
from launchpad.workload.schedule import Schedule
from launchpad.workload.types import ChannelName, Minutes, VolumeGb

RequestType = Literal["text/csv", "application/json", "application/jsonlines"]


class MonitoringInstance(Settings):
    """The machine of a monitoring job, and of the transform job that makes the baseline's predictions."""

    type: Annotated[str, InstanceType("ProcessingInstanceType"), InstanceType("TransformInstanceType")] = "ml.m5.large"
    volume_gb: VolumeGb = 30


class Monitoring(Settings):
    """Compare what an endpoint or a transform job is asked with the data that its model was trained with."""

    capture: Capture = Field(default_factory=Capture)
    """What is captured of a real-time endpoint. Asynchronous endpoints and transform jobs are monitored from their
    files in S3."""
    schedule: Schedule = "rate(1 day)"
    """When the monitoring job runs, at most once an hour, because each run costs an instance's start."""
    channel: ChannelName | None = None
    """The training channel with the training split. Without it the only channel, else `train`, else `training`."""
    header: bool = True
    """Whether the channel's CSV files begin with a header; without one, `columns` is required."""
    columns: Columns | None = None
    """Types by name in the files' order, the target included: numeric, categorical or boolean. Without it names come
    from the header, and types from the values."""
    target: ColumnName | None = None
    """The label's column, which requests don't have."""
    task: Task | None = None
    """What the model predicts; `quality` needs it."""
    content_type: RequestType = "text/csv"
    """How the baseline's records are sent to the model, to learn its predictions on them."""
    minimum_records: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """The fewest records to compare: with fewer, a run is skipped instead of finding no drift."""
    drift: Drift = Field(default_factory=Drift)
    quality: Quality | None = None
    segments: tuple[ColumnName, ...] = Field(default=(), max_length=20)
    """Columns whose values are compared with each other: does the model treat the groups alike?"""
    on_alarm: Literal["notify", "retrain"] = "notify"
    """A message to the environment's alert topic; or also a run of the workload's pipeline."""
    instance: MonitoringInstance = Field(default_factory=MonitoringInstance)
    max_runtime_minutes: Annotated[Minutes, Field(le=9 * 24 * 60)] = 60

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse(mistakes(self))
        return self
