"""A monitored endpoint of a platform: its requests, its reports, its alarms and its schedule."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.conftest import WORKLOAD, Platform, until

ENDPOINT = f"local-{WORKLOAD}"
TARGET = "medv"
Row = dict[str, str]


def read(platform: Platform, bucket: str, key: str) -> str:
    name = platform.output("storage", bucket)
    return str(platform.client("s3").get_object(Bucket=name, Key=key)["Body"].read().decode())


def ask(platform: Platform, rows: list[Row], prefix: str) -> None:
    """Send each row as a request with an id, and wait until all are captured."""
    runtime, s3 = platform.client("sagemaker-runtime"), platform.client("s3")
    bucket = platform.output("storage", "ModelBucketName")
    for number, row in enumerate(rows):
        values = [value for name, value in row.items() if name != TARGET]
        runtime.invoke_endpoint(
            EndpointName=ENDPOINT, Body=",".join(values), ContentType="text/csv", InferenceId=f"{prefix}-{number}"
        )

    def captured() -> bool:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"captured/{WORKLOAD}/{ENDPOINT}/").get("Contents", [])
        bodies = (s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode() for item in listed)
        return sum(body.count(f'"{prefix}-') for body in bodies) == len(rows)

    until(captured, 300)
    time.sleep(1.1)  # a window ends at a whole second, and what came in the same one is the next window's


def last_result(platform: Platform) -> dict[str, Any]:
    """The last report, as a program reads it."""
    s3, bucket = platform.client("s3"), platform.output("storage", "ModelBucketName")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{WORKLOAD}/monitoring/{ENDPOINT}-monitor-")["Contents"]
    last = max(item["Key"] for item in listed if item["Key"].endswith("/result.json"))
    result: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=last)["Body"].read())
    return result


def alarm_state(platform: Platform, kind: str) -> str:
    name = f"launchpad-local-endpoint-{ENDPOINT}-{kind}"
    (alarm,) = platform.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def raised(kind: str, messages: list[str]) -> bool:
    """Whether one of the messages is that of an alarm that was raised."""
    alarms = [json.loads(message) for message in messages if message.startswith("{")]
    name = f"launchpad-local-endpoint-{ENDPOINT}-{kind}"
    return any(alarm.get("AlarmName") == name and alarm["NewStateValue"] == "ALARM" for alarm in alarms)


def executions(platform: Platform) -> dict[str, str]:
    """The runs of the pipeline that alarms started, with their status."""
    machine = platform.output("pipeline", "StateMachineArn")
    listed = platform.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return {item["name"]: item["status"] for item in listed if f"{WORKLOAD}-alarm-" in item["name"]}


def monitoring_jobs(platform: Platform) -> set[str]:
    """The names of the jobs that compare requests."""
    listed = platform.client("sagemaker").list_processing_jobs(NameContains=f"{ENDPOINT}-monitor-")
    return {job["ProcessingJobName"] for job in listed["ProcessingJobSummaries"]}


@contextmanager
def scheduled(platform: Platform, expression: str) -> Iterator[None]:
    """Let the schedule of the workload, which is a day, have shorter pauses: ten minutes are ten seconds here."""
    scheduler = platform.client("scheduler")
    (name,) = [
        item["Name"]
        for item in scheduler.list_schedules(NamePrefix="launchpad-local-")["Schedules"]
        if json.loads(scheduler.get_schedule(Name=item["Name"])["Target"]["Input"]).get("workload") == WORKLOAD
    ]
    schedule = scheduler.get_schedule(Name=name)
    kept = {key: schedule[key] for key in ("Name", "GroupName", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**kept, ScheduleExpression=expression)
    yield
    scheduler.update_schedule(**kept, ScheduleExpression=schedule["ScheduleExpression"])
