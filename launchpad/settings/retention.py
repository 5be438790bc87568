"""The days after which what nothing refers to any more may go, kind by kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.config_files.yaml_source import Settings

AgeDays = Annotated[int, Field(ge=0, le=3650)]
"""Days; 0 is never."""


NONCURRENT_DAYS = 90
"""How long the buckets keep what is deleted, as noncurrent versions."""


class RetentionSettings(Settings):
    """What nothing refers to any more, and is older than so many days, is reported once a week; 0 never.

    What is served, pinned, approved, running, or within reach of `launchpad rollback` never is.
    """

    delete: bool = False
    """Whether it is deleted too, each week and by `launchpad retention --apply`. Without it, it is only reported."""
    models_days: AgeDays = 90
    """SageMaker models and endpoint configurations that no endpoint uses. They cost nothing, but quotas count them."""
    artifacts_days: AgeDays = 365
    """What a training job wrote, below `<workload>/jobs/` and `<workload>/models/` in the model bucket."""
    checkpoints_days: AgeDays = 30
    """Checkpoints of completed training jobs, counted from the last one that was written."""
    resumable_days: AgeDays = 180
    """Checkpoints of training jobs that failed or were stopped, which `launchpad run --resume` may go on from."""
    job_logs_days: AgeDays = 365
    """The jobs' streams in the log groups `/aws/sagemaker/*`, which all of the account's jobs share."""
    images_days: AgeDays = 180
    """Images of the repositories `launchpad/<environment>/*` that no model and no deployed workload uses."""
    model_packages_days: AgeDays = 365
    """Versions of models that were never approved or were rejected, but for the newest of each workload."""
    rollback_models: Annotated[int, Field(ge=2, le=1000)] = 10
    """How many models that an endpoint served, the newest, stay for `launchpad rollback`."""
