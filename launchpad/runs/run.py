"""One run: a training job with everything that tells it from the others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launchpad.requests.cost import Cost
from launchpad.runs.provenance import commit_words

Value = str | float | bool | datetime
RESERVED = ("sagemaker_", "_tuning_")
"""The prefixes of the hyperparameters that AWS's toolkit and tuning jobs add to those of the script."""


@dataclass(frozen=True)
class Gate:
    """The quality gate's verdict on a run."""

    passed: bool
    words: str
    """The bound, such as `auc at least 0.8`, or why the run misses it."""


@dataclass(frozen=True)
class Run:
    """One training job."""

    job: str
    status: str
    started: datetime
    seconds: float | None = None
    """The time from the job's creation to its end; None while it runs."""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    """The script's own, decoded; not those of AWS's toolkit."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """The job's last values, and those of its evaluation, which win as they do in the quality gate."""
    evaluation: Mapping[str, float] = field(default_factory=dict)
    gate: Gate | None = None
    """None without a quality gate, and as long as there is nothing to judge."""
    instance: str = ""
    data: str = ""
    """The version of the data in all channels: 16 hexadecimal digits."""
    commit: str = ""
    dirty: bool = False
    code: str = ""
    tuning: str = ""
    """The tuning job that started it."""
    pipeline: str = ""
    """The name of the pipeline's run that started it."""
    cost: Cost | None = None
    """What it cost; None while it runs."""
    description: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The response of DescribeTrainingJob."""
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The platform's record of the launch; empty for a job from before records."""

    @property
    def origin(self) -> str:
        """What started it, if that was not a single launch."""
        return " of ".join(
            word for word in ("tuning" if self.tuning else "", "pipeline" if self.pipeline else "") if word
        )

    @property
    def commit_words(self) -> str:
        """The commit's first digits, and whether the working copy differed from it."""
        return commit_words({"commit": self.commit, "dirty": self.dirty})

    @property
    def facts(self) -> dict[str, Value]:
        """Its values by column, without those that it lacks; the names that `--where` and `--sort` take."""
        values: dict[str, Value | None] = {
            "job": self.job,
            "status": self.status,
            "started": self.started,
            "seconds": self.seconds,
            "instance": self.instance,
            "gate": {True: "passed", False: "missed"}[self.gate.passed] if self.gate else None,
            "data": self.data,
            "commit": self.commit,
            "dirty": self.dirty if self.commit else None,
            "code": self.code,
            "tuning": self.tuning,
            "pipeline": self.pipeline,
            **(self.cost.amounts if self.cost else {}),
        }
        return {
            **{key: value for key, value in values.items() if value not in (None, "")},
            **{f"hyperparameters.{name}": value for name, value in self.hyperparameters.items()},
            **{f"metrics.{name}": value for name, value in self.metrics.items()},
        }


FACTS = (
    "job", "status", "started", "seconds", "instance", "gate", "data", "commit", "dirty", "code", "tuning", "pipeline",
    "cost_usd", "spot_saved_usd",
)  # fmt: skip
"""The columns that every run may have, in addition to its hyperparameters and metrics."""


def decoded(hyperparameters: Mapping[str, str]) -> dict[str, str]:
    """The script's hyperparameters, with the quotes of JSON removed that script mode puts around texts."""
    return {name: _decoded(value) for name, value in sorted(hyperparameters.items()) if not name.startswith(RESERVED)}


def number(text: Any) -> float | None:
    """A value as a number; None if it is none."""
    try:
        return None if isinstance(text, bool) else float(text)
    except (TypeError, ValueError):
        return None


def differing(runs: Sequence[Run]) -> list[str]:
    """The hyperparameters whose values are not the same in all runs."""
    names = hyperparameter_names(runs)
    return [name for name in names if len({run.hyperparameters.get(name) for run in runs}) > 1]


def hyperparameter_names(runs: Iterable[Run]) -> list[str]:
    """The hyperparameters of all runs, by name."""
    return sorted({name for run in runs for name in run.hyperparameters})


def metric_names(runs: Iterable[Run]) -> list[str]:
    """The metrics of all runs, in the order in which the newest run reports them."""
    return list(dict.fromkeys(name for run in runs for name in run.metrics))


def _decoded(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
