"""EMR clusters that wait without work, and applications of EMR Serverless that keep workers without a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3
from housekeeping_rows import REPORT, STOP, Row
from housekeeping_settings import SETTINGS
from idle_prices import EC2, EMR, HOURS, cost
from metric_values import every_value
from platform_access import ENVIRONMENT

from launchpad.requests import RequestError
from launchpad.requests.cost import units_in
from launchpad.requests.price_keys import serverless_spark_key

CLUSTER, APPLICATION = "EMR cluster", "EMR Serverless application"
TAG = "launchpad:environment"
ACTIVE = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED"]
"""The states of a run of EMR Serverless that has not ended."""


def find_clusters(now: datetime) -> Iterator[Row]:
    """Yield the clusters that CloudWatch's IsIdle says have had no work for `idle_hours`."""
    emr, start = boto3.client("emr"), now - timedelta(hours=SETTINGS.idle_hours)
    for page in emr.get_paginator("list_clusters").paginate(ClusterStates=["WAITING"]):
        for summary in page["Clusters"]:
            if not summary["Name"].startswith(f"launchpad-{ENVIRONMENT.name}-"):
                continue
            cluster = emr.describe_cluster(ClusterId=summary["Id"])["Cluster"]
            if _is_ours(cluster) and _ready(cluster) <= start and _had_no_work(cluster["Id"], start, now):
                yield _cluster(emr, cluster, start)


def stop_cluster(row: Row) -> None:
    """Terminate a cluster, unless it has work by now. EMR refuses it for one that is protected from termination."""
    emr, identifier = boto3.client("emr"), row.arn.rpartition("/")[2]
    state = emr.describe_cluster(ClusterId=identifier)["Cluster"]["Status"]["State"]
    if state != "WAITING":
        raise RequestError(f"it is {state} by now")
    emr.terminate_job_flows(JobFlowIds=[identifier])


def find_applications(now: datetime) -> Iterator[Row]:
    """Yield the application if it is started, keeps workers and has no run; without workers it is free."""
    serverless, identifier = boto3.client("emr-serverless"), ENVIRONMENT.spark["application_id"]
    application = serverless.get_application(applicationId=identifier)["application"]
    capacity = application.get("initialCapacity", {})
    since = application["updatedAt"]
    if application["state"] != "STARTED" or not capacity or now - since < timedelta(hours=SETTINGS.idle_hours):
        return
    runs = serverless.list_job_runs(applicationId=identifier, createdAtAfter=now - _idle_time())["jobRuns"]
    if runs or serverless.list_job_runs(applicationId=identifier, states=ACTIVE)["jobRuns"]:
        return
    reason = f"started, with initial capacity, and no run began for {SETTINGS.idle_hours} h"
    name = application.get("name", identifier)
    costs = cost(_workers(capacity, application.get("architecture")))
    yield Row(APPLICATION, name, application["arn"], since, **costs, action=STOP, reason=reason)


def stop_application(row: Row) -> None:
    """Stop an application, which lets its workers go; the next run starts it."""
    boto3.client("emr-serverless").stop_application(applicationId=row.arn.rpartition("/")[2])


def _is_ours(cluster: Mapping[str, Any]) -> bool:
    return {"Key": TAG, "Value": ENVIRONMENT.name} in cluster.get("Tags", ())


def _ready(cluster: Mapping[str, Any]) -> datetime:
    timeline = cluster["Status"]["Timeline"]
    ready: datetime = timeline.get("ReadyDateTime") or timeline["CreationDateTime"]
    return ready


def _had_no_work(identifier: str, start: datetime, now: datetime) -> bool:
    """Whether all values of IsIdle are 1; without values it is not known."""
    measured = every_value("AWS/ElasticMapReduce", "IsIdle", {"JobFlowId": identifier}, "Minimum", start, now)
    return bool(measured) and min(measured) >= 1


def _cluster(emr: Any, cluster: Mapping[str, Any], start: datetime) -> Row:
    protected = cluster["TerminationProtected"]
    reason = f"waits, IsIdle for {SETTINGS.idle_hours} h" + ("; protected from termination" if protected else "")
    groups = emr.list_instance_groups(ClusterId=cluster["Id"])["InstanceGroups"]
    return Row(
        CLUSTER,
        cluster["Name"],
        cluster["ClusterArn"],
        start,
        **cost(part for group in groups for part in _group(group)),
        action=REPORT if protected else STOP,
        reason=reason,
    )


def _group(group: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """EMR's surcharge, EC2's instances, and their volumes."""
    count = group["RunningInstanceCount"]
    for service in (EMR, EC2):
        yield f"{service}/BoxUsage:{group['InstanceType']}", count * HOURS
    for device in group.get("EbsBlockDevices", ()):
        specification = device["VolumeSpecification"]
        yield f"{EC2}/EBS:VolumeUsage.{specification['VolumeType']}", count * specification["SizeInGB"]


def _workers(capacity: Mapping[str, Any], architecture: str | None) -> Iterator[tuple[str, float]]:
    """The vCPUs and the memory of workers that are kept; storage up to 20 GB is free."""
    for config in capacity.values():
        worker, hours = config["workerConfiguration"], config["workerCount"] * HOURS
        yield serverless_spark_key("vCPU-Hours", architecture), units_in(worker["cpu"]) * hours
        yield serverless_spark_key("GB-Hours", architecture), units_in(worker["memory"]) * hours


def _idle_time() -> timedelta:
    return timedelta(hours=SETTINGS.idle_hours)
