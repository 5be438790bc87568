"""The cluster, and the security configuration of its nodes and steps."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_emr as emr
from constructs import Construct

from launchpad.settings import SparkSettings
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.emr.network import SparkNetwork
from stacks.emr.roles import SparkRoles
from stacks.emr.statements import EMR_TAG, LOG_PREFIX

APPLICATIONS = ("Hadoop", "JupyterEnterpriseGateway", "Livy", "Spark")
"""Spark, and the applications through which an EMR Studio's workspaces reach it."""


class SparkCluster(Construct):
    """The cluster; `cluster` is the resource."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        settings: SparkSettings,
        storage: Storage,
        network: JobNetwork,
        groups: SparkNetwork,
        roles: SparkRoles,
    ) -> None:
        super().__init__(scope, name)
        security = emr.CfnSecurityConfiguration(
            self, "Security", security_configuration=security_configuration(settings, storage)
        )
        self.cluster = emr.CfnCluster(
            self,
            "Cluster",
            name=f"launchpad-{scope.settings.name}-{settings.generation}",
            release_label=settings.release,
            applications=[emr.CfnCluster.ApplicationProperty(name=application) for application in APPLICATIONS],
            instances=_instances(settings, network, groups),
            managed_scaling_policy=_scaling(settings),
            auto_termination_policy=emr.CfnCluster.AutoTerminationPolicyProperty(
                idle_timeout=settings.idle_minutes * 60
            ),
            scale_down_behavior="TERMINATE_AT_TASK_COMPLETION",
            security_configuration=security.ref,
            service_role=roles.service.role_arn,
            job_flow_role=roles.profile.ref,
            log_uri=f"s3://{storage.log_bucket}/{LOG_PREFIX}",
            log_encryption_kms_key_id=storage.key_arn,
            visible_to_all_users=True,
            tags=[cdk.CfnTag(key=EMR_TAG, value="true")],
        )
        self.cluster.node.add_dependency(groups.rules, *roles.permissions)


def security_configuration(settings: SparkSettings, storage: Storage) -> dict[str, Any]:
    """Encryption at rest and in transit, a role per step, and IMDSv2 (EMR's CreateSecurityConfiguration).

    IAM decides who may submit a step, and as which role. No one can log in to a node, because there is no key pair and
    no rule for SSH. Kerberos would add a password to keep, and protect nothing more.
    """
    key = storage.key_arn
    certificates = f"s3://{storage.data_bucket}/{settings.certificates}"
    return {
        "EncryptionConfiguration": {
            "EnableAtRestEncryption": True,
            "AtRestEncryptionConfiguration": {
                "S3EncryptionConfiguration": {"EncryptionMode": "SSE-KMS", "AwsKmsKey": key},
                "LocalDiskEncryptionConfiguration": {
                    "EncryptionKeyProviderType": "AwsKms",
                    "AwsKmsKey": key,
                    "EnableEbsEncryption": True,
                },
            },
            "EnableInTransitEncryption": True,
            "InTransitEncryptionConfiguration": {
                "TLSCertificateConfiguration": {"CertificateProviderType": "PEM", "S3Object": certificates}
            },
        },
        "AuthorizationConfiguration": {
            "IAMConfiguration": {
                "EnableApplicationScopedIAMRole": True,
                "ApplicationScopedIAMRoleConfiguration": {"PropagateSourceIdentity": True},
            }
        },
        "InstanceMetadataServiceConfiguration": {
            "MinimumInstanceMetadataServiceVersion": 2,
            "HttpPutResponseHopLimit": 1,
        },
    }


def _instances(
    settings: SparkSettings, network: JobNetwork, groups: SparkNetwork
) -> emr.CfnCluster.JobFlowInstancesConfigProperty:
    """Return instance groups in one subnet, so that traffic between the nodes crosses no zone and costs nothing."""
    return emr.CfnCluster.JobFlowInstancesConfigProperty(
        master_instance_group=_group(settings.primary_instance_type, 1, settings),
        core_instance_group=_group(settings.core_instance_type, settings.minimum_units, settings),
        ec2_subnet_id=network.subnet_ids[0],
        emr_managed_master_security_group=groups.primary,
        emr_managed_slave_security_group=groups.core,
        service_access_security_group=groups.service,
        keep_job_flow_alive_when_no_steps=True,
        termination_protected=False,
        unhealthy_node_replacement=True,
    )


def _group(instance_type: str, count: int, settings: SparkSettings) -> emr.CfnCluster.InstanceGroupConfigProperty:
    volume = emr.CfnCluster.VolumeSpecificationProperty(volume_type="gp3", size_in_gb=settings.volume_gb)
    device = emr.CfnCluster.EbsBlockDeviceConfigProperty(volume_specification=volume, volumes_per_instance=1)
    return emr.CfnCluster.InstanceGroupConfigProperty(
        instance_type=instance_type,
        instance_count=count,
        market="ON_DEMAND",
        ebs_configuration=emr.CfnCluster.EbsConfigurationProperty(ebs_block_device_configs=[device]),
    )


def _scaling(settings: SparkSettings) -> emr.CfnCluster.ManagedScalingPolicyProperty | None:
    if not settings.scales or settings.maximum_units is None:
        return None
    return emr.CfnCluster.ManagedScalingPolicyProperty(
        compute_limits=emr.CfnCluster.ComputeLimitsProperty(
            unit_type="Instances",
            minimum_capacity_units=settings.minimum_units,
            maximum_capacity_units=settings.maximum_units,
        )
    )
