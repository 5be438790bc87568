"""Spark: an EMR cluster in the private network, and an EMR Studio to work on it.

Note: an idle cluster terminates, and CloudFormation does not notice. The stack stays as it is, and a new cluster needs
a new `generation` in the config. So only a parameter has the cluster's id, and the functions read it when they submit
a step.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from launchpad.settings import EnvironmentSettings, SparkSettings
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.emr.cluster import SparkCluster
from stacks.emr.network import SparkNetwork
from stacks.emr.roles import SparkRoles
from stacks.emr.studio import EmrStudio
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import statement

STEP_RULE = "StepFunctionsGetEventForEMRAddJobFlowStepsRule"
"""The rule that notifies Step Functions of a step's end; `.sync` creates it with this name."""


class SparkStack(PlatformStack):
    """Spark; `reference` is passed to the functions (`launchpad.requests.Environment.spark`)."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        spark: SparkSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
    ) -> None:
        super().__init__(scope, settings, "spark", "Spark cluster (EMR) and EMR Studio")
        groups = SparkNetwork(self, "Groups", network=network, settings=settings)
        roles = SparkRoles(self, "Roles", settings=spark, storage=storage, network=network, groups=groups)
        cluster = SparkCluster(
            self,
            "Spark",
            settings=spark,
            storage=storage,
            network=network,
            groups=groups,
            roles=roles,
        ).cluster
        studio = EmrStudio(self, "Notebooks", settings=spark, storage=storage, network=network, groups=groups).studio
        self._cluster_arn = self.arn("elasticmapreduce", f"cluster/{cluster.ref}")
        parameter = f"/launchpad/{settings.name}/spark/cluster-id"
        ssm.CfnParameter(
            self, "ClusterId", type="String", name=parameter, value=cluster.ref, description="The Spark cluster"
        )
        self.reference = {"cluster_parameter": parameter, "role_arn": roles.step.role_arn}
        self._allow_steps(access, roles.step, parameter)
        self.output("SparkClusterId", cluster.ref, "The Spark cluster")
        self.output("StudioUrl", studio.attr_url, "EMR Studio: notebooks on the Spark cluster")
        if spark.repository:
            self.output("StudioRepository", spark.repository, "To be linked to workspaces in the EMR Studio")

    def _allow_steps(self, access: AccessStack, step_role: iam.Role, parameter: str) -> None:
        """Allow the launch function and the pipeline to submit steps, with the steps' role only."""
        find = statement(
            ["ssm:GetParameter"],
            [self.arn("ssm", f"parameter{parameter}")],
        )
        submit = statement(
            ["elasticmapreduce:AddJobFlowSteps"],
            [self._cluster_arn],
            {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": step_role.role_arn}},
        )
        look = statement(["elasticmapreduce:DescribeStep", "elasticmapreduce:ListSteps"], [self._cluster_arn])
        stop = statement(["elasticmapreduce:CancelSteps"], [self._cluster_arn])
        rule = self.arn("events", f"rule/{STEP_RULE}")
        learn = statement(["events:DescribeRule", "events:PutRule", "events:PutTargets"], [rule])
        attach(self, "LaunchSteps", access.launch_role, [find, submit, look])
        attach(self, "RenderSteps", access.pipeline_role, [find])
        attach(self, "RunSteps", access.state_machine_role, [submit, look, stop, learn])
