"""The interface endpoints that an environment's network needs, derived from its config and from what workloads call.

What SageMaker does for a job needs none: it pulls the image, writes logs and metrics and hands out credentials outside
the job's network. S3 has a gateway endpoint, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings

BASE = ("ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "sts")
"""What `interface_endpoints: true` always makes."""
LAUNCHING = ("lambda",)
"""Notebooks and Studio start jobs by invoking the launch function."""
BROWSER = {"notebooks": "notebook", "studio": "studio"}
"""Ways for browsers in the network, to which a presigned URL leads."""
WORKPLACE = ("logs", "sagemaker.api", "sagemaker.runtime", "sts", *LAUNCHING)
"""What a notebook and Studio call, by themselves (to stop when idle) and through AWS's SDK ("Connect Amazon SageMaker
Studio in a VPC to External Resources", developer guide)."""
TRACKING = "experiments"
"""The endpoint of a tracking server. AWS lists none for MLflow Apps ("AWS services that integrate with AWS
PrivateLink")."""
CLUSTER = "elasticmapreduce"
SPARK = (CLUSTER, "kms", "sts")
"""A cluster's nodes talk to EMR, decrypt their disks, and take the role of each step."""
SPARK_SERVERLESS = ("kms",)
"""Logs are encrypted with the environment's key. AWS doesn't say from which network: not confirmed."""
PROGRAMS = ("prepare", "training", "evaluate", "spark")
"""The sections whose program may run in every environment; a model only where it is served."""


def endpoint_services(settings: EnvironmentSettings, workloads: Mapping[str, Definition]) -> list[str]:
    """The services with an interface endpoint, by the last part of its name, sorted."""
    network = settings.network
    if network.existing or network.interface_endpoints is False:
        return []
    if network.interface_endpoints:
        return sorted({*BASE, *_in_any_case(settings), *_needed(settings, workloads)})
    return [] if network.nat else sorted({*_needed(settings, workloads)})


def called_services(settings: EnvironmentSettings, definition: Definition) -> dict[str, tuple[str, ...]]:
    """The services that a workload's programs call in this environment, by section."""
    # A pipeline's baseline also asks the model, in a transform job.
    served = settings.direct_deploy or settings.endpoints or definition.get("transform") or definition.get("monitoring")
    sections = (*PROGRAMS, *(("serving",) if served else ()))
    named = {section: (definition.get(section) or {}).get("aws_services") for section in sections}
    return {section: tuple(services) for section, services in named.items() if services}


def tracking_is_reached(settings: EnvironmentSettings, workloads: Mapping[str, Definition]) -> bool:
    """Whether jobs that are not isolated reach the environment's MLflow; an existing network's owner answers for it."""
    if settings.tracking is None:
        return False
    return settings.network.may_reach_internet or TRACKING in endpoint_services(settings, workloads)


def _in_any_case(settings: EnvironmentSettings) -> Iterator[str]:
    for section, service in BROWSER.items():
        if getattr(settings, section):
            yield from (service, *LAUNCHING)
    if settings.tracking and settings.tracking.is_server:
        yield TRACKING
    if settings.spark:
        yield CLUSTER


def _needed(settings: EnvironmentSettings, workloads: Mapping[str, Definition]) -> Iterator[str]:
    if settings.notebooks or settings.studio:
        yield from WORKPLACE
    if settings.studio:
        yield BROWSER["studio"]
    if settings.spark:
        yield from SPARK
    if settings.spark_serverless:
        yield from SPARK_SERVERLESS
    if settings.tracking and settings.tracking.is_server and _logs_itself(settings, workloads):
        yield TRACKING
    for definition in workloads.values():
        for services in called_services(settings, definition).values():
            yield from services


def _logs_itself(settings: EnvironmentSettings, workloads: Mapping[str, Definition]) -> bool:
    """Whether something in the network logs to MLflow; the platform logs isolated jobs from outside it."""
    open_training = any(
        definition.get("training") and not definition["training"]["network_isolation"]
        for definition in workloads.values()
    )
    return bool(settings.notebooks or settings.studio or open_training)
