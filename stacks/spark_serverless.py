"""Spark without a cluster: an application of EMR Serverless, whose workers exist only during the runs of jobs.

Note: nothing here encrypts disks. EMR Serverless encrypts its workers' disks with its keys, and the traffic between
workers too. Stored data and logs are encrypted with the environment's key, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_emrserverless as emr
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.settings import EnvironmentSettings, SparkServerlessSettings
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.emr.statements import LOG_PREFIX
from stacks.permissions import statements as allow
from stacks.permissions.inline_policies import attach, attach_default
from stacks.permissions.policies import Statement, statement
from stacks.permissions.principals import of_this_account

PRINCIPAL = "emr-serverless.amazonaws.com"
RUN_RULE = "StepFunctionsGetEventsForEMRServerlessJobRule"
"""The rule that notifies Step Functions of a run's end; `.sync` creates it with this name."""


class SparkServerlessStack(PlatformStack):
    """Spark; `reference` is passed to the functions (`launchpad.requests.Environment.spark`)."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        spark: SparkServerlessSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
    ) -> None:
        super().__init__(scope, settings, "spark-serverless", "Spark without a cluster (EMR Serverless)")
        application = emr.CfnApplication(
            self,
            "Spark",
            type="Spark",
            release_label=spark.release,
            architecture=spark.architecture,
            auto_start_configuration=emr.CfnApplication.AutoStartConfigurationProperty(enabled=True),
            auto_stop_configuration=emr.CfnApplication.AutoStopConfigurationProperty(
                enabled=True, idle_timeout_minutes=spark.idle_minutes
            ),
            maximum_capacity=emr.CfnApplication.MaximumAllowedResourcesProperty(
                cpu=f"{spark.maximum_vcpu} vCPU", memory=f"{spark.maximum_memory_gb} GB"
            ),
            monitoring_configuration=emr.CfnApplication.MonitoringConfigurationProperty(
                s3_monitoring_configuration=emr.CfnApplication.S3MonitoringConfigurationProperty(
                    log_uri=f"s3://{storage.log_bucket}/{LOG_PREFIX}",
                    encryption_key_arn=storage.key_arn,
                ),
                # AWS's own copy of the logs would be outside the account.
                managed_persistence_monitoring_configuration=(
                    emr.CfnApplication.ManagedPersistenceMonitoringConfigurationProperty(enabled=False)
                ),
            ),
            network_configuration=emr.CfnApplication.NetworkConfigurationProperty(
                subnet_ids=list(network.subnet_ids), security_group_ids=[network.security_group_id]
            ),
        )
        identifier = application.attr_application_id
        role = self._job_role(storage)
        self.reference = {"application_id": identifier, "role_arn": role.role_arn}
        self._allow_runs(access, role, identifier)
        self.output("SparkApplicationId", identifier, "The EMR Serverless application")

    def _job_role(self, storage: Storage) -> iam.Role:
        """Create the role of every run. Spark also deletes objects, because it moves what it wrote."""
        role = iam.Role(
            self,
            "JobRole",
            description="Spark jobs on EMR Serverless",
            assumed_by=of_this_account(PRINCIPAL, self._arn("*")),
        )
        attach_default(role, self._job_permissions(storage))
        return role

    def _job_permissions(self, storage: Storage) -> Iterator[Statement]:
        yield from allow.read_objects(storage.data_arn)
        yield from allow.read_objects(storage.model_arn)
        yield allow.write_objects(storage.data_arn)
        yield statement(["s3:DeleteObject"], [f"{storage.data_arn}/*"])
        yield allow.never_write(storage.data_arn, "code/")
        yield allow.write_objects(storage.log_arn, LOG_PREFIX)
        yield allow.use_key(storage.key_arn)

    def _allow_runs(self, access: AccessStack, role: iam.Role, identifier: str) -> None:
        """Allow the launch function and the pipeline to start runs of this application, with this role only."""
        runs = self._arn(f"{identifier}/jobruns/*")
        start = statement(["emr-serverless:StartJobRun"], [self._arn(identifier)])
        label = statement(["emr-serverless:TagResource"], [runs])
        look = statement(["emr-serverless:GetJobRun"], [runs])
        stop = statement(["emr-serverless:CancelJobRun"], [runs])
        rule = self.arn("events", f"rule/{RUN_RULE}")
        learn = statement(["events:DescribeRule", "events:PutRule", "events:PutTargets"], [rule])
        hand_over = allow.pass_role(role, PRINCIPAL)
        attach(self, "LaunchJobs", access.launch_role, [start, label, hand_over])
        attach(self, "RunJobs", access.state_machine_role, [start, label, look, stop, learn, hand_over])

    def _arn(self, path: str) -> str:
        return self.arn("emr-serverless", f"/applications/{path}")
