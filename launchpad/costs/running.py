"""What runs in an environment now, and what an hour of it costs: jobs, endpoints, notebook instances, and services.

Not looked at: what is charged whether anything runs or not (`environment_cost`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from launchpad.costs.environment_cost import Total
from launchpad.costs.keys import ASYNC, HOST, NOTEBOOK, instance_key
from launchpad.costs.price_list import PriceList
from launchpad.costs.running_piece import Running, in_words
from launchpad.costs.running_services import running_services
from launchpad.costs.work import part
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoint_modes import mode_of
from launchpad.platform_client.ownership import is_ours
from launchpad.platform_client.work import Work, list_work
from launchpad.platform_client.work.sagemaker_jobs import describe
from launchpad.requests.cost import USES, endpoint_machines, machines_of

NEWEST = 100
"""The newest jobs of each kind, some of which may be stopping; all that are in progress are listed next to them. No
more, because of many a name only its tags say whose job it is, a call for each."""
MOST = 1000
"""The most endpoints that are looked at."""


def running(connection: Connection, prices: PriceList) -> list[Running]:
    """Everything that runs, jobs first. The training jobs of a tuning are listed each."""
    listed = [*list_work(connection, None, tuple(USES), NEWEST), *list_work(connection, None, ("endpoint",), MOST)]
    work = [each for each in listed if each.running]
    jobs = [job for each in work if each.kind in USES and (job := _job(connection, each, prices))]
    endpoints = [_endpoint(connection, each, prices) for each in work if each.kind == "endpoint"]
    return [*jobs, *endpoints, *_notebooks(connection, prices), *running_services(connection, prices)]


def _job(connection: Connection, work: Work, prices: PriceList) -> Running | None:
    """A job; None if it has ended meanwhile."""
    described = describe(connection, work.kind, work.name)
    if described is None or not described.running:
        return None
    machines = machines_of(work.kind, described.description)
    spot = "; spot: usually less" if described.description.get("EnableManagedSpotTraining") else ""
    hourly = _hourly(USES[work.kind], machines, prices)
    return Running(work.noun, work.name, described.status, work.started, f"{in_words(machines)}{spot}", hourly)


def _endpoint(connection: Connection, work: Work, prices: PriceList) -> Running:
    sagemaker = connection.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=work.name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    use = ASYNC if mode_of(config) == "async" else HOST
    machines = endpoint_machines(endpoint, config)
    how = in_words(machines) or "serverless: by its answers"
    return Running(work.noun, work.name, work.status, work.started, how, _hourly(use, machines, prices))


def _notebooks(connection: Connection, prices: PriceList) -> Iterator[Running]:
    sagemaker = connection.client("sagemaker")
    pages = sagemaker.get_paginator("list_notebook_instances").paginate(
        NameContains=f"{connection.name}-", StatusEquals="InService"
    )
    for page in pages:
        for each in page["NotebookInstances"]:
            if is_ours(connection, sagemaker, each["NotebookInstanceArn"]):
                name, machines = each["NotebookInstanceName"], [(each["InstanceType"], 1)]
                hourly = _hourly(NOTEBOOK, machines, prices)
                yield Running(
                    "notebook instance",
                    name,
                    each["NotebookInstanceStatus"],
                    each["LastModifiedTime"],
                    in_words(machines),
                    hourly,
                )


def _hourly(use: str, machines: Iterable[tuple[str, int]], prices: PriceList) -> Total:
    return Total.of(part(prices, instance_key(use, name), count) for name, count in machines if count)
