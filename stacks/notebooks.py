"""Notebook instances, as many as the config lists, to explore data and try out models.

In a network without internet access, a notebook reaches only the platform's buckets, functions and endpoints. It can
clone no repository, and install packages only if `package_index` names a mirror in the network. `network.nat` adds
internet access.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.job_function import JobFunction
from stacks.constructs.notebook_instance import NotebookInstance
from stacks.jobs import JobsStack
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import statement
from stacks.permissions.tracking_permissions import read_runs


class NotebooksStack(PlatformStack):
    """The instances, and the functions that their role may invoke."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        jobs: JobsStack,
        tracking_uri: str | None,
    ) -> None:
        super().__init__(scope, settings, "notebooks", "Notebook instances")
        functions = {"LAUNCH": jobs.launch, **({"DEPLOY": jobs.deploy} if settings.direct_deploy else {})}
        role = access.add_notebook_role(storage)
        permissions = self._permissions(role, list(functions.values()), tracking_uri)
        variables = {
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",  # the private way to STS is the region's, not the global one
            "LAUNCHPAD_ENVIRONMENT": settings.name,
            "LAUNCHPAD_DATA_BUCKET": storage.data_bucket,
            "LAUNCHPAD_MODEL_BUCKET": storage.model_bucket,
            "LAUNCHPAD_KMS_KEY_ARN": storage.key_arn,
            "LAUNCHPAD_TRAINING_ROLE_ARN": access.training_role.role_arn,
            "LAUNCHPAD_SERVING_ROLE_ARN": access.serving_role.role_arn,
            **{f"LAUNCHPAD_{name}_FUNCTION": function.function_name for name, function in functions.items()},
            **({"MLFLOW_TRACKING_URI": tracking_uri} if tracking_uri else {}),
        }
        instances = [
            NotebookInstance(self, notebook, role=role, key_arn=storage.key_arn, network=network, variables=variables)
            for notebook in settings.notebooks
        ]
        for instance in instances:
            instance.node.add_dependency(permissions)
        self.output("NotebookNames", ",".join(instance.name for instance in instances), "Notebook instances")

    def _permissions(self, role: iam.Role, functions: list[JobFunction], tracking_uri: str | None) -> iam.CfnPolicy:
        """Attach what depends on what comes after the role (functions, MLflow), and on the secrets of repositories."""
        secrets = sorted(
            {notebook.repository_secret for notebook in self.settings.notebooks if notebook.repository_secret}
        )
        statements = [statement(["lambda:InvokeFunction"], [function.arn for function in functions])]
        if secrets:
            statements.append(statement(["secretsmanager:GetSecretValue"], secrets))
        if tracking_uri:
            statements.append(read_runs(self.settings, tracking_uri))
        return attach(self, "NotebookRights", role, statements)
