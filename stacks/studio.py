"""SageMaker Studio: one domain in the private network, and a profile per user. Off unless a config asks.

The domain gets no home file system: SageMaker would leave it behind, with its network interfaces and security groups,
when the domain is deleted, and CloudFormation can't say otherwise. JupyterLab and Code Editor keep a user's work on the
encrypted volume of a space, and need none. Spaces and running applications belong to their users: a domain that has
some can't be deleted, so they have to go first (`DeleteApp`, then `DeleteSpace`).
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from launchpad.settings import EnvironmentSettings, StudioSettings
from stacks.access import AccessStack
from stacks.constructs.job_network import JobNetwork
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import statement
from stacks.constructs.role import Role, attach
from stacks.constructs.studio_rights import domain_rights
from stacks.jobs import JobsStack
from stacks.storage import StorageStack

SMALLEST_VOLUME = 5
OLD_APPLICATIONS = ["JupyterServer"]
"""Those of Studio Classic, which want a home file system."""


class StudioStack(PlatformStack):
    """The domain and its users. Made of plain resources: CDK's SageMaker module takes half a second to import."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        studio: StudioSettings,
        *,
        storage: StorageStack,
        network: JobNetwork,
        access: AccessStack,
        jobs: JobsStack,
    ) -> None:
        super().__init__(scope, settings, "studio", "SageMaker Studio: domain and users")
        role = access.add_studio_role(storage, network)
        domain = self._resource(
            "Domain",
            {
                "DomainName": f"launchpad-{settings.name}",
                "AuthMode": "IAM",
                "AppNetworkAccessType": "VpcOnly",
                "VpcId": network.vpc_id,
                "SubnetIds": list(network.subnet_ids),
                "KmsKeyId": storage.key_arn,
                "HomeEfsFileSystemCreation": "Disabled",
                "TagPropagation": "ENABLED",
                "DomainSettings": {
                    # CloudTrail then tells which user did what with the role that they share.
                    "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME",
                    "DockerSettings": {"EnableDockerAccess": "DISABLED"},
                },
                "DefaultUserSettings": _user_settings(studio, role, network),
                "DefaultSpaceSettings": {
                    "ExecutionRole": role.role_arn,
                    "SecurityGroups": [network.security_group_id],
                    "JupyterLabAppSettings": _idle(studio),
                },
            },
        )
        for user in studio.users:
            profile = {"DomainId": domain.ref, "UserProfileName": user}
            self._resource("UserProfile", profile, f"User-{user}")
        self._let_users_work(role, domain.ref, jobs)
        self.output("StudioDomainId", domain.ref, "SageMaker Studio's domain")

    def _resource(self, kind: str, properties: dict[str, Any], name: str | None = None) -> cdk.CfnResource:
        """What holds people's work stays where the environment keeps its data. CDK itself tags no plain resource."""
        tags = {"launchpad:environment": self.settings.name, **self.settings.tags}
        resource = cdk.CfnResource(
            self,
            name or kind,
            type=f"AWS::SageMaker::{kind}",
            properties={**properties, "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]},
        )
        resource.apply_removal_policy(self.data_removal)
        return resource

    def _let_users_work(self, role: Role, domain_id: str, jobs: JobsStack) -> None:
        """Made here, for the domain and the functions come after the role."""
        functions = [jobs.launch, *([jobs.deploy] if self.settings.direct_deploy else [])]
        invoke = statement(["lambda:InvokeFunction"], [one.arn for one in functions])
        attach(self, "StudioRights", role, [invoke, *domain_rights(self, domain_id)])


def _user_settings(studio: StudioSettings, role: Role, network: JobNetwork) -> dict[str, Any]:
    return {
        "ExecutionRole": role.role_arn,
        "SecurityGroups": [network.security_group_id],
        "AutoMountHomeEFS": "Disabled",
        "StudioWebPortal": "ENABLED",
        "DefaultLandingUri": "studio::",
        "StudioWebPortalSettings": {"HiddenAppTypes": OLD_APPLICATIONS},
        "SharingSettings": {"NotebookOutputOption": "Disabled"},
        "SpaceStorageSettings": {
            "DefaultEbsStorageSettings": {
                "DefaultEbsVolumeSizeInGb": SMALLEST_VOLUME,
                "MaximumEbsVolumeSizeInGb": studio.volume_gb,
            }
        },
        "JupyterLabAppSettings": _idle(studio),
        "CodeEditorAppSettings": _idle(studio),
    }


def _idle(studio: StudioSettings) -> dict[str, Any]:
    """Shut down when idle; users may choose a shorter time, down to SageMaker's hour, and no longer one."""
    return {
        "AppLifecycleManagement": {
            "IdleSettings": {
                "LifecycleManagement": "ENABLED",
                "IdleTimeoutInMinutes": studio.idle_minutes,
                "MinIdleTimeoutInMinutes": 60,
                "MaxIdleTimeoutInMinutes": studio.idle_minutes,
            }
        }
    }
