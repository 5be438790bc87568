"""A Spark step's log in S3: each line once, and in cluster mode that of the driver too."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from launchpad.platform_client.work.spark_logs import ObjectLog

STEP, CONTAINERS = "spark/j-1/steps/s-1/", "spark/j-1/containers"
APPLICATION = "application_1700000000000_0001"


class Bucket:
    """S3 with these objects, gzipped."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: [{"Contents": self._listed(request["Prefix"])}])

    def _listed(self, prefix: str) -> list[dict[str, Any]]:
        moment = datetime(2026, 11, 28, tzinfo=UTC)
        return [{"Key": key, "LastModified": moment} for key in self.texts if key.startswith(prefix)]

    def get_object(self, **request: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(gzip.compress(self.texts[request["Key"]].encode()))}


def test_each_read_returns_the_lines_that_were_added():
    bucket = Bucket(**{f"{STEP}stderr.gz": "one\ntwo\n"})
    log = ObjectLog(bucket, [f"s3://logs/{STEP}"])
    assert [(line.stream, line.text) for line in log.read()] == [("stderr", "one"), ("stderr", "two")]
    bucket.texts[f"{STEP}stderr.gz"] += "three\n"
    assert [line.text for line in log.read()] == ["three"]


def test_in_cluster_mode_the_drivers_output_follows():
    driver = f"{CONTAINERS}/{APPLICATION}/container_1700000000000_0001_01_000001/stdout.gz"
    executor = f"{CONTAINERS}/{APPLICATION}/container_1700000000000_0001_01_000002/stdout.gz"
    bucket = Bucket(**{f"{STEP}stderr.gz": f"Submitted {APPLICATION}"})
    log = ObjectLog(bucket, [f"s3://logs/{STEP}"], f"s3://logs/{CONTAINERS}")
    assert [line.text for line in log.read()] == [f"Submitted {APPLICATION}"]
    bucket.texts |= {driver: "rows: 7", executor: "task 1"}  # EMR writes them later
    assert [line.text for line in log.read()] == ["rows: 7"]


def test_a_step_without_a_log_uri_has_no_log():
    assert ObjectLog(Bucket(), []).read() == []
