"""SageMaker's managed MLflow tracking server, to which jobs log their runs; only if a config asks for it."""

from __future__ import annotations

from typing import Annotated, Literal

from launchpad.config_files.yaml_source import Settings, pattern


class TrackingSettings(Settings):
    """One MLflow tracking server, to which every training job with network may log. It costs by the hour."""

    size: Literal["Small", "Medium", "Large"] = "Small"
    """For teams of up to 25, 50 or 100 people."""
    mlflow_version: Annotated[str, pattern(r"^\d+\.\d+\.\d+$", "write a version such as 2.16.2")] | None = None
    """Without it, SageMaker's newest when the server is made."""
    maintenance: Annotated[
        str, pattern(r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d$", "write a UTC time such as Sun:03:00")
    ] = "Sun:03:00"
    """When SageMaker may update the server, each week; it does not answer then."""
