"""Where runs are tracked: SageMaker's serverless MLflow App, or a tracking server where a config asks for one."""

from __future__ import annotations

from typing import Annotated, Literal

from launchpad.config_files.yaml_source import Settings, pattern

VERSION = r"^(3\.0|2\.16|2\.13)\.[0-9]+$"
"""The versions that tracking servers offer ("Integrate MLflow with your environment", SageMaker AI Developer Guide)."""


class TrackingSettings(Settings):
    """One MLflow, to which the platform logs every training, tuning and evaluation job; scripts may log to it too."""

    size: Literal["Small", "Medium", "Large"] | None = None
    """A tracking server for teams of up to 25, 50 or 100 people; a small one costs some $470 a month, whether it is
    used or not. Without it, the serverless MLflow App, which has no price per hour."""
    mlflow_version: Annotated[str, pattern(VERSION, "write 3.0.0, 2.16.2 or 2.13.2, which servers offer")] | None = None
    """The version of a tracking server (with this key alone, a small one); an App's is SageMaker's choice. Without it,
    SageMaker's newest when the server is made."""
    maintenance: Annotated[
        str,
        pattern(r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]$", "write a UTC time such as Sun:03:00"),
    ] = "Sun:03:00"
    """When SageMaker may update it, each week; it does not answer then."""

    @property
    def is_server(self) -> bool:
        """Whether it is a tracking server, and not the App."""
        return self.size is not None or self.mlflow_version is not None
