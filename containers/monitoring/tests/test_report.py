"""The report: one page that opens without a network, whatever the data holds."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import pandas as pd
import pytest
from windows import baseline, sample, settings, window

from monitoring import details
from monitoring.check import check, compared_sides
from monitoring.report import write_report
from monitoring.result import Result, write_result

OUTSIDE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//""")


def written(folder: Path, size: int = 300, name: str = "age", **changes: object) -> tuple[Result, str]:
    before, now = (frame.rename(columns={"age": name}) for frame in (sample(500), sample(size, 1, shift=2)))
    scores = pd.Series([0.2, 0.7] * 250), pd.Series([0.2, 0.7] * 400)[:size]
    before_side, now_side = baseline(before, scores[0], ("0", "1")), window(now, scores[1])
    result = check(settings(**changes), before_side, now_side)
    path = write_report(result, before_side, now_side, folder)
    return result, path.read_text(encoding="utf-8")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"a connection to {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
def test_reports_are_written_and_open_without_a_network(tmp_path: Path) -> None:
    _, page = written(tmp_path)
    assert not OUTSIDE.search(page) and "<script" not in page
    assert 'href="evidently.html"' in page
    details = (tmp_path / "evidently.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", details)


def test_page_shows_what_drifted_with_a_chart(tmp_path: Path) -> None:
    _, page = written(tmp_path, task="binary", segments=["job"])
    drifted = page.partition("What drifted")[2].partition("Predictions")[0]
    assert "<h3>age</h3>" in drifted and "<h3>job</h3>" not in drifted and "<svg" in drifted
    assert "1 of 4 columns drifted" in page and "Segments by job" in page
    assert re.search(r"requests of \d{4}-\d\d-\d\d \d\d:\d\d to \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", page)


def test_skipped_page_has_the_reason_and_no_comparison(tmp_path: Path) -> None:
    _, page = written(tmp_path, size=10)
    assert "Skipped: 10 records, fewer than minimum_records (50)" in page
    assert "What drifted" not in page and not (tmp_path / "evidently.html").exists()


def test_names_from_the_data_are_escaped(tmp_path: Path) -> None:
    _, page = written(tmp_path, name="<script>alert(1)</script>")
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_names_and_values_open_no_tag_in_evidentlys_report(tmp_path: Path) -> None:
    attack = "</script><img src=x onerror=alert(1)>"
    before, now = (frame.rename(columns={"age": attack}) for frame in (sample(500), sample(300, 1, shift=2)))
    now["job"] = attack
    sides = baseline(before), window(now)
    write_report(check(settings(), *sides), *sides, tmp_path)
    page = (tmp_path / "evidently.html").read_text(encoding="utf-8")
    assert "onerror=alert(1)" in page and attack not in page and "<img src=x" not in page


@pytest.mark.parametrize("values", [[1e308], [-1.7e308, 1.7e308, 1.0], [1.7e18]])
@pytest.mark.parametrize("tests", ["auto", "psi"])
def test_numbers_of_any_size_have_a_report(tmp_path: Path, values: Sequence[float], tests: str) -> None:
    before, now = sample(500), sample(300, 1)
    now["age"] = [value * 1.0 for value in islice(cycle(values), 300)]
    sides = baseline(before), window(now)
    result = check(settings(drift={"tests": tests}), *sides)
    page = write_report(result, *sides, tmp_path).read_text(encoding="utf-8")
    assert result.columns[0].drifted and result.worst and result.worst.name == "age"
    assert ('href="evidently.html"' in page) == (tmp_path / "evidently.html").exists()


def test_evidently_has_the_same_scores_and_thresholds() -> None:
    before, now = baseline(sample(500)), window(sample(300, 1, shift=2))
    result = check(settings(), before, now)
    snapshot = details.run(result, {column.name: column for column in compared_sides(before, now)})
    assert snapshot
    metrics = {metric["config"]["column"]: metric for metric in snapshot.dict()["metrics"]}
    for column in result.columns:
        metric = metrics[column.name]
        assert metric["value"] == pytest.approx(column.score)
        assert metric["config"]["method"] == column.test
        assert metric["config"]["threshold"] == column.threshold


def test_columns_without_values_have_charts(tmp_path: Path) -> None:
    before, now = sample(500), sample(300, 1)
    now["age"], now["job"], before["loan"] = float("nan"), None, None
    sides = baseline(before.astype({"loan": object})), window(now.astype({"job": object}))
    result = check(settings(), *sides)
    page = write_report(result, *sides, tmp_path).read_text(encoding="utf-8")
    assert [column.name for column in result.columns if column.drifted] == ["age", "job", "loan"]
    assert page.partition("What drifted")[2].count("<svg") >= 3


def test_result_is_read_back_as_it_was(tmp_path: Path) -> None:
    result, _ = written(tmp_path)
    assert Result.model_validate_json(write_result(result, tmp_path).read_bytes()) == result
