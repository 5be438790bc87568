"""One environment's settings, from `config/<environment>.yaml`.

The defaults are secure and cheap; each relaxation is one line in a config file, visible in a pull request.
"""

from launchpad.settings.audit import AuditSettings
from launchpad.settings.environment import EnvironmentSettings, environment_names, load_environment, load_settings
from launchpad.settings.github import GithubSettings
from launchpad.settings.network import ExistingNetwork, NetworkSettings
from launchpad.settings.operations import AlarmSettings, AnomalySettings, BudgetSettings, InstanceLimits
from launchpad.settings.serving import PinnedEndpoint
from launchpad.settings.spark import SparkServerlessSettings, SparkSettings
from launchpad.settings.tracking import TrackingSettings
from launchpad.settings.workspaces import NotebookSettings, StudioSettings

__all__ = [
    "AlarmSettings",
    "AnomalySettings",
    "AuditSettings",
    "BudgetSettings",
    "EnvironmentSettings",
    "ExistingNetwork",
    "GithubSettings",
    "InstanceLimits",
    "NetworkSettings",
    "NotebookSettings",
    "PinnedEndpoint",
    "SparkServerlessSettings",
    "SparkSettings",
    "StudioSettings",
    "TrackingSettings",
    "environment_names",
    "load_environment",
    "load_settings",
]
