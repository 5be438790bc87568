"""The whole of one `config/<environment>.yaml`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, StringConstraints, model_validator

from launchpad import paths
from launchpad.config_files.yaml_source import FieldError, Settings, load, pattern, problem_at
from launchpad.messages.errors import InvalidFileError, LaunchpadError, suggest
from launchpad.settings.github import LONGEST_SHIFT_MINUTES, GithubSettings
from launchpad.settings.network import NetworkSettings
from launchpad.settings.operations import AlarmSettings, BudgetSettings, InstanceLimits
from launchpad.settings.serving import PinnedEndpoint
from launchpad.settings.spark import SparkServerlessSettings, SparkSettings
from launchpad.settings.tracking import TrackingSettings
from launchpad.settings.workspaces import NotebookSettings, StudioSettings

Days = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
"""The retention periods that CloudWatch Logs accepts (PutRetentionPolicy)."""


NAME = r"^[a-z][a-z0-9]{1,9}$"


class EnvironmentSettings(Settings):
    """What one environment is."""

    name: Annotated[str, pattern(NAME, "use 2 to 10 lower-case letters and digits")]
    """Equal to the file's name. Short, because it is part of the names of stacks, jobs and endpoints."""
    region: Annotated[str, pattern(r"^[a-z]{2}(-[a-z]+)+-\d$", "write a region such as eu-west-1")]
    """Where the stacks are deployed; no look-up decides it."""
    account: Annotated[str, pattern(r"^\d{12}$", "write 12 digits in quotes")] | None = None
    """The 12-digit account (quoted, or YAML drops leading zeros). Without it, the credentials at deploy decide."""
    retain_data: bool = True
    """Keep buckets and keys when their stack is destroyed. Production must."""
    direct_deploy: bool = False
    """Whether a model that was just trained may be deployed. Where not, a pull request pins what an endpoint serves."""
    log_retention_days: Days = 90
    """How long CloudWatch keeps the platform's logs."""
    permissions_boundary: (
        Annotated[str, pattern(r"^arn:aws[a-z-]*:iam::\d{12}:policy/\S+$", "write the ARN of a managed policy")] | None
    ) = None
    """Put on every role, where an organisation requires it."""
    network: NetworkSettings = NetworkSettings()
    notebooks: tuple[NotebookSettings, ...] = Field(default=(), max_length=50)
    spark: SparkSettings | None = None
    spark_serverless: SparkServerlessSettings | None = None
    """Instead of `spark`: the same workloads run on either."""
    studio: StudioSettings | None = None
    tracking: TrackingSettings | None = None
    endpoints: tuple[PinnedEndpoint, ...] = Field(default=(), max_length=100)
    """Pinned: the way to serve a model where `direct_deploy` is off."""
    alarms: AlarmSettings = AlarmSettings()
    budget: BudgetSettings | None = None
    instance_limits: InstanceLimits = InstanceLimits()
    github: GithubSettings | None = None
    """Who may deploy this environment from GitHub Actions; without it, only people with credentials of the account."""
    tags: dict[str, Annotated[str, StringConstraints(max_length=256)]] = Field(default_factory=dict, max_length=40)
    """Put on every resource and on every job."""
    _source: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> Path:
        """The file of these settings, for messages."""
        return self._source or paths.CONFIG / f"{self.name}.yaml"

    @model_validator(mode="after")
    def _production_keeps_data(self) -> Self:
        if self.name == "prod" and not self.retain_data:
            raise FieldError(("retain_data",), "production must keep its data; remove the line or write `true`")
        return self

    @model_validator(mode="after")
    def _zones_of_the_region(self) -> Self:
        elsewhere = [zone for zone in self.network.zones or () if zone[:-1] != self.region]
        if elsewhere:
            message = f"{', '.join(elsewhere)} is not in {self.region}; write zones such as {self.region}a"
            raise FieldError(("network", "zones"), message)
        return self

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for section, names in (
            ("notebooks", [notebook.name for notebook in self.notebooks]),
            ("endpoints", [endpoint.workload for endpoint in self.endpoints]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise FieldError((section,), f"{', '.join(twice)} is listed twice")
        return self

    @model_validator(mode="after")
    def _one_spark(self) -> Self:
        if self.spark and self.spark_serverless:
            message = "workloads run on one of the two: remove this section, or the section `spark`"
            raise FieldError(("spark_serverless",), message)
        return self

    @model_validator(mode="after")
    def _one_way_to_serve(self) -> Self:
        if self.direct_deploy and self.endpoints:
            raise FieldError(
                ("endpoints",),
                "a deploy could replace what is pinned: write `direct_deploy: false`, or pin nothing",
            )
        return self

    @model_validator(mode="after")
    def _packages_are_near(self) -> Self:
        for number, endpoint in enumerate(self.endpoints):
            if endpoint.model_package and endpoint.model_package.split(":")[3] != self.region:
                raise FieldError(
                    ("endpoints", number, "model_package"),
                    f"must be in {self.region}, as the endpoint is: register the model there too",
                )
        return self

    @model_validator(mode="after")
    def _github_can_deploy_it(self) -> Self:
        """Require what a workflow needs: roles with known ARNs, and updates that end before a job does."""
        if self.github and not self.account:
            raise FieldError(
                ("github",), 'the roles of workflows need `account: "111111111111"`, the account\'s number'
            )
        for number, endpoint in enumerate(self.endpoints if self.github else ()):
            if endpoint.shift_minutes > LONGEST_SHIFT_MINUTES:
                raise FieldError(
                    ("endpoints", number, "bake_minutes"),
                    f"an update would take {endpoint.shift_minutes} minutes, a job of GitHub's has time for"
                    f" {LONGEST_SHIFT_MINUTES}: lower it, or raise traffic_percent",
                )
        return self

    @model_validator(mode="after")
    def _notebooks_reach_sagemaker(self) -> Self:
        """Require a way to SageMaker, because an idle notebook stops itself through its API."""
        if self.notebooks and not (self.network.interface_endpoints or self.network.may_reach_internet):
            raise FieldError(
                ("network", "interface_endpoints"), "notebooks need them: remove the line, or write `true`"
            )
        return self

    @model_validator(mode="after")
    def _workplaces_reach_aws(self) -> Self:
        """Require a way to AWS for notebooks, clusters, Studio and tracked jobs; isolated jobs don't need one."""
        reached = self.network.interface_endpoints or self.network.may_reach_internet
        if not reached and (self.notebooks or self.spark or self.studio or self.tracking):
            message = "notebooks, tracking, spark and studio need them where there is no way out: remove this line"
            raise FieldError(("network", "interface_endpoints"), message)
        return self

    @model_validator(mode="after")
    def _nothing_out_of_reach(self) -> Self:
        """Refuse what needs the internet: without it a notebook's clone and start fail, and a cluster never scales."""
        if not self.network.may_reach_internet:
            for key, need in self._needs_of_a_way_out():
                raise FieldError(
                    key,
                    f"{need}, and the network has no way out: write `nat: true` below `network`, or remove this line",
                )
        return self

    def _needs_of_a_way_out(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for number, notebook in enumerate(self.notebooks):
            if notebook.repository:
                yield ("notebooks", number, "repository"), "the repository can't be reached"
        if self.spark and self.spark.repository:
            yield ("spark", "repository"), "the repository can't be reached"
        if self.spark and self.spark.scales:
            yield ("spark", "maximum_units"), "EMR scales a cluster that reaches its public address"


def environment_names(folder: Path = paths.CONFIG) -> list[str]:
    """The names of all environments: each is a YAML file next to the price list."""
    files = [file for file in folder.glob("*.yaml") if not file.name.startswith(".")]  # left by editors
    return sorted(file.stem for file in files if file.name != paths.PRICES.name)


def load_environment(name: str, folder: Path = paths.CONFIG) -> EnvironmentSettings:
    """The settings of one environment.

    Raises:
        LaunchpadError: the environment doesn't exist.
        InvalidFileError: its file has mistakes.
    """
    path = folder / f"{name}.yaml"
    if not os.path.lexists(path):  # a dangling symlink is reported as a mistake in this file
        raise LaunchpadError(f"no environment {name!r}; {_remedy(name, folder)}")
    settings = load_settings(path)
    if settings.name != name:
        raise InvalidFileError([problem_at(path, ("name",), _misnamed(name, settings.name))])
    return settings


def _remedy(name: str, folder: Path) -> str:
    if (folder / f"{name}.yml").exists():
        return f"rename {name}.yml to {name}.yaml"
    return suggest(name, environment_names(folder), "environments")


def _misnamed(file: str, name: str) -> str:
    if re.fullmatch(NAME, file):
        return f"must equal the file's name: write `name: {file}`"
    return f"must equal the file's name, which can't name an environment: rename the file to {name}.yaml"


def load_settings(path: Path) -> EnvironmentSettings:
    """The settings in any file, whatever its name, such as a sample.

    Raises:
        InvalidFileError: the file has mistakes.
    """
    settings = load(path, EnvironmentSettings)
    settings._source = path
    return settings
