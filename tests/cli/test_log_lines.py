"""The log of a job is its script's own words: lines of the training toolkit are left out, and counted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from launchpad.cli.commands import logs
from launchpad.cli.commands.logs import View
from launchpad.cli.failures import Tail
from launchpad.cli.log_folding import Folding
from launchpad.platform_client.logs import LogLine, last_lines
from launchpad.platform_client.work.log_sources import Entry


def test_the_toolkits_preamble_is_hidden_and_the_scripts_lines_stay(recording):
    folding = Folding()
    lines = recording("training.log")
    assert [line for line in lines if not folding.hides(line)] == [
        "Mean squared error: 41.82",
        "Coefficient of determination: 0.63",
    ]
    assert folding.hidden == len(lines) - 2


@pytest.mark.parametrize(("lines", "absent"), [(2, False), (0, True)])
def test_a_log_with_lines_of_the_toolkit_alone_is_not_absent(recording, monkeypatch, capsys, lines, absent):
    entries = [Entry("local-a-1", LogLine("algo-1", 0, line)) for line in recording("training.log")[:lines]]
    work = SimpleNamespace(
        name="local-a-1", identifier="local-a-1", kind="training", noun="training job", description={}
    )
    monkeypatch.setattr(logs, "connect", lambda _: None)
    monkeypatch.setattr(logs, "find", lambda *_: work)
    monkeypatch.setattr(logs, "log_of", lambda *_, **__: SimpleNamespace(read=lambda: entries))
    logs.logs("local-a-1", env="local", lines=0, since=None, follow=False, everything=False, kind=None, json=False)
    hints = " ".join(capsys.readouterr().err.split())
    assert ("has no log yet" in hints) is absent
    assert ("2 lines of the training toolkit left out" in hints) is not absent


@pytest.mark.parametrize(("as_json", "number"), [(False, 2), (True, 0)])
def test_the_log_of_a_job_is_its_scripts_lines(recording, as_json, number):
    view = View(as_json=as_json, folded=True)
    entries = [Entry("local-a-1", LogLine("algo-1", 0, line)) for line in recording("training.log")]
    shown = view.unfolded(entries)
    assert len(shown) == (number or len(entries))
    assert view.hidden == len(entries) - len(shown)
    view.folded = False
    assert view.unfolded(entries) == entries


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit ERROR    ExecuteUserScriptError:",
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit WARNING  no space",
        "INFO Training Env:",
        "Traceback (most recent call last):",
    ],
)
def test_warnings_errors_and_a_scripts_own_lines_are_never_hidden(line):
    assert not Folding().hides(line)


def test_the_toolkits_report_does_not_push_out_the_users_frame():
    traceback = ["Traceback (most recent call last):", '  File "train.py", line 20, in <module>', "ValueError: boom"]
    tail = Tail()
    report = [
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit ERROR    Reporting training FAILURE",
        "2026-11-20 11:47:04,141 sagemaker-training-toolkit ERROR    ExecuteUserScriptError:",
        *(f"line {number} of the report" for number in range(20)),
    ]
    printed = [line for line in [*traceback, *report] if tail.add(line)]
    assert printed == tail.lines == traceback


def test_the_last_lines_are_those_that_say_something():
    lines = [LogLine("s", number, text) for number, text in enumerate(["a", "b", "  ", "c"])]
    assert last_lines(lines, 2) == ["b", "c"]
