"""What a monitoring job is to do: `settings.json`, which the platform writes from `workload.yaml`.

Everything is checked before any data is read, so that a misspelt key fails the job in its first seconds.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

ColumnType = Literal["numeric", "categorical", "boolean"]
Task = Literal["regression", "binary", "multiclass"]
METRICS: dict[Task, tuple[str, ...]] = {
    "binary": ("accuracy", "f1", "precision", "recall", "auc"),
    "multiclass": ("accuracy", "f1_macro"),
    "regression": ("mae", "rmse", "r2"),
}


class SettingsError(ValueError):
    """The settings, or the baseline, are not usable. The message is what the job's ExitMessage shows."""


class Part(BaseModel):
    """A key that does not exist is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Part):
    """The time whose requests are read: from `start`, up to but without `end`, in UTC."""

    start: datetime
    end: datetime

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("start and end need a time zone, such as 2026-11-29T00:00:00Z")
        if self.start >= self.end:
            raise ValueError("start must be before end")
        return self


class Drift(Part):
    """When a column has drifted, and when the whole has."""

    share: float = Field(default=0.3, ge=0, le=1)
    """The share of columns that may drift."""
    tests: str = "auto"
    """`auto`, or the name of one of evidently's tests for all columns that it fits."""
    columns: dict[str, float] = {}
    """Thresholds of columns, which hold as they are, whatever the number of records; under `auto`, of a distance."""
    ignore: tuple[str, ...] = ()


class Quality(Part):
    """What the predictions are measured by, once labels have arrived."""

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    days: int = Field(default=7, ge=1)
    """How many days back labels are merged."""

    @model_validator(mode="after")
    def _one_bound(self) -> Quality:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("write one of at_least and at_most")
        return self


class Settings(Part):
    """The whole file."""

    version: Literal[1]
    workload: str
    environment: str
    endpoint: str
    source: Literal["captured", "async", "transform"] = "captured"
    training_job: str
    baseline_job: str
    """The training job whose baseline the job was given."""
    window: Window | None = None
    """Absent for a baseline."""
    since: AwareDatetime | None = None
    """When the model was asked to serve: the labels of what was answered earlier are another model's."""
    columns: dict[str, ColumnType] | None = None
    target: str | None = None
    header: bool = True
    task: Task | None = None
    content_type: Literal["text/csv", "application/json", "application/jsonlines"] = "text/csv"
    minimum_records: int = Field(default=200, ge=1)
    drift: Drift = Drift()
    quality: Quality | None = None
    segments: tuple[str, ...] = ()
    sample_rows: int = Field(default=5000, ge=100)
    seed: int = 0

    @model_validator(mode="after")
    def _quality_fits_the_task(self) -> Settings:
        if self.quality is None:
            return self
        if self.task is None:
            raise ValueError("quality needs a task")
        if self.quality.metric not in METRICS[self.task]:
            raise ValueError(f"quality.metric of a {self.task} task is one of {', '.join(METRICS[self.task])}")
        return self


def load_settings(path: Path) -> Settings:
    """Read `settings.json`.

    Raises:
        SettingsError: one line that names each wrong key.
    """
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; the input `settings` must bring it") from None
    except ValidationError as error:
        mistakes = "; ".join(_mistake(detail["loc"], detail["msg"]) for detail in error.errors(include_url=False))
        raise SettingsError(f"{path.name}: {mistakes}") from None


def _mistake(location: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in location)
    return f"{key}: {message}" if key else message
