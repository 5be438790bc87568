"""Who read, wrote and deleted what in the buckets: a CloudTrail trail of the environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.config_files.yaml_source import Settings


class AuditSettings(Settings):
    """Record each request for an object of the data and model buckets, with its caller, in a separate bucket.

    CloudTrail charges each recorded event, about $0.10 for 100,000; a training job on many small files makes many.
    """

    days: Annotated[int, Field(ge=30, le=3653)] = 365
    """How long the records are kept."""
    reads: bool = True
    """Whether reads are recorded too, and not only what writes and deletes."""
    management_events: bool = False
    """Whether the trail also records what changes the account, in all regions, such as roles and endpoints. The first
    trail of an account and region that does is free, each further one charged. Most organisations have one already."""
