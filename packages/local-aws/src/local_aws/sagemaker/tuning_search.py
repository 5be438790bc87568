"""Which hyperparameters to try next, and which running jobs to stop: Optuna's samplers, by SageMaker's names.

The same seed gives the same values in the same order, if results also arrive in the same order.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.tuning_space import Parameter

EARLIER_JOBS = 3
"""How many jobs must have reached an epoch before others are stopped there (early stopping Auto)."""


@dataclass
class Trial:
    """One choice of hyperparameters, and its results so far."""

    parameters: dict[str, str]
    values: list[float] = field(default_factory=list)
    """The objective, each time that the job printed it: one value per epoch."""
    _trial: Any = None


class Search:
    """The search of one tuning job definition; not thread-safe."""

    def __init__(
        self, strategy: str, space: Sequence[Parameter], *, maximize: bool, seed: int | None, **options: Any
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space, self._maximize, self._optuna = space, maximize, optuna
        self._distributions = {parameter.name: parameter.distribution() for parameter in space}
        self._hyperband = options.get("hyperband")
        self._stops_early = bool(options.get("early_stopping"))
        self._trials: list[Trial] = []
        self._study = optuna.create_study(
            direction="maximize" if maximize else "minimize",
            sampler=self._sampler(strategy, seed, options.get("parallel", 1)),
            pruner=self._pruner(),
        )
        if strategy == "Grid":  # Optuna's grid sampler needs Optuna's own loop
            for values in itertools.product(*(item.values for item in space)):
                self._study.enqueue_trial({item.name: value for item, value in zip(space, values, strict=True)})

    def ask(self) -> Trial:
        """Choose the next hyperparameters."""
        suggestion = self._study.ask(self._distributions)
        text = {parameter.name: parameter.text(suggestion.params[parameter.name]) for parameter in self._space}
        trial = Trial(text, _trial=suggestion)
        self._trials.append(trial)
        return trial

    def report(self, trial: Trial, values: Sequence[float]) -> bool:
        """Report the objective's values so far; returns True if the job should be stopped."""
        stop = False
        for value in values[len(trial.values) :]:
            trial.values.append(value)
            stop = self._is_hopeless(trial, value) or stop
        return stop

    def tell(self, trial: Trial, value: float | None) -> None:
        """Report the final objective, or None for a job without one."""
        states = self._optuna.trial.TrialState
        self._study.tell(trial._trial, value, state=states.FAIL if value is None else states.COMPLETE)

    def learn(self, parameters: dict[str, str], value: float) -> bool:
        """Report the result of a parent job's training job; returns False if it is outside this search."""
        values = {item.name: item.value(parameters[item.name]) for item in self._space if item.name in parameters}
        if len(values) < len(self._space) or None in values.values():
            return False
        parent_trial = self._optuna.trial.create_trial(params=values, distributions=self._distributions, value=value)
        self._study.add_trial(parent_trial)
        return True

    def _is_hopeless(self, trial: Trial, value: float) -> bool:
        epoch = len(trial.values)
        if self._hyperband:
            trial._trial.report(value, epoch)
            return bool(epoch >= self._hyperband["MaxResource"] or trial._trial.should_prune())
        return self._stops_early and self._below_median(trial, value, epoch)

    def _below_median(self, trial: Trial, value: float, epoch: int) -> bool:
        """SageMaker's rule: worse than the median of the running averages of all earlier jobs up to this epoch."""
        earlier = self._trials[: self._trials.index(trial)]
        averages = [statistics.fmean(other.values[:epoch]) for other in earlier if len(other.values) >= epoch]
        if len(averages) < EARLIER_JOBS:
            return False
        median = statistics.median(averages)
        return value < median if self._maximize else value > median

    def _sampler(self, strategy: str, seed: int | None, parallel: int) -> Any:
        samplers = self._optuna.samplers
        if strategy in ("Random", "Grid"):
            return samplers.RandomSampler(seed=seed)
        return samplers.TPESampler(seed=seed, n_startup_trials=5, constant_liar=parallel > 1)

    def _pruner(self) -> Any:
        pruners = self._optuna.pruners
        if not self._hyperband:
            return pruners.NopPruner()
        return pruners.HyperbandPruner(self._hyperband["MinResource"], self._hyperband["MaxResource"])
