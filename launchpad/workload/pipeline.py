"""When a workload's pipeline runs automatically, and what it may do with a model that passed its gate."""

from __future__ import annotations

from typing import Literal

from launchpad.config_files.yaml_source import Settings
from launchpad.workload.schedule import Schedule
from launchpad.workload.types import Prefix


class Pipeline(Settings):
    """Prepare, train or tune, evaluate, gate, register, deploy: those of them that the workload has."""

    schedule: Schedule | None = None
    """When it runs (EventBridge Scheduler), such as `cron(0 6 ? * MON *)`, in UTC. `rate(7 days)` runs at once too."""
    on_new_data: Prefix | None = None
    """Run when new objects below this folder of the data bucket are complete: one run per batch, one at a time."""
    approval: Literal["Approved", "PendingManualApproval"] = "PendingManualApproval"
    """The approval status of the model package that is registered; that of a working copy always waits for approval."""
    deploy: bool = True
    """Serve the model at the end, where the environment allows it (`direct_deploy`)."""
