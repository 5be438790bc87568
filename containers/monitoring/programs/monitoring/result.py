"""The result of a monitoring job: `result.json`, from which metrics, alarms and the command line are fed.

Numbers are finite or null, because JSON has no NaN and CloudWatch refuses it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["no_drift", "drift", "skipped"]
DriftedWhen = Literal["below", "above"]


class Part(BaseModel):
    """A number that is not finite is a mistake of this program's."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ColumnResult(Part):
    """One column, or the prediction. Without a `test` it was not compared, and `note` says why."""

    name: str
    type: str
    test: str | None = None
    score: float | None = None
    threshold: float | None = None
    drifted_when: DriftedWhen | None = None
    """`below` for p-values, `above` for distances."""
    drifted: bool = False
    missing_share: float | None = None
    baseline_missing_share: float | None = None
    severity: float | None = None
    """The score relative to its threshold: 1 at the threshold, above 1 drifted, for p-values and distances alike."""
    note: str | None = None


class Worst(Part):
    """The column with the highest severity."""

    name: str
    severity: float


class QualityResult(Part):
    """The metric over the records with a label; where it can't be computed `value` is null, and `note` says why."""

    metric: str
    value: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    passed: bool | None = None
    labelled: int = 0
    unlabelled: int = 0
    late: int = 0
    double: int = 0
    unmatched: int = 0
    note: str | None = None


class SegmentValue(Part):
    """One value of a segment's column. A small one has its count only."""

    value: str
    records: int
    labelled: int = 0
    too_small: bool = False
    selection_rate: float | None = None
    true_positive_rate: float | None = None
    mean_error: float | None = None
    accuracy: float | None = None
    mean_prediction: float | None = None


class SegmentResult(Part):
    """A segment's column with its values, and the largest gaps between those that are large enough."""

    column: str
    values: list[SegmentValue] = []
    selection_rate_gap: float | None = None
    true_positive_rate_gap: float | None = None
    mean_error_gap: float | None = None
    accuracy_gap: float | None = None
    note: str | None = None


class DataQuality(Part):
    """What was wrong with the data itself."""

    unreadable: dict[str, int] = {}
    unknown_columns: dict[str, int] = {}
    missing_columns: list[str] = []
    empty_columns: list[str] = []
    constant_columns: list[str] = []


class WindowResult(Part):
    """The window, as in the settings."""

    start: str
    end: str


class Result(Part):
    """The whole file."""

    version: Literal[1] = 1
    workload: str
    endpoint: str
    job: str | None = None
    training_job: str
    window: WindowResult
    status: Status
    reason: str | None = None
    records: int
    baseline_records: int
    drifted_share: float | None = None
    share_threshold: float
    columns: list[ColumnResult] = []
    worst: Worst | None = None
    prediction: ColumnResult | None = None
    quality: QualityResult | None = None
    segments: list[SegmentResult] = []
    data_quality: DataQuality = DataQuality()


def write_result(result: Result, folder: Path) -> Path:
    """Write `result.json` into a folder, and return its path."""
    path = folder / "result.json"
    path.write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path
