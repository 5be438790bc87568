"""A demo's results as plain data, for the page and `summary.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of a stack from CloudFormation."""

    kind: str
    """The resource's type, such as `AWS::S3::Bucket`."""
    logical_id: str
    physical_id: str
    status: str


@dataclass(frozen=True)
class Stack:
    """One stack with its resources."""

    name: str
    status: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Phase:
    """Something that took time."""

    key: str
    title: str
    start: float
    """Seconds since the start of the demo."""
    seconds: float


@dataclass
class DemoResult:
    """The results, filled in step by step; complete enough for a page after the predictions."""

    workload: str
    description: str
    environment: str
    account: str
    region: str
    start: datetime
    target: str = ""
    """The column that is predicted."""
    steps: list[Phase] = field(default_factory=list)
    job_phases: list[Phase] = field(default_factory=list)
    """The training job's secondary statuses."""
    stacks: list[Stack] = field(default_factory=list)
    launched: list[tuple[str, str]] = field(default_factory=list)
    """The kind and name of each resource that the functions created."""
    job: Mapping[str, Any] = field(default_factory=dict)
    """The response of DescribeTrainingJob."""
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    """The response of DescribeEndpoint."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    gate: str = ""
    log: list[str] = field(default_factory=list)
    """The training script's own output."""
    predictions: Sequence[float] = ()
    actuals: Sequence[float] = ()
    judged: str = ""
    """What is said of predictions that are no measurements; then the two lists above are empty."""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def resource_count(self) -> int:
        """The number of resources in all stacks."""
        return sum(len(stack.resources) for stack in self.stacks)

    @property
    def total_seconds(self) -> float:
        """The duration of all steps so far."""
        return sum(step.seconds for step in self.steps)

    def summary(self) -> dict[str, Any]:
        """The content of `summary.json`: only numbers, strings and lists."""
        return {
            "environment": self.environment,
            "workload": self.workload,
            "began": self.start.isoformat(timespec="seconds"),
            "stacks": [stack.name for stack in self.stacks],
            "resources": {stack.name: len(stack.resources) for stack in self.stacks},
            "training_job": {
                "name": self.job["TrainingJobName"],
                "status": self.job["TrainingJobStatus"],
                "metrics": dict(self.metrics),
                "model": self.job["ModelArtifacts"]["S3ModelArtifacts"],
            },
            "endpoint": {"name": self.endpoint["EndpointName"], "status": self.endpoint["EndpointStatus"]},
            "target": self.target,
            "predictions": list(self.predictions),
            "actuals": list(self.actuals),
            "r2": None if self.judged else r_squared(self.actuals, self.predictions),
            "judged": self.judged,
            "seconds": {step.key: round(step.seconds, 3) for step in self.steps},
            "total_seconds": round(self.total_seconds, 3),
            "versions": dict(self.versions),
        }


def r_squared(actuals: Sequence[float], predictions: Sequence[float]) -> float:
    """The coefficient of determination; 1 is perfect, 0 is no better than the mean.

    Raises:
        ValueError: fewer than two values, or all true values are the same.
    """
    if len(actuals) < 2 or len(actuals) != len(predictions):
        raise ValueError(f"needs two values or more of each, got {len(actuals)} and {len(predictions)}")
    mean = sum(actuals) / len(actuals)
    spread = sum((true - mean) ** 2 for true in actuals)
    if not spread:
        raise ValueError("all true values are the same")
    return 1 - sum((true - guess) ** 2 for true, guess in zip(actuals, predictions, strict=True)) / spread


def mean_absolute_error(actuals: Sequence[float], predictions: Sequence[float]) -> float:
    """The average error of a prediction, in the target's unit."""
    return sum(abs(true - guess) for true, guess in zip(actuals, predictions, strict=True)) / len(actuals)
