"""The functions that launch work. Their code contains the workload catalogue, so a new workload adds no resource."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from launchpad.requests.endpoint_alarms import THRESHOLDS
from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.alert_access import alert_topic_parameter
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import JobFunction
from stacks.constructs.settled_endpoints import PinnedEndpointLogs, SettledEndpoints
from stacks.registry import ImageStack


class JobsStack(PlatformStack):
    """The launch and deploy functions."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        images: Mapping[str, ImageStack],
        spark: Mapping[str, str],
        tracking_uri: str | None = None,
        jobs_reach_tracking: bool = False,
        code: FunctionCode,
    ) -> None:
        super().__init__(scope, settings, "jobs", "Functions that launch jobs and deploy endpoints")
        self.function_environment = {
            "LAUNCHPAD_ENVIRONMENT": self.to_json_string(
                {
                    "name": settings.name,
                    "region": settings.region,
                    "data_bucket": storage.data_bucket,
                    "model_bucket": storage.model_bucket,
                    "kms_key_arn": storage.key_arn,
                    "training_role_arn": access.training_role.role_arn,
                    "serving_role_arn": access.serving_role.role_arn,
                    "processing_role_arn": access.processing_role.role_arn,
                    "subnet_ids": list(network.subnet_ids),
                    "security_group_ids": [network.security_group_id],
                    "spark": dict(spark),
                    **({"tracking_uri": tracking_uri} if tracking_uri else {}),
                    **({"jobs_reach_tracking": True} if jobs_reach_tracking else {}),
                    "containers": {name: image.uri for name, image in images.items()},
                    "instance_limits": dict(sorted(settings.instance_limits.types.items())),
                    **({"runbooks": settings.runbooks} if settings.runbooks else {}),
                    **_serving(settings),
                    "tags": dict(settings.tags),
                }
            ),
            "DIRECT_DEPLOY": str(settings.direct_deploy).lower(),
            "LOG_RETENTION_DAYS": str(settings.log_retention_days),
            **_shared_logs(settings, storage),
            **({"WORKING_COPIES": "true"} if settings.takes_working_copies else {}),
        }
        self.launch = JobFunction(
            self,
            "Launch",
            code=code,
            module="launch",
            description="Starts a workload's jobs",
            role=access.launch_role,
            key=storage.key,
            environment=self.function_environment,
        )
        self.deploy = JobFunction(
            self,
            "Deploy",
            code=code,
            module="deploy",
            description="Serves what a training job made",
            role=access.deploy_role,
            key=storage.key,
            environment=self.function_environment,
        )
        if settings.direct_deploy:
            SettledEndpoints(self, "Settled", function_arn=self.deploy.arn)
        if settings.endpoints:
            PinnedEndpointLogs(self, "PinnedLogs", function_arn=self.deploy.arn)
        for image in images.values():
            self.add_stack_dependency(image, "No function names an image that is not there yet")
        self.functions = (self.launch, self.deploy)
        self.hand_over(self.launch.arn)
        self.output("LaunchFunctionName", self.launch.function_name, "Starts jobs")
        self.output("DeployFunctionName", self.deploy.function_name, "Deploys endpoints")


def _shared_logs(settings: EnvironmentSettings, storage: Storage) -> dict[str, str]:
    """The key of the log groups that others share: only one that outlives the environment, and none otherwise.

    Without its key, what is in a group can't be read any more, and nothing be added to it.
    """
    if not settings.owns_job_logs:
        return {}
    return {"SHARED_LOGS_KEY": storage.key_arn if settings.retain_data else ""}


def _serving(settings: EnvironmentSettings) -> dict[str, object]:
    """What the deploy function must know of the config, where endpoints are deployed directly."""
    if not settings.direct_deploy:
        return {}
    return {
        "alert_topic_parameter": alert_topic_parameter(settings.name),
        **({"allow_serverless": True} if settings.allow_serverless else {}),
        **({"alarms": settings.alarms.thresholds} if settings.alarms.thresholds != THRESHOLDS else {}),
    }
