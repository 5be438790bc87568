"""The weekly look at what costs money and is not used: when it is taken, and what it may stop."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from launchpad.config_files.yaml_source import Settings, distinct
from launchpad.workload.schedule import Schedule

Stoppable = Literal["notebooks", "studio", "emr", "mlflow"]


class HousekeepingSettings(Settings):
    """What counts as idle, and what becomes of it. `launchpad idle` shows it at any time."""

    enabled: bool = True
    """Whether it is reported on schedule; `launchpad idle` works in any case."""
    schedule: Schedule = "cron(0 6 ? * MON *)"
    """When it is reported to the alarm topic, and when what `stop` names is stopped; in UTC."""
    stop: Annotated[tuple[Stoppable, ...], AfterValidator(distinct)] = ()
    """What is stopped, and not only reported: notebook instances, Studio's applications, EMR clusters and applications
    of EMR Serverless, the MLflow tracking server. Their volumes and runs stay; an EMR cluster is terminated."""
    running_hours: Annotated[int, Field(ge=1, le=8760)] = 72
    """Notebook instances and Studio's applications that run longer are reported: AWS doesn't say when they were used,
    and unused ones should have stopped themselves."""
    idle_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    """EMR is reported after so long without work."""
    unused_days: Annotated[int, Field(ge=1, le=450)] = 7
    """Endpoints without invocations, NAT gateways and interface endpoints without traffic, and a tracking server
    without jobs, are reported after so long. CloudWatch keeps its values for 455 days."""
    stopped_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Volumes of notebook instances and of Studio's spaces are reported when nothing has run on them for so long."""
