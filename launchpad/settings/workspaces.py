"""Workspaces: notebook instances and SageMaker Studio; only if a config asks for them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from launchpad.config_files.arns import SecretArn
from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.logical_ids import same_logical_ids
from launchpad.config_files.yaml_source import FieldError, Settings, pattern

RepositoryUrl = Annotated[
    str,
    pattern(
        r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[!-~]+$",
        "write an https URL with no user or password, such as https://github.com/team/project.git",
        max_length=1024,
    ),
]
"""`GitConfigUrl` of SageMaker's API. A password in it would be in git and in the template."""
UserName = Annotated[str, pattern(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", "use up to 63 letters, digits, inner hyphens")]


def _idle_minutes(value: int) -> int:
    if value != 0 and not 10 <= value <= 1440:
        raise ValueError(f"write 10 to 1440 minutes, or 0 to never stop it, not {value}")
    return value


class NotebookSettings(Settings):
    """One notebook instance. Notebooks, however many, also need five interface endpoints where there is no NAT gateway:
    some $37 a month per zone."""

    name: Annotated[str, pattern(r"^[a-z0-9](-?[a-z0-9]){0,30}$", "use up to 31 lower-case letters, digits, hyphens")]
    """The instance has it after the environment's. Another name is another instance, with an empty volume."""
    instance_type: Annotated[str, InstanceType("InstanceType")] = "ml.t3.medium"
    """SageMaker's name; a change of it stops and starts the instance. It costs while it runs, this one some 5 cents an
    hour."""
    volume_gb: Annotated[int, Field(ge=5, le=16384)] = 20
    """The volume with people's work, some $0.14 a month for each GB, also while the instance is stopped: $3 for 20. It
    can grow, and not shrink. With `docker` its images are there, too: 100 is a start."""
    idle_minutes: Annotated[int, AfterValidator(_idle_minutes)] = 60
    """Stop the instance after so long without use, 10 minutes to a day; 0 never stops it: $36 a month and more."""
    docker: bool = False
    """Docker for SageMaker's local mode, with the images of the workloads, and root access, which is off otherwise."""
    repository: RepositoryUrl | None = None
    """A Git repository that is cloned into the instance. It needs a way out of the network."""
    repository_secret: SecretArn | None = None
    """Secret with the repository's `username` and `password`, where it is private."""
    package_index: (
        Annotated[
            str,
            pattern(
                r"^https://[A-Za-z0-9.-]+(:[0-9]+)?/[!-~]+$",
                "write an https URL without a password, such as https://host/simple/",
                max_length=1024,
            ),
        ]
        | None
    ) = None
    """A package index to install from (`PIP_INDEX_URL`). In a network with no way out nothing is installed without."""

    @model_validator(mode="after")
    def _secret_of_a_repository(self) -> Self:
        if self.repository_secret and not self.repository:
            raise FieldError(("repository_secret",), "has no effect without repository: remove the line")
        return self


class StudioSettings(Settings):
    """One SageMaker Studio domain. The domain costs nothing; applications do while they run, and six interface
    endpoints where there is no NAT gateway, some $44 a month per zone."""

    users: Annotated[tuple[UserName, ...], Field(min_length=1, max_length=100)]
    """One user profile each."""
    idle_minutes: Annotated[int, Field(ge=60, le=525600)] = 60
    """Shut an application down after so long without use."""
    volume_gb: Annotated[int, Field(ge=5, le=16384)] = 100
    """The most that the volume of one space may have; it begins with 5. Each GB costs, also while nothing runs."""

    @model_validator(mode="after")
    def _no_user_twice(self) -> Self:
        twice = sorted({user for user in self.users if self.users.count(user) > 1})
        if twice:
            raise FieldError(("users",), f"{', '.join(twice)} is listed twice")
        for alike in same_logical_ids(self.users):
            message = f"{' and '.join(alike)} differ only in hyphens, which an id in a template can't have: rename one"
            raise FieldError(("users",), message)
        return self
