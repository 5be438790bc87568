"""Notebook instances, as many as the config lists: where people explore data and try models out.

In a network with no way out a notebook reaches the platform's buckets, functions and endpoints, and nothing else: no
repository can be cloned, and nothing is installed beside what AWS's image has, unless `package_index` names a mirror
inside. `network.nat` opens the way.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.constructs.job_function import JobFunction
from stacks.constructs.job_network import JobNetwork
from stacks.constructs.notebook_instance import NotebookInstance
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.storage import Storage
from stacks.jobs import JobsStack
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import statement


class NotebooksStack(PlatformStack):
    """The instances, and what their role may invoke."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        jobs: JobsStack,
    ) -> None:
        super().__init__(scope, settings, "notebooks", "Notebook instances")
        functions = {"LAUNCH": jobs.launch, **({"DEPLOY": jobs.deploy} if settings.direct_deploy else {})}
        role = access.add_notebook_role(storage)
        rights = self._rights(role, list(functions.values()))
        variables = {
            "LAUNCHPAD_ENVIRONMENT": settings.name,
            "LAUNCHPAD_DATA_BUCKET": storage.data_bucket,
            "LAUNCHPAD_MODEL_BUCKET": storage.model_bucket,
            "LAUNCHPAD_KMS_KEY_ARN": storage.key_arn,
            "LAUNCHPAD_TRAINING_ROLE_ARN": access.training_role.role_arn,
            "LAUNCHPAD_SERVING_ROLE_ARN": access.serving_role.role_arn,
            **{f"LAUNCHPAD_{name}_FUNCTION": one.function_name for name, one in functions.items()},
        }
        instances = [
            NotebookInstance(self, notebook, role=role, key_arn=storage.key_arn, network=network, variables=variables)
            for notebook in settings.notebooks
        ]
        for instance in instances:
            instance.node.add_dependency(rights)
        self.output("NotebookNames", ",".join(instance.name for instance in instances), "Notebook instances")

    def _rights(self, role: iam.Role, functions: list[JobFunction]) -> iam.CfnPolicy:
        """Made here, for the functions come after the role; and what a private repository takes."""
        secrets = sorted({one.repository_secret for one in self.settings.notebooks if one.repository_secret})
        statements = [statement(["lambda:InvokeFunction"], [one.arn for one in functions])]
        if secrets:
            statements.append(statement(["secretsmanager:GetSecretValue"], secrets))
        return attach(self, "NotebookRights", role, statements)
