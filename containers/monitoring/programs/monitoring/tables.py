"""The result as texts for the page: tiles, rows and lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitoring.result import ColumnResult, DataQuality, QualityResult, Result, SegmentResult, SegmentValue

Row = dict[str, str]
Pairs = list[tuple[str, str]]
STATUS = {"no_drift": ("No drift", "good"), "drift": ("Drift", "bad"), "skipped": ("Skipped", "warm")}
TEST_NAMES = {
    "ks": "Kolmogorov-Smirnov, p",
    "cramer_von_mises": "Cramér-von Mises, p",
    "t_test": "t-test, p",
    "es": "Epps-Singleton, p",
    "z": "z-test, p",
    "wasserstein": "Wasserstein, in standard deviations",
    "ed": "energy distance",
    "jensenshannon": "Jensen-Shannon distance",
    "psi": "population stability index",
    "hellinger": "Hellinger distance",
    "kl_div": "Kullback-Leibler divergence",
    "missing_share": "share of missing values",
}
FIGURES = {
    "selection_rate": "Selection rate",
    "true_positive_rate": "True positive rate",
    "mean_prediction": "Mean prediction",
    "mean_error": "Mean error",
    "accuracy": "Accuracy",
}


def lead(result: Result) -> str:
    """The first sentence: what was compared, and what became of it."""
    start, end = map(datetime.fromisoformat, (result.window.start, result.window.end))
    window = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    begin = f"Workload {result.workload}, requests of {window}."
    if result.status == "skipped":
        return f"{begin} Skipped: {result.reason}."
    drifted = [column for column in result.columns if column.drifted]
    compared = [column for column in result.columns if column.test]
    return f"{begin} {len(drifted)} of {len(compared)} columns drifted; {result.share_threshold:.0%} may."


def tiles(result: Result) -> list[Row]:
    """The numbers at the top."""
    status, tone = STATUS[result.status]
    tiles = [
        {"label": "Status", "value": status, "tone": tone, "note": ""},
        {
            "label": "Records",
            "value": f"{result.records:,}",
            "tone": "",
            "note": f"baseline: {result.baseline_records:,}",
        },
    ]
    if result.drifted_share is not None:
        note = f"at most {result.share_threshold:.0%}"
        tiles.append({"label": "Drifted columns", "value": f"{result.drifted_share:.0%}", "tone": tone, "note": note})
    if result.worst:
        note = f"severity {number(result.worst.severity)}"
        tone = "bad" if result.worst.severity > 1 else ""
        tiles.append({"label": "Worst column", "value": result.worst.name, "tone": tone, "note": note})
    if result.quality:
        tiles.append(_quality_tile(result.quality))
    return tiles


def _quality_tile(quality: QualityResult) -> Row:
    tone = {True: "good", False: "bad", None: ""}[quality.passed]
    note = _bound(quality) if quality.value is not None else quality.note or ""
    return {"label": quality.metric, "value": number(quality.value), "tone": tone, "note": note}


def _bound(quality: QualityResult) -> str:
    at_least = quality.at_least is not None
    return f"at least {number(quality.at_least)}" if at_least else f"at most {number(quality.at_most)}"


def row(column: ColumnResult) -> Row:
    """A column's row of the table."""
    return {
        "name": column.name,
        "test": TEST_NAMES.get(column.test or "", column.test or "not compared"),
        "score": number(column.score),
        "threshold": number(column.threshold),
        "severity": number(column.severity),
        "missing": "" if column.missing_share is None else f"{column.missing_share:.1%}",
        "verdict": "drifted" if column.drifted else "",
        "tone": "bad" if column.drifted else "",
    }


def quality(result: QualityResult | None) -> Pairs:
    """The metric, and what became of the labels."""
    if result is None:
        return []
    value = number(result.value) if result.value is not None else f"none: {result.note}"
    verdict = {True: "passed", False: "failed", None: "not judged"}[result.passed]
    counts = {name: f"{getattr(result, name):,}" for name in ("labelled", "unlabelled", "late", "double", "unmatched")}
    return [(result.metric, value), (_bound(result), verdict), *counts.items()]


def segment(result: SegmentResult) -> dict[str, object]:
    """A segment's column: titles, a row per value, and the gaps as a sentence."""
    figures = [name for name in FIGURES if any(getattr(value, name) is not None for value in result.values)]
    gaps = [f"{FIGURES[name].lower()} {number(gap)}" for name in FIGURES if (gap := _gap(result, name)) is not None]
    sentence = f"Largest gaps: {', '.join(gaps)}." if gaps else "No gap could be computed."
    return {
        "column": result.column,
        "note": f"{sentence} {result.note or ''}",
        "titles": ["Value", "Records", "Labelled", *(FIGURES[name] for name in figures)],
        "rows": [_segment_row(value, figures) for value in result.values],
    }


def _gap(result: SegmentResult, figure: str) -> float | None:
    gap: float | None = getattr(result, f"{figure}_gap", None)
    return gap


def _segment_row(value: SegmentValue, figures: list[str]) -> list[str]:
    cells = [number(getattr(value, name)) for name in figures]
    if value.too_small and cells:
        cells[0] = "too small"
    return [value.value, f"{value.records:,}", f"{value.labelled:,}", *cells]


def problems(quality: DataQuality) -> Pairs:
    """What was wrong with the data; one line that says so where nothing was."""
    return list(_problems(quality)) or [("problems", "none")]


def _problems(quality: DataQuality) -> Iterator[tuple[str, str]]:
    counted = {"unreadable": quality.unreadable, "invalid values": quality.invalid_values}
    for title, counts in {**counted, "unknown columns": quality.unknown_columns}.items():
        yield from ((title, f"{name}: {count:,}") for name, count in counts.items())
    listed = {"missing": quality.missing_columns, "empty": quality.empty_columns, "constant": quality.constant_columns}
    for title, names in listed.items():
        if names:
            yield f"{title} columns", ", ".join(names)


def skipped(result: Result) -> Pairs:
    """What was not compared, and why."""
    pairs = [(column.name, column.note or "") for column in result.columns if not column.test]
    if result.status == "skipped":
        pairs.insert(0, ("the window", result.reason or ""))
    elif result.prediction is None:
        pairs.append(("predictions", "too few in the baseline or in the window"))
    return pairs


def number(value: float | None) -> str:
    """Three significant digits; "none" for none."""
    if value is None:
        return "none"
    if value == 0 or 0.001 <= abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:.1e}" if abs(value) < 1 else f"{value:,.0f}"
