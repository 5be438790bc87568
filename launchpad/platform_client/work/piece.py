"""One piece of work, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NOUNS = {
    "training": "training job",
    "tuning": "tuning job",
    "processing": "processing job",
    "transform": "transform job",
    "endpoint": "endpoint",
    "pipeline": "pipeline run",
    "spark": "Spark step",
}
"""The noun of each kind, in the order in which they are looked up."""
KINDS = tuple(NOUNS)
FINAL = frozenset(
    {
        *("Completed", "Failed", "Stopped"),  # jobs of SageMaker
        *("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"),  # executions of Step Functions
        *("COMPLETED", "CANCELLED", "INTERRUPTED", "SUCCESS"),  # EMR, EMR Serverless
    }
)
"""The statuses after which no other follows. Only a failed endpoint has one of them."""


@dataclass(frozen=True)
class Work:
    """A job, a Spark step, a pipeline run or an endpoint."""

    kind: str
    """One of `KINDS`."""
    name: str
    workload: str
    """Empty if neither its name nor its tags say whose it is."""
    status: str
    """AWS's word."""
    started: datetime
    ended: datetime | None
    key: Mapping[str, str]
    """The arguments of its Describe operation."""
    description: Mapping[str, Any]
    """The answer of its Describe operation; in a listing, its part of the List operation's answer."""

    @property
    def noun(self) -> str:
        """Its kind, as in a sentence."""
        return NOUNS[self.kind]

    @property
    def identifier(self) -> str:
        """What tells it apart from others of its kind: its name, ARN or id."""
        return list(self.key.values())[-1]

    @property
    def running(self) -> bool:
        """Whether its status can still change without a new request."""
        return self.status not in FINAL
