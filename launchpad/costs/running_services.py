"""What runs in an environment next to SageMaker's jobs: EMR, EMR Serverless, Studio's applications, a tracking server.

Each is asked for only where the config has its section. A Spark step costs nothing that its cluster doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launchpad.costs.environment_cost import Total
from launchpad.costs.keys import EC2_AND_EMR, SAGEMAKER, instance_key
from launchpad.costs.price_list import PriceList
from launchpad.costs.running_piece import Running, in_words
from launchpad.costs.work import part
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import find_output
from launchpad.platform_client.work import list_work
from launchpad.requests.cost import units_in
from launchpad.requests.price_keys import serverless_spark_key

STUDIO = "Studio"
FREE = "system"
"""The instance type of an application that Studio itself needs, which costs nothing."""
ENDED = ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
"""States of an EMR cluster whose instances are gone, or go."""


def running_services(connection: Connection, prices: PriceList) -> Iterator[Running]:
    """Everything that runs of the config's optional sections."""
    settings = connection.settings
    if settings.spark:
        yield from _cluster(connection, prices)
    if settings.spark_serverless:
        yield from _application(connection, prices)
    if settings.studio:
        yield from _studio(connection, prices)
    if settings.tracking and settings.tracking.is_server:
        yield from _tracking_server(connection, prices)


def _cluster(connection: Connection, prices: PriceList) -> Iterator[Running]:
    """The environment's EMR cluster, by the instances that it has now: EMR and EC2 charge for each."""
    identifier, emr = find_output(connection, "spark", "SparkClusterId"), connection.client("emr")
    if identifier is None:
        return
    cluster = emr.describe_cluster(ClusterId=identifier)["Cluster"]
    status = cluster["Status"]
    if status["State"] in ENDED:
        return
    pages = emr.get_paginator("list_instance_groups").paginate(ClusterId=identifier)
    groups = [group for page in pages for group in page["InstanceGroups"]]
    machines = [(group["InstanceType"], group["RunningInstanceCount"]) for group in groups]
    parts = [
        part(prices, f"{service}/BoxUsage:{name}", count)
        for name, count in machines
        if count
        for service in EC2_AND_EMR
    ]
    how = f"{in_words(machines)}; {_steps(connection)}"
    started = status["Timeline"]["CreationDateTime"]
    yield Running("EMR cluster", cluster["Name"], status["State"], started, how, Total.of(parts))


def _steps(connection: Connection) -> str:
    steps = [each.name for each in list_work(connection, None, ("spark",)) if each.status == "RUNNING"]
    return f"runs {', '.join(steps)}" if steps else "no step runs"


def _application(connection: Connection, prices: PriceList) -> Iterator[Running]:
    """The application of EMR Serverless while it has runs: what its workers may cost at most."""
    identifier = find_output(connection, "spark-serverless", "SparkApplicationId")
    runs = [each for each in list_work(connection, None, ("spark",)) if each.running] if identifier else []
    if not runs:
        return
    application = connection.client("emr-serverless").get_application(applicationId=identifier)["application"]
    most = application["maximumCapacity"]
    parts = [
        part(prices, serverless_spark_key(unit, application.get("architecture")), units_in(most[member]))
        for unit, member in (("vCPU-Hours", "cpu"), ("GB-Hours", "memory"))
    ]
    how = f"runs {', '.join(run.name for run in runs)}; at most {most['cpu']} and {most['memory']}"
    started = min(run.started for run in runs)
    name = application.get("name", identifier)
    yield Running("EMR Serverless application", name, application["state"], started, how, Total.of(parts))


def _studio(connection: Connection, prices: PriceList) -> Iterator[Running]:
    domain = find_output(connection, "studio", "StudioDomainId")
    if domain is None:
        return
    for page in connection.client("sagemaker").get_paginator("list_apps").paginate(DomainIdEquals=domain):
        for application in page["Apps"]:
            name = application.get("ResourceSpec", {}).get("InstanceType", FREE)
            if application["Status"] in ("InService", "Pending") and name != FREE:
                yield _studio_application(application, name, prices)


def _studio_application(application: Mapping[str, Any], instance: str, prices: PriceList) -> Running:
    owner = application.get("SpaceName") or application.get("UserProfileName", "")
    machines = [(instance, 1)]
    return Running(
        "Studio application",
        f"{owner}/{application['AppType']}",
        application["Status"],
        application["CreationTime"],
        in_words(machines),
        Total.of([part(prices, instance_key(STUDIO, instance), 1)]),
    )


def _tracking_server(connection: Connection, prices: PriceList) -> Iterator[Running]:
    arn = find_output(connection, "tracking", "TrackingServerArn")
    if arn is None:
        return
    name = arn.rpartition("/")[2]
    server = connection.client("sagemaker").describe_mlflow_tracking_server(TrackingServerName=name)
    if server["IsActive"] != "Active":
        return
    size, status = server["TrackingServerSize"], server["TrackingServerStatus"]
    total = Total.of([part(prices, f"{SAGEMAKER}/MlflowTrackingServer:{size}", 1)])
    yield Running("MLflow tracking server", name, status, server["CreationTime"], size, total)
