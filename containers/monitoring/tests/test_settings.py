"""Mistakes in settings.json are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from windows import settings

from monitoring.settings import SettingsError, load_settings

GOOD = json.loads(settings().model_dump_json())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"minimum_record": 5}, "minimum_record: Extra inputs"),
        ({"drift": {"shares": 0.3}}, "drift.shares: Extra inputs"),
        ({"drift": {"share": 3}}, "drift.share: Input should be less than or equal to 1"),
        ({"columns": {"age": "number"}}, "columns.age: Input should be 'numeric', 'categorical' or 'boolean'"),
        ({"window": {"start": "2026-11-29T00:00:00Z", "end": "2026-11-28T00:00:00Z"}}, "start must be before end"),
        ({"window": {"start": "2026-11-28T00:00:00", "end": "2026-11-29T00:00:00"}}, "need a time zone"),
        ({"quality": {"metric": "auc", "at_least": 0.8}}, "quality needs a task"),
        ({"quality": {"metric": "auc", "at_least": 0.8}, "task": "regression"}, "is one of mae, rmse, r2"),
        ({"quality": {"metric": "auc"}, "task": "binary"}, "quality: Value error, write one of at_least and at_most"),
        ({"version": 2}, "version: Input should be 1"),
    ],
)
def test_wrong_key_or_value_is_refused_by_name(change: dict[str, object], message: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(SettingsError, match=message):
        load_settings(path)


def test_missing_and_broken_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(tmp_path / "settings.json")
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(SettingsError, match=r"settings\.json: Invalid JSON"):
        load_settings(tmp_path / "settings.json")
