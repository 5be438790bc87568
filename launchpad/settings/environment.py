"""The whole of one `config/<environment>.yaml`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from launchpad import paths
from launchpad.config_files.arns import PolicyArn
from launchpad.config_files.aws_facts import KNOWN_REGION
from launchpad.config_files.yaml_source import (
    WHOLE,
    Settings,
    distinct,
    load,
    pattern,
    problem_at,
    refuse,
)
from launchpad.messages.errors import InvalidFileError, LaunchpadError, suggest
from launchpad.requests.runbooks import PAGE
from launchpad.settings.audit import AuditSettings
from launchpad.settings.github import GithubSettings
from launchpad.settings.housekeeping import HousekeepingSettings
from launchpad.settings.network import NetworkSettings
from launchpad.settings.operations import AlarmSettings, AnomalySettings, BudgetSettings, CostSettings, InstanceLimits
from launchpad.settings.people import PeopleSettings
from launchpad.settings.retention import RetentionSettings
from launchpad.settings.serving import PinnedEndpoint
from launchpad.settings.spark import SparkServerlessSettings, SparkSettings
from launchpad.settings.tags import Tags
from launchpad.settings.together import REVIEWED, mistakes
from launchpad.settings.tracking import TrackingSettings
from launchpad.settings.workspaces import NotebookSettings, StudioSettings

Days = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    WHOLE,
]
"""The retention periods that CloudWatch Logs accepts (PutRetentionPolicy)."""


NAME = r"^[a-z][a-z0-9]{1,9}$"
EnvironmentName = Annotated[str, pattern(NAME, "use 2 to 10 lower-case letters and digits")]
IDLE_HOURS = 12
"""The default of `idle_endpoint_hours`: an endpoint that was tried out in the day is gone the next morning."""
TRIED_OUT = ("local", "dev")
"""The environments that take working copies by default."""


class EnvironmentSettings(Settings):
    """What one environment is."""

    name: EnvironmentName
    """Equal to the file's name. Short, because it is part of the names of stacks, jobs and endpoints."""
    region: Annotated[str, pattern(r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$", "write a region such as eu-west-1"), KNOWN_REGION]
    """Where the stacks are deployed; no look-up decides it."""
    account: Annotated[str, pattern(r"^[0-9]{12}$", "write 12 digits in quotes")] | None = None
    """The 12-digit account (quoted, or YAML drops leading zeros). Without it, the credentials at deploy decide."""
    retain_data: bool = True
    """Keep buckets and keys when their stack is destroyed. Production must: an environment whose name begins with prod,
    prd or live."""
    direct_deploy: bool = False
    """Whether a model that was just trained may be deployed. Where not, a pull request pins what an endpoint serves."""
    idle_endpoint_hours: Annotated[int, Field(ge=0, le=8760)] | None = None
    """An endpoint of `launchpad serve` is removed after so many hours without a request, unless its workload says
    otherwise (`serving.idle_hours`); 0 never. By default 12, if `direct_deploy` is on; in staging and
    production none is removed."""
    allow_serverless: bool = False
    """Whether endpoints may be serverless. SageMaker runs those outside the environment's network."""
    closed_services: bool = False
    """Whether workloads may use SageMaker Debugger and its profiler, which AWS closed to new customers on 2026-07-30.
    Only for accounts that used them before that day."""
    workloads: tuple[str, ...] | None = None
    """The workloads that may run here, by name. By default all but for the samples of the platform
    (`workloads/samples.yaml`), which are in `local` only. An empty list makes an environment that only serves what is
    pinned."""
    containers: tuple[str, ...] | None = None
    """Images to build besides those that the workloads and the pinned endpoints need, by the name of their folder. In
    `local`, by default, all are built."""
    working_copies: bool | None = None
    """Whether `launchpad run` may use the scripts and `workload.yaml` of the caller's checkout, without a deploy. By
    default only in `local` and `dev`, if `direct_deploy` is on."""
    log_retention_days: Days = 90
    """How long CloudWatch keeps the platform's logs, and those of its endpoints."""
    owns_job_logs: bool = False
    """Whether SageMaker's log groups of jobs, notebook instances and Studio get `log_retention_days` and, with
    `retain_data`, the environment's key. All jobs of an account and region share these groups, other teams' too, so one
    environment of them may own them."""
    captured_data_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long captured requests and answers of monitored endpoints are kept, which may be personal data."""
    new_data_quiet_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """The pipeline of a workload with `on_new_data` starts when no file has arrived for so long."""
    permissions_boundary: PolicyArn | None = None
    """Put on every role, where an organisation requires it: a policy of the account, or one of AWS's own."""
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
    anomaly_detection: AnomalySettings | None = None
    audit: AuditSettings | None = None
    cost: CostSettings | None = None
    housekeeping: HousekeepingSettings = HousekeepingSettings()
    instance_limits: InstanceLimits = InstanceLimits()
    retention: RetentionSettings = RetentionSettings()
    promotes_to: Annotated[tuple[EnvironmentName, ...], AfterValidator(distinct)] = Field(default=(), max_length=10)
    """The environments that `launchpad promote` takes this one's models to, such as [staging]. Where they are in other
    accounts, the policies that let them read follow from `account` in both configs."""
    github: GithubSettings | None = None
    """Who may deploy this environment from GitHub Actions; without it, only people with credentials of the account."""
    people: PeopleSettings | None = None
    tags: Tags = Field(default_factory=dict)
    """Put on every resource and on every job."""
    _source: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> Path:
        """The file of these settings, for messages."""
        return self._source or paths.CONFIG / f"{self.name}.yaml"

    @property
    def runbooks(self) -> str:
        """The address of the runbooks: `alarms.runbooks`, else the page in the repository; empty if none is known.

        A project's repository has the page in its submodule, where GitHub shows nothing.
        """
        if self.alarms.runbooks:
            return self.alarms.runbooks
        if paths.PROJECT != paths.ROOT:
            return f"{paths.PLATFORM_FOLDER}/{PAGE}"
        return f"https://github.com/{self.github.repository}/blob/main/{PAGE}" if self.github else ""

    @property
    def takes_working_copies(self) -> bool:
        """`working_copies`, or its default."""
        if self.working_copies is None:
            return self.direct_deploy and self.name in TRIED_OUT
        return self.working_copies

    @property
    def endpoint_zones(self) -> int:
        """`network.endpoint_zones`, or its default."""
        if self.network.endpoint_zones is not None:
            return self.network.endpoint_zones
        return 1 if self.removes_endpoints else self.network.zone_count

    @property
    def removes_endpoints(self) -> bool:
        """Whether idle and closed endpoints are removed: where models are tried out, never where they are used."""
        return self.direct_deploy and not REVIEWED.fullmatch(self.name)

    @property
    def removes_idle_endpoints_after(self) -> int:
        """`idle_endpoint_hours`, or its default; 0 where endpoints stay."""
        if not self.removes_endpoints:
            return 0
        return IDLE_HOURS if self.idle_endpoint_hours is None else self.idle_endpoint_hours

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse(mistakes(self))
        return self


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
