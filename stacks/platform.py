"""One environment as one stage: its stacks, and what each hands to the next."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.jobs import JobsStack
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.storage import StorageStack


class Platform(cdk.Stage):
    """The SageMaker platform of one environment."""

    def __init__(self, scope: Construct, settings: EnvironmentSettings, workloads: Path = paths.WORKLOADS) -> None:
        boundary = settings.permissions_boundary
        super().__init__(
            scope,
            settings.name,
            env=cdk.Environment(account=settings.account, region=settings.region),
            permissions_boundary=cdk.PermissionsBoundary.from_arn(boundary) if boundary else None,
        )
        catalogue = load_catalogue(settings, workloads)
        storage = StorageStack(self, settings)
        # The local AWS is still without the rules of security groups.
        network = NetworkStack(self, settings, storage=storage).jobs if settings.name != "local" else None
        access = AccessStack(self, settings, storage=storage, network=network, catalogue=catalogue)
        jobs = JobsStack(self, settings, storage=storage, network=network, access=access, catalogue=catalogue)
        ObservabilityStack(self, settings, storage=storage, jobs=jobs)
        for key, value in {"launchpad:environment": settings.name, **settings.tags}.items():
            cdk.Tags.of(self).add(key, value)
