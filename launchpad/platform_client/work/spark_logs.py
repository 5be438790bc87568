"""A Spark step's log: the objects that EMR or EMR Serverless writes below the log URI, or a CloudWatch log group.

Sources: "View log files" in the Amazon EMR management guide, "Storing logs" in the EMR Serverless user guide. In
cluster mode a step's own log has Spark's messages only, and the driver's output is in that of YARN's first container.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import LogLine, LogTail
from launchpad.platform_client.ownership import is_gone
from launchpad.platform_client.work.piece import Work

SERVERLESS_GROUP = "/aws/emr-serverless"
"""The log group without `logGroupName` in the configuration."""
_YARN = re.compile(r"application_\d+_\d+")
_DRIVER = "_01_000001/"
"""YARN's first container of an application's first attempt."""


class ObjectLog:
    """Gzipped objects in S3 below some prefixes; each read returns the lines that were added."""

    def __init__(self, s3: Any, uris: list[str], containers: str = "") -> None:
        self._s3 = s3
        self._uris = uris
        self._containers = containers
        self._counts: dict[str, int] = {}
        self._applications: set[str] = set()

    def read(self) -> list[LogLine]:
        """The new lines, object by object; their time is that of the object."""
        lines = [line for uri in self._uris for line in self._new_lines(uri)]
        if self._containers:
            self._applications |= {match[0] for line in lines for match in _YARN.finditer(line.text)}
        for application in sorted(self._applications):
            lines += self._new_lines(f"{self._containers}/{application}/", only=_DRIVER)
        return lines

    def _new_lines(self, uri: str, only: str = "") -> Iterator[LogLine]:
        bucket, _, prefix = uri.removeprefix("s3://").removeprefix("s3n://").partition("/")
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                key = item["Key"]
                if only and only not in key:
                    continue
                texts = self._texts(bucket, key)
                milliseconds = int(item["LastModified"].timestamp() * 1000)
                stream = key.removeprefix(prefix).removesuffix(".gz")
                yield from (LogLine(stream, milliseconds, text) for text in texts[self._counts.get(key, 0) :])
                self._counts[key] = len(texts)

    def _texts(self, bucket: str, key: str) -> list[str]:
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if not is_gone(error) and error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return []
        try:
            text = gzip.decompress(body) if key.endswith(".gz") else body
        except (OSError, EOFError, zlib.error):  # half written
            return []
        return str(text.decode(errors="backslashreplace")).splitlines()


def spark_log(connection: Connection, step: Work) -> ObjectLog | LogTail:
    """The log of a step or job run; empty if none is configured."""
    return _step_log(connection, step) if "StepId" in step.key else _run_log(connection, step)


def _step_log(connection: Connection, step: Work) -> ObjectLog:
    cluster, identifier = step.key["ClusterId"], step.key["StepId"]
    uri = connection.client("emr").describe_cluster(ClusterId=cluster)["Cluster"].get("LogUri", "").rstrip("/")
    folder = f"{uri}/{cluster}"
    uris = [f"{folder}/steps/{identifier}/"] if uri else []
    return ObjectLog(connection.client("s3"), uris, f"{folder}/containers" if uri else "")


def _run_log(connection: Connection, run: Work) -> ObjectLog | LogTail:
    """The driver's log, where the run's configuration, or else its application's, sends it."""
    serverless = connection.client("emr-serverless")
    application, identifier = run.key["applicationId"], run.key["jobRunId"]
    own = run.description.get("configurationOverrides", {}).get("monitoringConfiguration")
    configuration = own or serverless.get_application(applicationId=application)["application"].get(
        "monitoringConfiguration", {}
    )
    folder = f"applications/{application}/jobs/{identifier}"
    cloudwatch = configuration.get("cloudWatchLoggingConfiguration", {})
    if cloudwatch.get("enabled"):
        prefix = "/".join(part for part in (cloudwatch.get("logStreamNamePrefix", "").strip("/"), folder) if part)
        return LogTail(connection.client("logs"), cloudwatch.get("logGroupName", SERVERLESS_GROUP), f"{prefix}/")
    uri = configuration.get("s3MonitoringConfiguration", {}).get("logUri", "").rstrip("/")
    return ObjectLog(connection.client("s3"), [f"{uri}/{folder}/SPARK_DRIVER/"] if uri else [])
