"""How a model is put into service: the keys of the deploy function's event, next to the job.

What the function would refuse is refused here with the same reasons, before anything is uploaded or created
(`lambda/endpoint_variants.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.requests.release import ALL_AT_ONCE, LEAST_PERCENT, shift_minutes

if TYPE_CHECKING:
    from launchpad.workload import Workload

PERCENT, BAKE_MINUTES = 10, 10
"""What `serving.release` has by default."""
MOST_PERCENT, MOST_BAKE_MINUTES = 50, 60
"""The limits of `CanarySize`, `LinearStepSize` and `MaximumBatchSize`, and of `WaitIntervalInSeconds`."""
LONGEST_SHIFT_MINUTES = 420
"""That of `serving.release`: an update may take 8 hours, one of them for starting the instances."""


@dataclass(frozen=True)
class Way:
    """How a model is put into service; by default in place of what is served, as `serving.release` says."""

    canary: int | None = None
    """Percent of the new instances that get requests at first."""
    linear: int | None = None
    """Percent of the new instances that get requests with each step."""
    rolling: int | None = None
    """Percent of the instances that are replaced at once."""
    all_at_once: bool = False
    bake: int | None = None
    """Minutes after each step, in which an alarm of the endpoint rolls the update back."""
    variant: str | None = None
    """The name of a variant next to what is served."""
    weight: float | None = None
    """The variant's share of the requests, or the share that is copied to the shadow."""
    shadow: bool = False
    promote: str | None = None
    """The variant that is to be the only one."""
    preprocessor_jobs: tuple[str, ...] = ()
    """`WORKLOAD=JOB`: the training job of a workload in `serving.preprocessors`, else the one that it served last."""

    @property
    def place(self) -> str:
        """Which option gives the model its place among those that are served; empty if it replaces them."""
        return next((name for name in ("promote", "variant", "shadow") if getattr(self, name)), "")

    def keys(self, workload: Workload) -> dict[str, Any]:
        """The keys of the event.

        Raises:
            LaunchpadError: options exclude each other or the workload's mode, or have no effect.
        """
        self._check_place()
        self._check_mode(workload)
        chosen = {name: getattr(self, name) for name in ("variant", "weight", "shadow", "promote")}
        chosen["preprocessor_jobs"] = self._preprocessor_jobs(workload)
        release = self._release(workload)
        return {name: value for name, value in chosen.items() if value} | ({"release": release} if release else {})

    def _preprocessor_jobs(self, workload: Workload) -> dict[str, str]:
        """The job of each workload that is named."""
        preprocessors = workload.serving.preprocessors if workload.serving else ()
        jobs: dict[str, str] = {}
        for option in self.preprocessor_jobs:
            name, _, job = option.partition("=")
            if not (name and job):
                raise LaunchpadError(f"preprocessor-job: write WORKLOAD=JOB, not {option!r}")
            if name not in preprocessors:
                words = suggest(name, preprocessors, "preprocessors") if preprocessors else "it has none"
                raise LaunchpadError(
                    f"preprocessor-job: {name!r} is not in `preprocessors` of {workload.name}; {words}"
                )
            if name in jobs:
                raise LaunchpadError(f"preprocessor-job: {name} is named twice; choose one job")
            jobs[name] = job
        return jobs

    def _traffic(self) -> dict[str, int]:
        """The chosen kinds of traffic, with their percent."""
        kinds = {"canary": self.canary, "linear": self.linear, "rolling": self.rolling}
        chosen = {name: percent for name, percent in kinds.items() if percent is not None}
        return {**chosen, ALL_AT_ONCE: PERCENT} if self.all_at_once else chosen

    def _release(self, workload: Workload) -> dict[str, Any] | None:
        traffic = self._traffic()
        if not traffic and self.bake is None:
            return None
        if len(traffic) > 1:
            raise LaunchpadError(f"{' and '.join(traffic)} exclude each other: choose one")
        own = workload.serving.release if workload.serving else None
        kind, percent = next(iter(traffic.items()), (own.traffic, own.percent) if own else (ALL_AT_ONCE, PERCENT))
        bake = self.bake if self.bake is not None else own.bake_minutes if own else BAKE_MINUTES
        _check_release(kind, percent, bake)
        return {"traffic": kind, "percent": percent, "bake_minutes": bake}

    def _check_place(self) -> None:
        places = [name for name in ("promote", "variant", "shadow") if getattr(self, name)]
        if len(places) > 1:
            raise LaunchpadError(f"{' and '.join(places)} exclude each other: choose one")
        if places and (steps := [*self._traffic(), *(["bake"] if self.bake is not None else [])]):
            raise LaunchpadError(
                f"{steps[0]} has no effect with {places[0]}: SageMaker shifts traffic in steps only between the same"
                " variants"
            )
        if self.variant and self.weight is None:
            raise LaunchpadError("variant needs its share of the requests as well: weight, such as 0.1")
        if self.weight is not None and not (self.variant or self.shadow):
            raise LaunchpadError("weight has no effect without variant or shadow")
        if self.weight is not None and not (0 < self.weight < 1 or (self.shadow and self.weight == 1)):
            raise LaunchpadError(f"weight {self.weight:g} is no share; it is a number between 0 and 1, such as 0.1")

    def _check_mode(self, workload: Workload) -> None:
        section = workload.serving
        if section is None:
            return
        divides = next((name for name in ("variant", "shadow") if getattr(self, name)), "")
        if section.mode == "serverless" and (divides or self._traffic() or self.bake is not None):
            option = divides or next(iter(self._traffic()), "bake")
            reason = "has one variant" if divides else "has no instances between which traffic could shift"
            raise LaunchpadError(f"{option}: a serverless endpoint {reason} (`mode: serverless` in workload.yaml)")
        if divides and section.shared_endpoint:
            raise LaunchpadError(f"{divides}: a shared endpoint has one variant")
        if self.shadow and section.preprocessors:
            raise LaunchpadError("shadow: SageMaker copies no requests of an endpoint with preprocessors")
        if self.shadow and section.mode == "async":
            raise LaunchpadError("shadow: an asynchronous endpoint has no shadow variant")


def _check_release(traffic: str, percent: int, bake: int) -> None:
    least = LEAST_PERCENT.get(traffic, 1)
    if not least <= percent <= MOST_PERCENT:
        raise LaunchpadError(f"{traffic}: {percent} percent is outside of the limits, {least} to {MOST_PERCENT}")
    if not 0 <= bake <= MOST_BAKE_MINUTES:
        raise LaunchpadError(f"bake: {bake} minutes is outside of the limits, 0 to {MOST_BAKE_MINUTES}")
    minutes = shift_minutes(traffic, percent, bake)
    if minutes > LONGEST_SHIFT_MINUTES:
        raise LaunchpadError(
            f"bake: the update would take {minutes} minutes, SageMaker allows {LONGEST_SHIFT_MINUTES}: choose fewer"
            " minutes or a higher percent"
        )


def single_instance(workload: Workload, keys: Mapping[str, Any]) -> bool:
    """Whether steps were asked for that one instance can't take: it gets all requests at once."""
    from launchpad.requests.release import FEWEST_FOR_STEPS
    from launchpad.requests.variants import instance_count

    release = keys.get("release")
    if not release or release["traffic"] == ALL_AT_ONCE or workload.serving is None:
        return False
    return instance_count(workload.serving.model_dump()) < FEWEST_FOR_STEPS
