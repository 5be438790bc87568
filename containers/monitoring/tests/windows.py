"""Baselines and windows for the tests, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from monitoring.baseline import Baseline
from monitoring.labels import LabelCounts
from monitoring.reading.window import Counts, Window
from monitoring.settings import Settings

TEXT = "categorical"


def settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "version": 1,
        "workload": "marketing",
        "environment": "local",
        "endpoint": "marketing-live",
        "training_job": "job-1",
        "baseline_job": "job-1",
        "window": {"start": "2026-11-28T00:00:00Z", "end": "2026-11-29T00:00:00Z"},
        "minimum_records": 50,
    }
    return Settings.model_validate({**values, **changes})


def sample(size: int, seed: int = 0, shift: float = 0.0) -> pd.DataFrame:
    """Four columns; `shift` moves the first by so many standard deviations."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.normal(40, 12, size) + shift * 12,
            "balance": random.lognormal(7, 1, size),
            "job": random.choice(["admin", "services", "retired"], size, p=[0.5, 0.3, 0.2]).astype(object),
            "loan": random.choice(["true", "false"], size, p=[0.2, 0.8]).astype(object),
        }
    )


def baseline(frame: pd.DataFrame, predictions: pd.Series | None = None, classes: tuple[str, ...] = ()) -> Baseline:
    kinds = {name: TEXT if frame[name].dtype == object else "numeric" for name in frame}
    return Baseline(
        training_job="job-1",
        records=len(frame),
        columns=kinds,
        target=None,
        classes=list(classes),
        statistics={},
        sample=frame,
        labels=pd.Series(dtype=object),
        predictions=pd.Series(dtype=float) if predictions is None else predictions,
    )


def window(
    frame: pd.DataFrame, predictions: pd.Series | None = None, pairs: pd.DataFrame | None = None, **counts: Any
) -> Window:
    missing: Mapping[str, int] = {name: int(frame[name].isna().sum()) for name in frame}
    answers = pd.Series(dtype=float) if predictions is None else predictions
    labelled = pd.DataFrame({"prediction": [], "label": []}) if pairs is None else pairs
    counted = {"records": len(frame), "predictions": len(answers), "missing": missing, **counts}
    return Window(frame, answers, labelled, Counts(**counted), LabelCounts(labelled=len(labelled)))
