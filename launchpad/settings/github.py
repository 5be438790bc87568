"""Deploys from GitHub Actions, with credentials that last hours and belong to one repository."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.yaml_source import Settings, pattern

LONGEST_SHIFT_MINUTES = 240
"""GitHub ends a job on its own runners after 360 minutes: an hour stays for starting an endpoint's instances, and an
hour for everything else."""


class GithubSettings(Settings):
    """Let one repository's workflows deploy this environment. It adds a stack with two roles and no key."""

    repository: Annotated[
        str, pattern(r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", "write OWNER/NAME as GitHub spells it")
    ]
    """OWNER/NAME: the only repository whose workflows may assume the roles. A fork or a copy has another name."""
    step: Annotated[int, Field(ge=1, le=4)] = 1
    """When it is deployed: after all environments with a lower step have been deployed successfully."""
    new_provider: bool = True
    """Create the account's OIDC provider for GitHub. An account has only one: `false` where it exists already."""


def deploy_role_name(environment: str) -> str:
    """The role that deploys an environment. The name is fixed, because workflows read no stack's outputs."""
    return f"launchpad-{environment}-github-deploy"


def plan_role_name(environment: str) -> str:
    """The role that reads what is deployed in an environment, to compare it with a commit."""
    return f"launchpad-{environment}-github-plan"


def role_arn(partition: str, account: str, name: str) -> str:
    """The ARN of one of these roles."""
    return f"arn:{partition}:iam::{account}:role/{name}"
