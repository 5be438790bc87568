"""Metrics that a job prints: each line is matched against the job's MetricDefinitions, as in SageMaker."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.numbers import decimal_or_none, is_metric
from local_aws.sagemaker.xgboost_metrics import required_text

log = logging.getLogger("local_aws.metrics")

NAMESPACE = "/aws/sagemaker/TrainingJobs"


class MetricCollector:
    """The values that matched the definitions' expressions, in order; a `LogSink` of the runtimes."""

    def __init__(self, definitions: Iterable[Mapping[str, str]]) -> None:
        self._expressions = [
            (item["Name"], re.compile(item["Regex"]), required_text(item["Regex"])) for item in definitions
        ]
        self.values: list[dict[str, Any]] = []
        self._published = 0

    def __call__(self, line: str) -> None:
        """Read one line of output, as it is in the log."""
        for name, expression, required in self._expressions:
            for match in expression.finditer(line) if required in line else ():
                value = _number(match)
                if value is not None:
                    self.values.append({"MetricName": name, "Value": value, "Timestamp": time.time()})

    def final(self) -> list[dict[str, Any]]:
        """The last value of each metric: FinalMetricDataList."""
        return list({item["MetricName"]: item for item in self.values}.values())

    def publish(self, cloudwatch: Any, job: str) -> None:
        """Put every value that has not been sent yet, and that CloudWatch takes, under the job's name.

        With one that it doesn't take it would refuse all in the request. What SageMaker does is not documented.
        """
        dimensions = [{"Name": "TrainingJobName", "Value": job}]
        unsent = self.values[self._published :]
        data = [{**item, "Dimensions": dimensions} for item in unsent if is_metric(item["Value"])]
        self._published = len(self.values)
        try:
            for start in range(0, len(data), 500):
                cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + 500])
        except (ClientError, BotoCoreError) as error:
            log.warning("metrics of %s: %s", job, error)


def _number(match: re.Match[str]) -> float | None:
    """The first group (or the whole match if there are no groups) as a finite number; None if it isn't one.

    Neither JSON nor CloudWatch has NaN or infinities.
    """
    text = (match.group(1) if match.re.groups else match.group(0)) or ""
    return decimal_or_none(text.strip())
