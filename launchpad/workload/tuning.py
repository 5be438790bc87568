"""A hyperparameter tuning job: the training job many times, with values that SageMaker chooses."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from launchpad.config_files.yaml_source import FieldError, Settings
from launchpad.workload.types import HyperparameterName, Minutes, name_of_job

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]


class Range(Settings):
    """What a hyperparameter may be: numbers from `min` to `max`, or one of `values`."""

    type: Literal["continuous", "integer", "categorical"] = "continuous"
    min: float | None = None
    max: float | None = None
    scaling: Scaling = "Auto"
    values: tuple[Annotated[str, StringConstraints(max_length=256)], ...] = Field(default=(), max_length=30)

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if self.type == "categorical":
            if not self.values or self.min is not None or self.max is not None:
                raise ValueError("a categorical range has `values` and neither `min` nor `max`")
            return self
        if self.values or self.min is None or self.max is None:
            raise ValueError(f"a range of type {self.type} has `min` and `max`; for `values` write `type: categorical`")
        if self.min >= self.max:
            raise ValueError(f"min ({self.min:g}) must be below max ({self.max:g})")
        if self.type == "integer" and not (self.min.is_integer() and self.max.is_integer()):
            raise ValueError("an integer range has whole numbers")
        return self._scaling_fits(self.min, self.max)

    def _scaling_fits(self, lowest: float, highest: float) -> Self:
        if self.scaling == "Logarithmic" and lowest <= 0:
            raise ValueError(f"logarithmic scaling needs min above 0, not {lowest:g}")
        if self.scaling == "ReverseLogarithmic" and not (lowest >= 0 and highest < 1 and self.type == "continuous"):
            raise ValueError("reverse logarithmic scaling is for continuous ranges from 0 to below 1")
        return self


class Objective(Settings):
    """What is best."""

    metric: str
    """The name of one of `training.metrics`."""
    goal: Literal["Maximize", "Minimize"]


class WarmStart(Settings):
    """Begin with what earlier tuning jobs learned."""

    jobs: Annotated[tuple[Annotated[str, name_of_job(32)], ...], Field(min_length=1, max_length=5)]
    type: Literal["IdenticalDataAndAlgorithm", "TransferLearning"] = "IdenticalDataAndAlgorithm"


class Hyperband(Settings):
    """Epochs, or whatever the objective is reported by: the least and the most of them."""

    min_resource: Annotated[int, Field(ge=1)]
    max_resource: Annotated[int, Field(ge=1)]


class Tuning(Settings):
    """One tuning job over `training`."""

    objective: Objective
    ranges: dict[HyperparameterName, Range] = Field(min_length=1, max_length=30)
    strategy: Literal["Bayesian", "Random", "Grid", "Hyperband"] = "Bayesian"
    max_jobs: Annotated[int, Field(ge=1, le=750)] | None = None
    """Required, but for a Grid, which tries every combination."""
    max_parallel_jobs: Annotated[int, Field(ge=1, le=100)] = 2
    max_runtime_minutes: Annotated[Minutes, Field(ge=2)] | None = None
    max_cost_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The most that the tuning may cost, in US dollars of list price on demand: refused if its jobs could cost more."""
    early_stopping: bool = True
    """End a job that won't beat the best."""
    warm_start: WarmStart | None = None
    hyperband: Hyperband | None = None
    seed: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _strategy_fits(self) -> Self:
        if self.strategy == "Grid":
            wrong = [name for name, range_ in self.ranges.items() if range_.type != "categorical"]
            if wrong:
                raise ValueError(
                    f"a Grid tries every combination of categorical values; {wrong[0]!r} is not categorical"
                )
        elif self.max_jobs is None:
            raise ValueError(f"max_jobs is required with strategy {self.strategy}")
        if self.max_jobs is not None and self.max_parallel_jobs > self.max_jobs:
            message = f"can't be above max_jobs ({self.max_jobs}), but is {self.max_parallel_jobs}; write at most that"
            raise FieldError(("max_parallel_jobs",), message)
        if (self.strategy == "Hyperband") != (self.hyperband is not None):
            raise ValueError("`hyperband` and `strategy: Hyperband` belong together")
        return self

    @model_validator(mode="after")
    def _stopping_fits(self) -> Self:
        if self.early_stopping and self.strategy == "Hyperband":
            raise ValueError("early_stopping: Hyperband stops jobs by itself; write `early_stopping: false`")
        return self
