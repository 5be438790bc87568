"""What a demo has done, as plain data: what the page shows and what `summary.json` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of a stack, as CloudFormation lists it."""

    kind: str
    """Its type, such as `AWS::S3::Bucket`."""
    logical_id: str
    physical_id: str
    status: str


@dataclass(frozen=True)
class Stack:
    """One stack with what it holds."""

    name: str
    status: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Phase:
    """Something that took time."""

    key: str
    title: str
    start: float
    """Seconds after the demo's begin."""
    seconds: float


@dataclass
class DemoResult:
    """Filled step by step; a page can be made of it from the predictions on."""

    workload: str
    description: str
    environment: str
    account: str
    region: str
    began: datetime
    target: str = ""
    """The column that is predicted."""
    steps: list[Phase] = field(default_factory=list)
    job_phases: list[Phase] = field(default_factory=list)
    """The training job's secondary statuses."""
    stacks: list[Stack] = field(default_factory=list)
    launched: list[tuple[str, str]] = field(default_factory=list)
    """What the functions made: a noun and a name each."""
    job: Mapping[str, Any] = field(default_factory=dict)
    """DescribeTrainingJob's answer."""
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    """DescribeEndpoint's answer."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    gate: str = ""
    log: list[str] = field(default_factory=list)
    """What the training script itself printed."""
    predictions: Sequence[float] = ()
    actuals: Sequence[float] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def resource_count(self) -> int:
        """Of all stacks."""
        return sum(len(stack.resources) for stack in self.stacks)

    @property
    def total_seconds(self) -> float:
        """Of all steps so far."""
        return sum(step.seconds for step in self.steps)

    def summary(self) -> dict[str, Any]:
        """The content of `summary.json`: numbers, texts and lists only."""
        return {
            "environment": self.environment,
            "workload": self.workload,
            "began": self.began.isoformat(timespec="seconds"),
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
            "r2": r_squared(self.actuals, self.predictions),
            "seconds": {step.key: round(step.seconds, 3) for step in self.steps},
            "total_seconds": round(self.total_seconds, 3),
            "versions": dict(self.versions),
        }


def r_squared(actuals: Sequence[float], predictions: Sequence[float]) -> float:
    """The coefficient of determination; 1 is perfect, 0 is no better than the mean.

    Raises:
        ValueError: there are fewer than two values, or all true values are the same.
    """
    if len(actuals) < 2 or len(actuals) != len(predictions):
        raise ValueError(f"needs two values or more of each, got {len(actuals)} and {len(predictions)}")
    mean = sum(actuals) / len(actuals)
    spread = sum((true - mean) ** 2 for true in actuals)
    if not spread:
        raise ValueError("all true values are the same")
    return 1 - sum((true - guess) ** 2 for true, guess in zip(actuals, predictions, strict=True)) / spread


def mean_absolute_error(actuals: Sequence[float], predictions: Sequence[float]) -> float:
    """How far off a prediction is, on average, in the target's own unit."""
    return sum(abs(true - guess) for true, guess in zip(actuals, predictions, strict=True)) / len(actuals)
