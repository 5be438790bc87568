"""Monitoring reports in S3: listed with the newest first, fetched with their pages, and named where one is wrong."""

from __future__ import annotations

import json

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.monitoring import reports as reading
from tests.cli.monitor.reports import PLATFORM


@pytest.mark.parametrize("body", ["", "[]", '{"records": 1}'])
def test_a_result_that_is_none_is_named(connection, bucket, body):
    bucket.objects["demo/monitoring/one/result.json"] = body
    with pytest.raises(LaunchpadError, match=r"monitoring/one/result\.json is not the result of a monitoring job"):
        reading.reports(connection, PLATFORM, "demo")


def test_a_job_without_a_result_is_named(connection):
    with pytest.raises(LaunchpadError, match=r"job three has written no result\.json into s3://models/demo/"):
        reading.report_of(connection, PLATFORM, "demo", "three")


def test_reports_are_listed_with_the_newest_first(connection):
    listed = reading.reports(connection, PLATFORM, "demo")
    assert [(each.job, each.status) for each in listed] == [("two", "skipped"), ("one", "drift")]
    assert [each.job for each in reading.reports(connection, PLATFORM, "demo", 1)] == ["two"]


def test_the_last_page_is_that_of_the_last_job_with_requests(connection, tmp_path):
    newest = reading.last_with_page(connection, PLATFORM, "demo")
    assert newest is not None
    files = reading.download(connection, newest, tmp_path / "one")
    assert [file.name for file in files] == ["report.html", "evidently.html", "result.json"]
    assert json.loads(files[-1].read_text())["status"] == "drift"


def test_a_report_without_a_page_can_not_be_fetched(connection, tmp_path):
    with pytest.raises(LaunchpadError, match=r"wrote no report\.html"):
        reading.download(connection, reading.report_of(connection, PLATFORM, "demo", "two"), tmp_path)
