"""Resource usage of each instance of a training job, sampled as it runs: for CloudWatch and the profiler's S3 folder.

Every job is sampled once a second; a job with a ProfilerConfig at its interval, with every value of a sample written to
S3 line by line. A job that ends within the first quarter of a second has no samples.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.storage import Location
from local_aws.sagemaker.metrics import NAMESPACE
from local_aws.sagemaker.training_usage import Sample, UsageMeter
from local_aws.sagemaker.vpc import vpc_of

if TYPE_CHECKING:
    from local_aws.sagemaker.training_host import TrainingHost

log = logging.getLogger("local_aws.monitor")

FIRST_SECONDS = 0.25
INTERVAL_SECONDS = 1.0
SEND_SECONDS = 10.0
"""How often samples are sent while the job runs; the rest are sent at its end."""
DEFAULT_INTERVAL = 500
"""Milliseconds, if the profiler has no interval (as in SageMaker)."""
CLOUDWATCH = ("CPUUtilization", "MemoryUtilization", "DiskUtilization")


class Monitor:
    """Samples hosts while its ``with`` block runs."""

    def __init__(self, context: Context, record: Record, hosts: list[TrainingHost]) -> None:
        self._record = record
        self._context = context
        gigabytes = record.details["ResourceConfig"].get("VolumeSizeInGB") or 1
        self._meters = {
            host.host.name: UsageMeter(host.program.process_id, host.folder.root, gigabytes)
            for host in hosts
            if host.program
        }
        self._samples: dict[str, list[Sample]] = defaultdict(list)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"monitor {record.name}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        wait, last_sent = FIRST_SECONDS, time.monotonic()
        while not self._ended.wait(wait):
            wait = self._interval
            for host, meter in self._meters.items():
                if sample := meter.sample():
                    self._samples[host].append(sample)
            if time.monotonic() - last_sent > SEND_SECONDS:
                self._send()
                last_sent = time.monotonic()
        self._send()

    def _send(self) -> None:
        samples, self._samples = self._samples, defaultdict(list)
        for host, host_samples in samples.items():
            try:
                self._put_metrics(host, host_samples)
                self._put_profile(host, host_samples)
            except (ClientError, BotoCoreError, Boto3Error) as error:
                log.warning("samples of %s/%s: %s", self._record.name, host, error)

    def _put_metrics(self, host: str, samples: list[Sample]) -> None:
        dimensions = [{"Name": "Host", "Value": f"{self._record.name}/{host}"}]
        data = [
            {"MetricName": name, "Timestamp": at, "Value": value, "Unit": "Percent", "Dimensions": dimensions}
            for at, values in samples
            for name, value in _percentages(values).items()
        ]
        for start in range(0, len(data), 500):
            self._client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + 500])

    def _put_profile(self, host: str, samples: list[Sample]) -> None:
        """Put one object per minute and host in which samples were sent, as SageMaker's profiler does."""
        profile = self._profile
        if profile is None:
            return
        started = samples[0][0]
        lines = [
            json.dumps({**member, "NodeId": host, "Timestamp": round(at, 3), "Value": round(value, 3)})
            for at, values in samples
            for member, value in values
        ]
        hour = time.strftime("%Y%m%d%H", time.gmtime(started))
        target = profile / f"{hour}/{int(started)}.{host}.json"
        self._client("s3").put_object(Bucket=target.bucket, Key=target.key, Body=("\n".join(lines) + "\n").encode())

    def _client(self, service: str) -> Any:
        role = self._record.details["RoleArn"]
        return self._context.client(service, self._record.scope, role, vpc_of(self._record.details))

    @property
    def _profile(self) -> Location | None:
        config = self._config
        if not config.get("S3OutputPath") or config.get("DisableProfiler"):
            return None
        return Location.parse(config["S3OutputPath"]) / f"{self._record.name}/profiler-output/system/incremental"

    @property
    def _interval(self) -> float:
        if self._profile is None:
            return INTERVAL_SECONDS
        return float(self._config.get("ProfilingIntervalInMilliseconds", DEFAULT_INTERVAL)) / 1000

    @property
    def _config(self) -> dict[str, Any]:
        return dict(self._record.details.get("ProfilerConfig", {}))


def _percentages(values: list[tuple[dict[str, str], float]]) -> dict[str, float]:
    """The metrics that SageMaker itself puts into CloudWatch."""
    by_name = {member["Dimension"]: value for member, value in values if member["Name"] in ("total", "memory", "disk")}
    return {name: by_name[name] for name in CLOUDWATCH if name in by_name}
