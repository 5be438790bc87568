"""A Spark step on the platform's EMR cluster, or on EMR Serverless."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from launchpad.config_files.yaml_source import pattern
from launchpad.workload.types import Minutes, Source

SparkProperty = Annotated[str, pattern(r"^spark\.", "use Spark's own names, which begin with `spark.`")]


class Spark(Source):
    """One `spark-submit` of the workload's script."""

    arguments: tuple[Annotated[str, StringConstraints(max_length=1024)], ...] = Field(default=(), max_length=100)
    """`{data}` and `{models}` in them stand for the environment's buckets, as `s3://bucket`."""
    configuration: dict[SparkProperty, str] = Field(default_factory=dict, max_length=100)
    """`--conf` of `spark-submit`."""
    max_runtime_minutes: Minutes = 60
