"""A bucket with three monitoring jobs, and `launchpad monitor` for a workload whose jobs have all ended."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from launchpad.cli import monitoring as shared
from launchpad.cli.application import application
from launchpad.cli.commands import monitor as module
from launchpad.platform_client.monitoring import runs
from launchpad.platform_client.monitoring.reports import Report
from launchpad.workload import Monitoring
from tests.cli.monitor.reports import NOW, PLATFORM, RESULT, SKIPPED, report


class Bucket:
    """The part of S3 that the reports need; objects by key, each written an hour after the one before."""

    def __init__(self, **objects):
        self.objects = objects

    def get_paginator(self, _):
        def paginate(**request):
            keys = [key for key in self.objects if key.startswith(request["Prefix"])]
            return [{"Contents": [{"Key": key, "LastModified": self.time(key)} for key in keys]}]

        return SimpleNamespace(paginate=paginate)

    def time(self, key):
        return NOW + timedelta(hours=list(self.objects).index(key))

    def list_objects_v2(self, **request):
        return self.get_paginator("").paginate(**request)[0]

    def get_object(self, **request):
        if request["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[request["Key"]].encode())}

    def download_file(self, _, key, path):
        Path(path).write_text(self.objects[key], "utf-8")


@pytest.fixture
def bucket():
    """Three jobs: the first has pages, the second found no request, the third only failed."""
    folder = "demo/monitoring"
    objects = {
        f"{folder}/settings/abc/settings.json": "{}",
        f"{folder}/one/result.json": json.dumps(RESULT),
        f"{folder}/one/report.html": "<html>",
        f"{folder}/one/evidently.html": "<html>",
        f"{folder}/two/result.json": json.dumps({**RESULT, **SKIPPED}),
    }
    return Bucket(**objects)


@pytest.fixture
def connection(bucket):
    return SimpleNamespace(name="dev", client=lambda _: bucket)


@pytest.fixture
def command(monkeypatch):
    """Run `launchpad monitor` for a monitored workload, whose jobs all have ended; keep what was started."""
    calls: list[Any] = []
    section = Monitoring()
    connection = SimpleNamespace(name="dev", settings=SimpleNamespace(direct_deploy=True))

    def started(*arguments: Any) -> list[Any]:
        calls.append(arguments[1:])
        return command_runs

    command_runs = [runs.MonitoringRun("dev-demo", "dev-demo-monitor-1", "started", "")]
    results: dict[str, Report] = {"dev-demo-monitor-1": report()}
    monkeypatch.setattr(module, "monitored", lambda _: section)
    monkeypatch.setattr(module, "connect", lambda _: connection)
    monkeypatch.setattr(module, "find_platform", lambda _: PLATFORM)
    monkeypatch.setattr(module, "start", started)
    monkeypatch.setattr(shared, "follow_to_end", lambda *_: {})
    monkeypatch.setattr(shared, "report_of", lambda *arguments: results[arguments[-1]])

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(application(["monitor"]), ["monitor", *arguments])

    return SimpleNamespace(run=run, calls=calls, runs=command_runs, results=results)
