"""Requests are shared between the fleets of an endpoint, and reach only instances that respond."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from local_aws.sagemaker.hosting.deployment import Deployment
from local_aws.sagemaker.hosting.traffic import OverloadedError, Traffic, UnavailableError


class Instance:
    in_flight = 0


class Variant:
    pool, most, in_flight = None, 8, 0

    def __init__(self, name: str, weight: float = 1.0, instances: int = 1) -> None:
        self.name, self.weight = name, weight
        self.instances = [Instance() for _ in range(instances)]

    def pick(self) -> Instance | None:
        return self.instances[0] if self.instances else None


class Fleet:
    candidates = Deployment.candidates

    def __init__(self, *variants: Variant) -> None:
        self.variants = variants


def traffic(*shares: tuple[Any, float]) -> Traffic:
    new = Traffic()
    new.direct(*shares)
    return new


def admitted(routes: Traffic, count: int = 400) -> Counter[Any]:
    fleets: Counter[Any] = Counter()
    for _ in range(count):
        admission = routes.admit(None)
        fleets[admission.fleet] += 1
        admission.done()
    return fleets


def test_fleets_get_their_shares():
    old, new = Fleet(Variant("A")), Fleet(Variant("A"))
    assert 0.1 < admitted(traffic((old, 0.75), (new, 0.25)))[new] / 400 < 0.4
    assert admitted(traffic((old, 0.0), (new, 1.0))) == {new: 400}


def test_a_fleet_without_instances_gets_nothing_while_another_serves():
    old, new = Fleet(Variant("A")), Fleet(Variant("A", instances=0))
    assert admitted(traffic((old, 0.5), (new, 0.5))) == {old: 400}


def test_a_named_variant_gets_requests_whatever_its_weight():
    routes = traffic((Fleet(Variant("A"), Variant("B", weight=0.0)), 1.0))
    assert routes.admit("B").variant.name == "B"
    assert {routes.admit(None).variant.name for _ in range(8)} == {"A"}


def test_what_can_not_be_served_is_refused():
    routes = traffic((Fleet(Variant("A"), Variant("B", instances=0)), 1.0))
    for _ in range(8):
        routes.admit("A")
    with pytest.raises(OverloadedError):
        routes.admit("A")
    with pytest.raises(UnavailableError):
        routes.admit("B")
    with pytest.raises(LookupError):
        routes.admit("C")


def test_draining_ends_with_the_last_response():
    routes = traffic((Fleet(Variant("A")), 1.0))
    admission = routes.admit(None)
    assert admission.instance.in_flight == 1
    admission.done()
    routes.drain([admission.instance])
    assert admission.instance.in_flight == 0
