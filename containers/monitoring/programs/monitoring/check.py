"""One window against its baseline: the result, from what was read.

Note: a window with too few records, or of which only the answers are known, is skipped. That is not "no drift".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pandas as pd

from monitoring.baseline import Baseline
from monitoring.drift import FEWEST_VALUES, PREDICTION, Rules, Sides, compare, drifted_share, sides, worst
from monitoring.drift_tests import Kind, check_name
from monitoring.quality import measure
from monitoring.reading.window import Window
from monitoring.result import ColumnResult, DataQuality, QualityResult, Result, SegmentResult, Status, WindowResult
from monitoring.segments import Segments
from monitoring.settings import Settings, SettingsError


def check_settings(settings: Settings, baseline: Baseline) -> None:
    """Raises SettingsError for a test that is not offered, and for a column that the baseline lacks."""
    check_name(settings.drift.tests)
    names_by_key: dict[str, Iterable[str]] = {
        "drift.columns": settings.drift.columns,
        "drift.ignore": settings.drift.ignore,
        "segments": settings.segments,
    }
    for key, names in names_by_key.items():
        for name in names:
            if name not in baseline.columns:
                columns = ", ".join(baseline.columns)
                raise SettingsError(f"settings.json: {key}: the baseline has no column {name!r}; it has {columns}")


def check(settings: Settings, baseline: Baseline, window: Window, job: str | None = None) -> Result:
    """Compare, measure and judge."""
    check_settings(settings, baseline)
    if settings.window is None:
        raise SettingsError("settings.json: window: missing; write its start and end")
    records = total(window)
    few = records < settings.minimum_records
    columns = [] if few else list(_columns(settings, baseline, window))
    share = drifted_share(columns)
    status, reason = _status(settings, window, share)
    return Result(
        workload=settings.workload,
        endpoint=settings.endpoint,
        job=job,
        training_job=settings.training_job,
        window=WindowResult(start=_utc(settings.window.start), end=_utc(settings.window.end)),
        status=status,
        reason=reason,
        records=records,
        baseline_records=baseline.records,
        drifted_share=share,
        share_threshold=settings.drift.share,
        columns=columns,
        worst=worst(columns),
        prediction=None if few else _prediction(settings, baseline, window),
        quality=_quality(settings, baseline, window),
        segments=[] if few else list(_segments(settings, baseline, window)),
        data_quality=_data_quality(window),
    )


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _status(settings: Settings, window: Window, share: float | None) -> tuple[Status, str | None]:
    records = total(window)
    if records < settings.minimum_records:
        return "skipped", f"{records} records, fewer than minimum_records ({settings.minimum_records})"
    if not window.counts.records:
        return "skipped", "no request is known, only answers"
    if share is None:
        return "skipped", "no column could be compared: they are ignored, identifiers, or have too few values"
    return ("drift" if share > settings.drift.share else "no_drift"), None


def total(window: Window) -> int:
    """The records of a window; where requests are not known, the answers."""
    return max(window.counts.records, window.counts.predictions)


def compared_sides(baseline: Baseline, window: Window) -> Iterator[Sides]:
    """Every feature, in the baseline's order; none where no request is known."""
    if not window.counts.records:
        return
    records = len(baseline.sample), window.counts.records
    for name, kind in baseline.columns.items():
        current = window.features.get(name)
        yield sides(name, _kind(kind), baseline.sample[name], current, window.counts.missing, records)


def prediction_sides(baseline: Baseline, window: Window) -> Sides | None:
    """The predictions; None where the baseline or the window has too few."""
    reference, current = baseline.predictions.dropna(), window.predictions.dropna()
    if min(len(reference), len(current)) < FEWEST_VALUES:
        return None
    numeric = all(_is_number(values) for values in (reference, current))
    return sides(
        PREDICTION, "numeric" if numeric else "categorical", reference, current, {}, (len(reference), len(current))
    )


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _kind(kind: str) -> Kind:
    return "numeric" if kind == "numeric" else "categorical"


def _rules(settings: Settings, baseline: Baseline) -> Rules:
    """The prediction is one more comparison."""
    compared = len(baseline.columns) - len(settings.drift.ignore) + 1
    declared = frozenset(name for name, kind in (settings.columns or {}).items() if kind == "numeric")
    return Rules(settings.drift, max(1, compared), settings.seed, declared)


def _columns(settings: Settings, baseline: Baseline, window: Window) -> Iterator[ColumnResult]:
    rules = _rules(settings, baseline)
    for column in compared_sides(baseline, window):
        yield compare(column, rules)


def _prediction(settings: Settings, baseline: Baseline, window: Window) -> ColumnResult | None:
    prediction = prediction_sides(baseline, window)
    return compare(prediction, _rules(settings, baseline)) if prediction else None


def _quality(settings: Settings, baseline: Baseline, window: Window) -> QualityResult | None:
    if settings.quality is None or settings.task is None:
        return None
    return measure(
        window.pairs, window.labels, settings.quality, settings.task, baseline.classes, settings.minimum_records
    )


def _segments(settings: Settings, baseline: Baseline, window: Window) -> Iterable[SegmentResult]:
    if settings.task is None:
        return [SegmentResult(column=name, note="segments need a task") for name in settings.segments]
    segments = Segments(window.features, window.predictions, window.pairs, settings.task, baseline.classes)
    return [segments.of(name, baseline.sample.get(name)) for name in settings.segments]


def _data_quality(window: Window) -> DataQuality:
    counts = window.counts
    return DataQuality(
        unreadable=counts.unreadable,
        invalid_values={name: count for name, count in counts.invalid.items() if count},
        unknown_columns=counts.unknown_columns,
        missing_columns=counts.missing_columns,
        empty_columns=counts.empty_columns,
        constant_columns=counts.constant_columns,
    )
