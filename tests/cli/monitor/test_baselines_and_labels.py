"""`launchpad monitor baseline` and `labels`: two jobs in turn, the hint without a baseline, and wrong labels."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.cli import monitoring as shared
from launchpad.cli.commands import monitor as module
from launchpad.platform_client.monitoring.baselines import has_baseline
from tests.cli.monitor.reports import PLATFORM


@pytest.mark.parametrize(
    ("names", "whole"),
    [((), False), (("baseline.json",), False), (("baseline.json", "predictions/features.csv.out"), True)],
)
def test_a_baseline_is_whole_with_its_predictions(connection, bucket, names, whole):
    bucket.objects |= {f"demo/baselines/dev-demo-1/{name}": "" for name in names}
    assert has_baseline(connection, PLATFORM, "demo", "dev-demo-1") is whole


def hint(connection, capsys, section=True):
    workload: Any = SimpleNamespace(name="demo", monitoring=section)
    shared.hint_baseline(connection, PLATFORM, workload, "dev-demo-1")
    return capsys.readouterr().err


def test_a_served_model_without_a_baseline_gets_a_hint(connection, capsys):
    assert "`launchpad monitor baseline demo --job dev-demo-1 --env dev`" in " ".join(hint(connection, capsys).split())


def test_no_hint_where_nothing_is_monitored(connection, capsys):
    assert hint(connection, capsys, section=None) == ""


def test_no_hint_with_a_baseline(connection, bucket, capsys):
    bucket.objects |= {f"demo/baselines/dev-demo-1/{name}": "" for name in ("baseline.json", "predictions/a.out")}
    assert hint(connection, capsys) == ""


def test_the_two_jobs_of_a_baseline_are_started_one_after_the_other(command, monkeypatch):
    launched: list[Any] = []
    followed: list[str] = []

    @contextmanager
    def code(*_: Any, **__: Any) -> Any:
        yield {"origin": {}}

    def launch(_connection: Any, _platform: Any, event: Any) -> str:
        launched.append((event["kind"], event["training_job_name"], list(followed)))
        return f"dev-demo-{event['kind']}"

    monkeypatch.setattr("launchpad.catalogue.load_workload", lambda _: SimpleNamespace(name="demo"))
    monkeypatch.setattr(module, "chosen_code", code)
    monkeypatch.setattr(module, "follow_to_end", lambda *arguments: followed.append(arguments[2]))
    monkeypatch.setattr(module.baselines.jobs, "launch", launch)
    result = command.run("baseline", "demo", "--job", "dev-demo-1")
    assert result.exit_code == 0, result.output
    assert launched == [
        ("baseline", "dev-demo-1", []),
        ("baseline-predictions", "dev-demo-1", ["dev-demo-baseline"]),
    ]
    assert "s3://models/demo/baselines/dev-demo-1/" in result.output


def test_labels_with_a_mistake_upload_nothing(command, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "upload", lambda *_: pytest.fail("uploaded"))
    file = tmp_path / "labels.csv"
    file.write_text("inference_id,label\na,\n")
    result = command.run("labels", "demo", str(file))
    assert result.exit_code == 1
    assert "labels.csv:2: label: is empty" in result.output


def test_a_file_of_labels_that_is_missing_is_wrong_usage(command):
    assert command.run("labels", "demo", "nothing.csv").exit_code == 2
