"""Deploys from GitHub Actions, with credentials that last hours and belong to one repository."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from launchpad.config_files.arns import RoleArn
from launchpad.config_files.yaml_source import Settings, pattern

Number = Annotated[int, Field(ge=1)]

LONGEST_SHIFT_MINUTES = 240
"""GitHub ends a job on its own runners after 360 minutes: an hour stays for starting an endpoint's instances, and an
hour for everything else."""


class GithubSettings(Settings):
    """Let one repository's workflows deploy this environment. It adds a stack with two roles and no key."""

    repository: Annotated[
        str, pattern(r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", "write OWNER/NAME as GitHub spells it")
    ]
    """OWNER/NAME: the only repository whose workflows may assume the roles. A fork or a copy has another name."""
    owner_id: Number | None = None
    """GitHub's number of the owner, with `repository_id`: both are in the tokens of repositories since July 2026."""
    repository_id: Number | None = None
    """GitHub's number of the repository, which stays when it is renamed and is never given to another."""
    step: Annotated[int, Field(ge=1, le=4)] = 1
    """When it is deployed: after all environments with a lower step have been deployed successfully."""
    new_provider: bool = True
    """Create the account's OIDC provider for GitHub. An account has only one: `false` where it exists already."""

    drift_role: RoleArn | None = None
    """A role that may read all resources of the environment, with which a workflow looks for drift each week. It is not
    one of this platform: none of those may read so much (`docs/operations.md`)."""

    @property
    def subject(self) -> str:
        """How the subject of a job's token begins, with immutable numbers if the config has them."""
        if self.owner_id is None:
            return f"repo:{self.repository}"
        owner, _, name = self.repository.partition("/")
        return f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}"

    @model_validator(mode="after")
    def _both_numbers(self) -> Self:
        if (self.owner_id is None) != (self.repository_id is None):
            raise ValueError("write both of owner_id and repository_id, or neither")
        return self


def deploy_role_name(environment: str) -> str:
    """The role that deploys an environment. The name is fixed, because workflows read no stack's outputs."""
    return f"launchpad-{environment}-github-deploy"


def plan_role_name(environment: str) -> str:
    """The role that reads what is deployed in an environment, to compare it with a commit."""
    return f"launchpad-{environment}-github-plan"


def role_arn(partition: str, account: str, name: str) -> str:
    """The ARN of one of these roles."""
    return f"arn:{partition}:iam::{account}:role/{name}"
