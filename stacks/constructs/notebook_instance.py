"""A notebook instance in the private network, with the lifecycle configuration that looks after it.

Its volume is the only copy of people's work. The instance therefore has a fixed name: a change that can't be made in
place (subnet, key, platform) would replace it, and CloudFormation refuses to replace a resource with a fixed name. To
make such a change, save the work and rename the notebook. The role's permissions also depend on the name's prefix.
Where an environment retains data, an instance that is removed from the config stays, with its other resources, until
someone has checked its volume and deletes it.
"""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from launchpad.settings import NotebookSettings
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.constructs.lifecycle_scripts import (
    PLATFORM_IDENTIFIER,
    SAGEMAKER_LOCAL,
    on_create_script,
    on_start_script,
)


class NotebookInstance(Construct):
    """One notebook instance of the config; the construct has its name."""

    def __init__(
        self,
        scope: PlatformStack,
        settings: NotebookSettings,
        *,
        role: iam.Role,
        key_arn: str,
        network: JobNetwork,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, settings.name)
        self._settings = settings
        lifecycle = self._lifecycle(variables, installs=self._installs(scope))
        instance = sagemaker.CfnNotebookInstance(
            self,
            "Instance",
            notebook_instance_name=f"{scope.settings.name}-{settings.name}",
            instance_type=settings.instance_type,
            role_arn=role.role_arn,
            # Always the same one: another subnet would replace the instance, without the work on its volume.
            subnet_id=network.subnet_ids[0],
            security_group_ids=[network.security_group_id],
            direct_internet_access="Disabled",
            root_access="Enabled" if settings.docker else "Disabled",
            kms_key_id=key_arn,
            volume_size_in_gb=settings.volume_gb,
            lifecycle_config_name=lifecycle.attr_notebook_instance_lifecycle_config_name,
            default_code_repository=self._repository(),
            platform_identifier=PLATFORM_IDENTIFIER,
            instance_metadata_service_configuration=sagemaker.CfnNotebookInstance.InstanceMetadataServiceConfigurationProperty(
                minimum_instance_metadata_service_version="2"
            ),
        )
        for resource in self.node.find_all():
            if isinstance(resource, cdk.CfnResource):
                resource.apply_removal_policy(scope.data_removal)
        self.name = instance.attr_notebook_instance_name

    def _installs(self, scope: PlatformStack) -> bool:
        """Whether a package index is reachable. Without one, the install would fail an hour after each start."""
        return bool(self._settings.package_index) or scope.settings.network.may_reach_internet

    def _lifecycle(
        self, variables: Mapping[str, str], *, installs: bool
    ) -> sagemaker.CfnNotebookInstanceLifecycleConfig:
        """Create the lifecycle configuration. A change takes effect at the next start."""
        index = {"PIP_INDEX_URL": self._settings.package_index} if self._settings.package_index else {}
        start = on_start_script(
            {**variables, **index},
            idle_minutes=self._settings.idle_minutes,
            docker=self._settings.docker,
            requirement=SAGEMAKER_LOCAL if installs else None,
        )
        hook = sagemaker.CfnNotebookInstanceLifecycleConfig.NotebookInstanceLifecycleHookProperty
        return sagemaker.CfnNotebookInstanceLifecycleConfig(
            self,
            "Lifecycle",
            on_create=[hook(content=cdk.Fn.base64(on_create_script()))],
            on_start=[hook(content=cdk.Fn.base64(start))],
        )

    def _repository(self) -> str | None:
        """Return the repository's URL, or the name of the resource that combines a private one with its secret."""
        if not self._settings.repository or not self._settings.repository_secret:
            return self._settings.repository
        return sagemaker.CfnCodeRepository(
            self,
            "Repository",
            git_config=sagemaker.CfnCodeRepository.GitConfigProperty(
                repository_url=self._settings.repository, secret_arn=self._settings.repository_secret
            ),
        ).attr_code_repository_name
