"""Which fleets of an endpoint get its requests: one of them, or during an update two with a share each.

One lock per endpoint guards the choice and the counts of requests in progress. It is held for the choice only, never
while anything waits for a container.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from local_aws.sagemaker.hosting.deployment import Deployment
    from local_aws.sagemaker.hosting.model_instance import ModelInstance
    from local_aws.sagemaker.hosting.variants import Variant

Item = TypeVar("Item")

DRAIN_SECONDS = 65.0
"""A little more than the longest request may take."""


class OverloadedError(Exception):
    """The variant accepts no more requests at the moment."""


class UnavailableError(Exception):
    """No instance of the variant responds at the moment."""


class EndedError(Exception):
    """The instance that a request is for serves no more."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The target of one request; call `done` when it has ended."""

    fleet: Deployment
    variant: Variant
    instance: ModelInstance
    done: Callable[[], None]


class Traffic:
    """The fleets that get requests, and their shares."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._shares: tuple[tuple[Deployment, float], ...] = ()

    @property
    def fleets(self) -> list[Deployment]:
        """The fleets that get requests, the old one first."""
        return [fleet for fleet, _ in self._shares]

    @property
    def is_open(self) -> bool:
        """Whether the endpoint accepts requests."""
        return bool(self._shares)

    def direct(self, *shares: tuple[Deployment, float]) -> None:
        """Send requests to these fleets from now on; a fleet without a share gets none."""
        with self._changed:
            self._shares = tuple(item for item in shares if item[1] > 0)

    def admit(self, name: str | None, session: ModelInstance | None = None) -> Admission:
        """Choose the named variant, or one by weight, and its least busy instance; or the instance of a session.

        Raises:
            LookupError: no fleet has the variant.
            EndedError: the instance of the session serves no more, or is none of the variant's.
            OverloadedError: it already has as many requests as it may have.
            UnavailableError: none of its instances responds.
        """
        with self._changed:
            fleet, variant = self._with(session, name) if session else self._choose(name)
            if variant.in_flight >= variant.most:
                raise OverloadedError
            instance = session or variant.pick()
            if instance is None:
                raise UnavailableError
            variant.in_flight += 1
            instance.in_flight += 1
        return Admission(fleet, variant, instance, partial(self._release, variant, instance))

    def drain(self, instances: Iterable[ModelInstance]) -> None:
        """Return once instances that get no more requests have sent their last response."""
        leaving = list(instances)
        with self._changed:
            self._changed.wait_for(lambda: not any(instance.in_flight for instance in leaving), DRAIN_SECONDS)

    def _release(self, variant: Variant, instance: ModelInstance) -> None:
        with self._changed:
            variant.in_flight -= 1
            instance.in_flight -= 1
            if not instance.in_flight:
                self._changed.notify_all()

    def _with(self, instance: ModelInstance, name: str | None) -> tuple[Deployment, Variant]:
        for fleet, _ in self._shares:
            for variant in fleet.variants:
                if instance in variant.instances and name in (None, variant.name):
                    return fleet, variant
        raise EndedError

    def _choose(self, name: str | None) -> tuple[Deployment, Variant]:
        """A fleet by its share, then a variant; a fleet whose instances all failed is left out while another serves."""
        options = [(fleet, share, fleet.candidates(name)) for fleet, share in self._shares]
        options = [option for option in options if option[2]]
        if not options:
            raise LookupError(name)
        if len(options) > 1:
            options = [option for option in options if any(map(_can_serve, option[2]))] or options
        fleet, _, variants = _chosen(options, [share for _, share, _ in options])
        return fleet, _chosen(variants, [variant.weight for variant in variants])


def _chosen(items: Sequence[Item], weights: Sequence[float]) -> Item:
    return items[0] if len(items) == 1 else random.choices(items, weights)[0]  # noqa: S311 (traffic, not secrets)


def _can_serve(variant: Variant) -> bool:
    return bool(variant.instances or variant.pool)
