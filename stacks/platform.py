"""One environment as one stage: its stacks, and what each passes to the next.

Note: stacks with SageMaker resources are imported only for an environment that has them. Importing CDK's SageMaker
module takes 0.8 s of CPU time, a third of a synth; the EMR modules take 0.1 s.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.catalogue.chosen_containers import chosen_containers
from launchpad.catalogue.endpoint_services import endpoint_services, tracking_is_reached
from launchpad.catalogue.external_inputs import external_inputs
from launchpad.catalogue.pinned_endpoints import with_pinned
from launchpad.catalogue.promoted_models import registries
from launchpad.catalogue.retention import FILE as RETENTION_FILE
from launchpad.catalogue.retention import retention_file
from launchpad.catalogue.working_copies import RULES_FILE, rules
from launchpad.checks.environment import check_environment
from launchpad.settings import EnvironmentSettings
from launchpad.settings.promotion import neighbours
from stacks.access import AccessStack
from stacks.base.platform_stack import ENVIRONMENT_TAG
from stacks.constructs.function_code import FunctionCode
from stacks.endpoints import EndpointStack
from stacks.jobs import JobsStack
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.pipeline import PipelineStack
from stacks.promotion import PromotionStack
from stacks.registry import KEPT_IMAGES, add_images
from stacks.spark import SparkStack
from stacks.spark_serverless import SparkServerlessStack
from stacks.storage import StorageStack


def feature_flags() -> dict[str, object]:
    """Return the flags in `cdk.json`, so that the CDK CLI and tests synthesize the same templates.

    It has only the flags that change the templates, the deploy or the validation of this platform.
    """
    flags: dict[str, object] = json.loads((paths.ROOT / "cdk.json").read_text("utf-8"))["context"]
    return flags


class Platform(cdk.Stage):
    """The SageMaker platform of one environment."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        workloads: Path = paths.WORKLOADS,
        containers: Path = paths.CONTAINERS,
        leave_out: Collection[str] = (),
    ) -> None:
        boundary = settings.permissions_boundary
        super().__init__(
            scope,
            settings.name,
            env=cdk.Environment(account=settings.account, region=settings.region),
            permissions_boundary=cdk.PermissionsBoundary.from_arn(boundary) if boundary else None,
        )
        catalogue = load_catalogue(settings, workloads, containers, leave_out)
        pins = check_environment(settings, catalogue.workloads, workloads, containers)
        around = neighbours(settings)
        readers = around.elsewhere(settings)
        storage = StorageStack(self, settings, readers).storage
        served = with_pinned(catalogue.workloads, pins)
        services = endpoint_services(settings, served)
        network = NetworkStack(
            self,
            settings,
            storage=storage,
            external_inputs=external_inputs(catalogue.workloads.values()),
            services=services,
        ).jobs
        built = chosen_containers(settings, catalogue.workloads.values(), pins, containers)
        images = add_images(self, settings, storage=storage, containers=built, readers=readers)
        if around.sources:
            PromotionStack(
                self,
                settings,
                storage=storage,
                sources=around.sources,
                registries=registries(settings).values(),
                containers=built.values(),
                promoted=[each for endpoint in settings.endpoints for _, each in endpoint.promotions],
                registry=next((image.registry for image in images.values()), None),
            )
        roles = replace(catalogue, workloads=served)
        access = AccessStack(
            self,
            settings,
            storage=storage,
            network=network,
            catalogue=roles,
            shares_models=bool(around.version_readers(settings)),
        )
        spark: Mapping[str, str] = {}
        if settings.spark:
            spark = SparkStack(
                self, settings, settings.spark, storage=storage, network=network, access=access
            ).reference
        if settings.spark_serverless:
            spark = SparkServerlessStack(
                self, settings, settings.spark_serverless, storage=storage, network=network, access=access
            ).reference
        tracking_uri: str | None = None
        if settings.tracking:
            from stacks.tracking import TrackingStack

            tracking_uri = TrackingStack(self, settings, settings.tracking, storage=storage, access=access).uri
        extra = {RULES_FILE: rules(settings, catalogue)} if settings.takes_working_copies else {}
        extra[RETENTION_FILE] = retention_file(settings, KEPT_IMAGES)
        code = FunctionCode(self, catalogue, settings.region, extra)
        jobs = JobsStack(
            self,
            settings,
            storage=storage,
            network=network,
            access=access,
            images=images,
            spark=spark,
            tracking_uri=tracking_uri,
            jobs_reach_tracking=tracking_is_reached(settings, served),
            code=code,
        )
        pipeline = PipelineStack(
            self,
            settings,
            storage=storage,
            access=access,
            jobs=jobs,
            catalogue=catalogue,
            code=code,
            readers=around.version_readers(settings),
        )
        observability = ObservabilityStack(
            self,
            settings,
            storage=storage,
            access=access,
            jobs=jobs,
            pipeline=pipeline,
            spark=spark,
            tracking_uri=tracking_uri,
            catalogue=catalogue,
            code=code,
        )
        for pin in pins:
            EndpointStack(
                self,
                settings,
                pin,
                storage=storage,
                network=network,
                access=access,
                images=images,
                observability=observability,
            )
        if settings.notebooks:
            from stacks.notebooks import NotebooksStack

            NotebooksStack(
                self,
                settings,
                storage=storage,
                network=network,
                access=access,
                jobs=jobs,
                tracking_uri=tracking_uri,
            )
        if settings.studio:
            from stacks.studio import StudioStack

            StudioStack(
                self,
                settings,
                settings.studio,
                storage=storage,
                network=network,
                access=access,
                jobs=jobs,
                housekeeping_role=observability.housekeeping_role,
                tracking_uri=tracking_uri,
            )
        if settings.github:
            from stacks.github import GithubStack

            GithubStack(self, settings, settings.github, containers=built.values(), neighbours=around)
        if settings.people:
            from stacks.people import PeopleStack
            from stacks.permissions.people_permissions import PeoplesResources

            resources = PeoplesResources(
                storage=storage,
                launch_function=jobs.launch.arn,
                deploy_function=jobs.deploy.arn if settings.direct_deploy else None,
                monitor_function=observability.monitoring.arn if observability.monitoring else None,
                idle_functions=tuple(
                    function.arn for function in (observability.housekeeping, observability.idle) if function
                ),
                pipeline=pipeline.state_machine.attr_arn,
                job_events=observability.job_events.attr_arn,
                tracking=tracking_uri,
                spark_application=spark.get("application_id"),
            )
            PeopleStack(self, settings, settings.people, resources=resources)
        for key, value in {ENVIRONMENT_TAG: settings.name, **settings.tags}.items():
            cdk.Tags.of(self).add(key, value)
