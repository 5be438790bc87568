"""An update in progress: a new fleet takes over from the old ones step by step, or the old one gets all traffic back.

Each method runs in the thread of the endpoint's change. Waiting times pass by the clock, starting instances does not.
"""

from __future__ import annotations

import time

from local_aws.sagemaker.hosting.deployment import Deployment
from local_aws.sagemaker.hosting.guardrails import Plan, Step
from local_aws.sagemaker.hosting.hosted import ClosingError, Hosted
from local_aws.sagemaker.hosting.rollback_alarms import RollbackAlarms
from local_aws.sagemaker.hosting.variants import Variant, stop_all

POLL_SECONDS = 10.0
"""Between two looks at the alarms, by the clock: the shortest period of an alarm."""
SHORTEST_PAUSE = 0.1
"""Real seconds between two looks, however fast the clock is."""


class RollbackError(Exception):
    """The deployment must be rolled back; the message is the endpoint's FailureReason."""


class RollbackFailedError(Exception):
    """The rollback of a rolling deployment failed: old and new instances serve together."""


class Rollout:
    """Moves an endpoint from the fleets that serve it to ``new``."""

    def __init__(self, hosted: Hosted, new: Deployment, plan: Plan, alarms: RollbackAlarms) -> None:
        self._hosted, self._new, self._plan, self._alarms = hosted, new, plan, alarms
        self._old = hosted.traffic.fleets
        self._begun = time.monotonic()
        self._clock = hosted.context.clock

    def run(self) -> None:
        """Start the new fleet, shift the traffic, and end the old fleets.

        Raises `RollbackError` or what the new fleet raises, after the old fleet serves alone again;
        `RollbackFailedError` if it can't.
        """
        try:
            if self._plan.is_rolling:
                self._roll()
            else:
                self._shift()
        except Exception as error:
            if self._hosted.closing.is_set():
                raise ClosingError from error
            self._hosted.set("RollingBack")
            self._roll_back(error)
            raise
        self._retire()

    # Blue/green

    def _shift(self) -> None:
        self._report("Creating", "Launching {count} instance(s).", self._plan.total)
        self._new.start()
        for step in self._plan.steps:
            self._activate(step)
            self._bake(step)

    # Rolling: of a single variant, in both fleets

    def _roll(self) -> None:
        new = self._new.variants[0]
        for step in self._plan.steps:
            self._report("Creating", "Launching {count} instance(s).", step.active - new.count)
            new.scale(step.active)
            if step is self._plan.steps[0]:
                self._new.start_shadows()
            self._activate(step)
            self._bake(step)
            self._shrink_old(self._plan.total - step.active)

    def _shrink_old(self, count: int) -> None:
        """End a batch of old instances; the last ones end when the deployment is complete."""
        for fleet in self._old if count else []:
            for variant in fleet.variants:
                # The old variant may have another number of instances than the new one.
                remaining = min(variant.count, max(1, round(variant.desired * count / self._plan.total)))
                surplus = {variant.name: variant.count - remaining}
                self._hosted.report(fleet, "Deleting", "Terminating {count} instance(s).", surplus)
                self._shrink(variant, remaining)
                variant.status = None

    def _shrink(self, variant: Variant, count: int) -> None:
        surplus = variant.scale(count)
        self._hosted.traffic.drain(surplus)
        stop_all(surplus)

    # Both

    def _activate(self, step: Step) -> None:
        message = f"Activating traffic on {step.capacity} capacity of {{count}} instance(s)."
        self._report("ActivatingTraffic", message, step.active)
        self._share(step.active / self._plan.total)

    def _share(self, share: float) -> None:
        """Give the new fleet this share of the traffic, and the old ones the rest by their sizes."""
        sizes = {id(fleet): sum(variant.desired for variant in fleet.variants) or 1 for fleet in self._old}
        total = sum(sizes.values())
        old = [(fleet, (1.0 - share) * sizes[id(fleet)] / total) for fleet in self._old]
        self._hosted.traffic.direct(*old, (self._new, share))

    def _bake(self, step: Step) -> None:
        """Wait, and watch the alarms. Without a baking period they are not monitored."""
        if not step.bake_seconds:
            return
        message = f"Baking for {step.bake_seconds} seconds ({step.bake_name}) with traffic enabled on {step.capacity} "
        self._report("Baking", f"{message}capacity of {{count}} instance(s).", step.active)
        end = time.monotonic() + self._clock.seconds(step.bake_seconds)
        pause = max(self._clock.seconds(POLL_SECONDS), SHORTEST_PAUSE)
        while True:
            self._check()
            remaining = end - time.monotonic()
            if remaining <= 0:
                return
            if self._hosted.closing.wait(min(pause, remaining)):
                raise ClosingError

    def _check(self) -> None:
        if problem := self._alarms.problem():
            raise RollbackError(problem)
        # Starting containers is not sped up: only the waiting times count as often as the clock says.
        limit = self._clock.seconds(self._plan.waits_seconds) + self._plan.timeout_seconds - self._plan.waits_seconds
        if time.monotonic() - self._begun > limit:
            raise RollbackError(
                f"The deployment did not complete within {self._plan.timeout_seconds} seconds "
                "(MaximumExecutionTimeoutInSeconds)."
            )

    def _report(self, status: str, message: str, count: int) -> None:
        """Report the new fleet; a fleet of several variants activates the same share of each."""
        counts = {variant.name: self._part(variant, count) for variant in self._new.variants}
        self._hosted.report(self._new, status, message, counts)

    def _part(self, variant: Variant, count: int) -> int:
        return round(variant.desired * count / self._plan.total) if self._plan.total else 0

    # The end

    def _retire(self) -> None:
        self._hosted.traffic.direct((self._new, 1.0))
        if fleet := self._hosted.deployment:
            counts = {variant.name: variant.count for variant in fleet.variants}
            self._hosted.report(fleet, "Deleting", "Terminating {count} instance(s).", counts)
        for fleet in self._old:
            self._hosted.end(fleet)
        self._hosted.deployment = self._new

    def _roll_back(self, cause: Exception) -> None:
        if self._plan.is_rolling:
            for fleet in self._old:
                self._roll_in(fleet.variants[0], cause)
        self._share(0.0)
        self._hosted.end(self._new)

    def _roll_in(self, old: Variant, cause: Exception) -> None:
        """Start the old instances again, in batches; the new ones end as the old ones come back."""
        new = self._new.variants[0]
        try:
            while old.count < old.desired:
                old.scale(min(old.count + self._plan.rollback_batch, old.desired))
                share = min(1.0 - old.count / old.desired, new.count / self._plan.total)
                self._share(share)
                self._shrink(new, min(new.count, round(share * self._plan.total)))
        except Exception as error:
            old.desired, new.desired = old.count, new.count  # the mix stays as it is, all of it with traffic
            self._share(new.count / (old.count + new.count))
            raise RollbackFailedError(f"{cause} The rollback failed too: {error}") from error
