"""The program: its exit code, and its message."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitoring import main


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(main, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("arguments", [[], ["windows"], ["window", "baseline"]])
def test_wrong_arguments_fail_in_one_line(arguments: list[str], root: Path) -> None:
    assert main.run(arguments) == 1
    assert (root / "output/message").read_text() == f"write one argument, baseline or window; got {arguments}"


def test_missing_settings_fail_in_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["window"]) == 1
    assert "no such file; the input `settings` must bring it" in (root / "output/message").read_text()
    assert capsys.readouterr().err.count("\n") == 1
