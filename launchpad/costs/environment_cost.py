"""What the templates of one environment cost a month: each resource's charges with their prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.costs.charge import Charge, Kind
from launchpad.costs.price_list import Price, PriceList
from launchpad.costs.rules import RULES

Template = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One charge of one resource."""

    stack: str
    """The part of the platform, such as `network`."""
    logical_id: str
    resource_type: str
    charge: Charge
    price: Price | None
    """None if it isn't known."""

    @property
    def monthly(self) -> float | None:
        """US dollars a month; None for a charge by use, and for one whose price isn't known."""
        return self.price.usd * self.charge.quantity if self.price and self.charge.kind is Kind.FIXED else None


@dataclass(frozen=True)
class Total:
    """The sum of what is known, and the names of the prices that are not."""

    usd: float
    unknown: tuple[str, ...] = ()

    @staticmethod
    def of(parts: Iterable[tuple[float | None, str]]) -> Total:
        """The sum of amounts, each with the key of its price; None is an unknown one."""
        listed = list(parts)
        unknown = sorted({key for usd, key in listed if usd is None})
        return Total(sum(usd for usd, _ in listed if usd is not None), tuple(unknown))

    @staticmethod
    def together(totals: Iterable[Total]) -> Total:
        """The sum of several."""
        listed = list(totals)
        unknown = sorted({key for each in listed for key in each.unknown})
        return Total(sum(each.usd for each in listed), tuple(unknown))


@dataclass(frozen=True)
class EnvironmentCost:
    """All rows of an environment, in the order of stacks and resources."""

    rows: tuple[Row, ...]
    unruled: tuple[tuple[str, str, str], ...] = ()
    """Stack, logical id and type of each resource whose type has no rule."""

    @property
    def fixed(self) -> list[Row]:
        """The charges of every month. What quantity 0 makes nothing of is left out."""
        return [row for row in self.rows if row.charge.kind is Kind.FIXED and row.charge.quantity]

    @property
    def by_use(self) -> list[Row]:
        """The charges by use."""
        return [row for row in self.rows if row.charge.kind is Kind.USAGE]

    @property
    def total(self) -> Total:
        """The fixed charges of a month."""
        return total(self.fixed)

    @property
    def by_stack(self) -> dict[str, Total]:
        """The fixed charges of each stack that has any."""
        stacks = dict.fromkeys(row.stack for row in self.fixed)
        return {stack: total(row for row in self.fixed if row.stack == stack) for stack in stacks}


def total(rows: Iterable[Row]) -> Total:
    """The monthly sum of fixed rows."""
    return Total.of((row.monthly, row.charge.key) for row in rows)


def environment_cost(templates: Mapping[str, Template], prices: PriceList) -> EnvironmentCost:
    """The charges of an environment's templates, which are given by the part of the platform."""
    rows: list[Row] = []
    unruled: list[tuple[str, str, str]] = []
    for stack, template in sorted(templates.items()):
        resources = template.get("Resources") or {}
        for name, resource in sorted(resources.items()):
            kind = str(resource["Type"])
            if kind not in RULES:
                unruled.append((stack, name, kind))
                continue
            rows += _rows(stack, name, resource, resources, prices)
    return EnvironmentCost(tuple(rows), tuple(unruled))


def _rows(
    stack: str, name: str, resource: Mapping[str, Any], resources: Mapping[str, Any], prices: PriceList
) -> Iterator[Row]:
    kind = str(resource["Type"])
    for charge in RULES[kind](resource.get("Properties") or {}, resources):
        yield Row(stack, name, kind, charge, prices.get(charge.key))
