"""One environment's settings, as `config/<environment>.yaml` gives them.

The defaults are the secure and cheap ones; each relaxation is one line in a config file, which shows in a pull request.
"""

from launchpad.settings.environment import EnvironmentSettings, environment_names, load_environment, load_settings
from launchpad.settings.network import ExistingNetwork, NetworkSettings
from launchpad.settings.operations import AlarmSettings, BudgetSettings, InstanceLimits
from launchpad.settings.serving import PinnedEndpoint
from launchpad.settings.spark import SparkServerlessSettings, SparkSettings
from launchpad.settings.tracking import TrackingSettings
from launchpad.settings.workspaces import NotebookSettings, StudioSettings

__all__ = [
    "AlarmSettings",
    "BudgetSettings",
    "EnvironmentSettings",
    "ExistingNetwork",
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
