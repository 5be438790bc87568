"""SageMaker Studio: one domain in the private network, and a profile per user. Off unless a config asks.

The domain has no home file system: SageMaker would leave it behind, with its network interfaces and security groups,
when the domain is deleted, and CloudFormation has no property for that. JupyterLab and Code Editor keep a user's work
on the encrypted volume of a space, and need none. Spaces and running applications belong to their users. They have to
be deleted before the domain (`DeleteApp`, then `DeleteSpace`).
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from launchpad.settings import EnvironmentSettings, StudioSettings
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.jobs import JobsStack
from stacks.permissions.housekeeping_permissions import studio_applications
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import statement
from stacks.permissions.studio_permissions import domain_permissions
from stacks.permissions.tracking_permissions import read_runs

Domain = sagemaker.CfnDomain
SMALLEST_VOLUME = 5
SHORTEST_IDLE_MINUTES = 60
OLD_APPLICATIONS = ["JupyterServer"]
"""Applications of Studio Classic, which need a home file system."""


class StudioStack(PlatformStack):
    """The domain and its users."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        studio: StudioSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        jobs: JobsStack,
        housekeeping_role: iam.Role,
        tracking_uri: str | None,
    ) -> None:
        super().__init__(scope, settings, "studio", "SageMaker Studio: domain and users")
        role = access.add_studio_role(storage, network)
        domain = self._domain(studio, role.role_arn, storage.key_arn, network)
        for user in studio.users:
            profile = sagemaker.CfnUserProfile(self, f"User-{user}", domain_id=domain.ref, user_profile_name=user)
            profile.apply_removal_policy(self.data_removal)
        self._allow_users(role, domain.ref, jobs, tracking_uri)
        attach(self, "HousekeepingRights", housekeeping_role, studio_applications(self, domain.ref))
        self.output("StudioDomainId", domain.ref, "SageMaker Studio's domain")

    def _domain(self, studio: StudioSettings, role_arn: str, key_arn: str, network: JobNetwork) -> sagemaker.CfnDomain:
        domain = sagemaker.CfnDomain(
            self,
            "Domain",
            domain_name=f"launchpad-{self.settings.name}",
            auth_mode="IAM",
            app_network_access_type="VpcOnly",
            vpc_id=network.vpc_id,
            subnet_ids=list(network.subnet_ids),
            kms_key_id=key_arn,
            home_efs_file_system_creation="Disabled",
            tag_propagation="ENABLED",
            domain_settings=Domain.DomainSettingsProperty(
                # CloudTrail then records which user did something with the role that they share.
                execution_role_identity_config="USER_PROFILE_NAME",
                docker_settings=Domain.DockerSettingsProperty(enable_docker_access="DISABLED"),
            ),
            default_user_settings=_user_settings(studio, role_arn, network),
            default_space_settings=Domain.DefaultSpaceSettingsProperty(
                execution_role=role_arn,
                security_groups=[network.security_group_id],
                jupyter_lab_app_settings=_jupyter_lab(studio),
            ),
        )
        domain.apply_removal_policy(self.data_removal)
        return domain

    def _allow_users(self, role: iam.Role, domain_id: str, jobs: JobsStack, tracking_uri: str | None) -> None:
        """Attach what depends on the domain, the functions and MLflow, which come after the role."""
        functions = [jobs.launch, *([jobs.deploy] if self.settings.direct_deploy else [])]
        invoke = statement(["lambda:InvokeFunction"], [function.arn for function in functions])
        look_at_runs = [read_runs(self.settings, tracking_uri)] if tracking_uri else []
        attach(self, "StudioRights", role, [invoke, *domain_permissions(self, domain_id), *look_at_runs])


def _user_settings(studio: StudioSettings, role_arn: str, network: JobNetwork) -> Domain.UserSettingsProperty:
    volume = Domain.DefaultEbsStorageSettingsProperty(
        default_ebs_volume_size_in_gb=SMALLEST_VOLUME, maximum_ebs_volume_size_in_gb=studio.volume_gb
    )
    return Domain.UserSettingsProperty(
        execution_role=role_arn,
        security_groups=[network.security_group_id],
        auto_mount_home_efs="Disabled",
        studio_web_portal="ENABLED",
        default_landing_uri="studio::",
        studio_web_portal_settings=Domain.StudioWebPortalSettingsProperty(hidden_app_types=OLD_APPLICATIONS),
        sharing_settings=Domain.SharingSettingsProperty(notebook_output_option="Disabled"),
        space_storage_settings=Domain.DefaultSpaceStorageSettingsProperty(default_ebs_storage_settings=volume),
        jupyter_lab_app_settings=_jupyter_lab(studio),
        code_editor_app_settings=Domain.CodeEditorAppSettingsProperty(app_lifecycle_management=_lifecycle(studio)),
    )


def _jupyter_lab(studio: StudioSettings) -> Domain.JupyterLabAppSettingsProperty:
    return Domain.JupyterLabAppSettingsProperty(app_lifecycle_management=_lifecycle(studio))


def _lifecycle(studio: StudioSettings) -> Domain.AppLifecycleManagementProperty:
    """Shut an idle application down. Users may choose a shorter time, down to SageMaker's hour, but no longer one."""
    idle = Domain.IdleSettingsProperty(
        lifecycle_management="ENABLED",
        idle_timeout_in_minutes=studio.idle_minutes,
        min_idle_timeout_in_minutes=SHORTEST_IDLE_MINUTES,
        max_idle_timeout_in_minutes=studio.idle_minutes,
    )
    return Domain.AppLifecycleManagementProperty(idle_settings=idle)
