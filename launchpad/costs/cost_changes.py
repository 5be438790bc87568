"""What a change costs a month: base, head and difference of each environment, as tables of the report.

Note: both sides are priced by the working tree's price list, so that new prices are no change of the environment. A
charge without a known price counts as above any threshold, because it is not zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from launchpad.costs.environment_cost import EnvironmentCost, Row, environment_cost
from launchpad.costs.price_list import PriceList, load_price_list
from launchpad.costs.wording import money, prices_in_words, sum_in_words, unit_price
from template_diff.grouping import by_environments, environment_names
from template_diff.markdown import Table
from template_diff.model import Template
from template_diff.text import code, plain

Templates = Mapping[tuple[str, str], Template]
_SUMS = "\n| Cost per month | Base | Head | Difference |\n|---|---|---|---|\n"
_RESOURCES = "\n| Fixed cost of | Environments | Base → head, per month |\n|---|---|---|\n"
_BY_USE = "\n| Cost by use of | Environments | Unit |\n|---|---|---|\n"


@dataclass(frozen=True)
class CostChange:
    """One environment that costs something else than before."""

    environment: str
    base: EnvironmentCost
    head: EnvironmentCost
    prices: PriceList
    limit: int | None = None
    """`cost.max_monthly_increase_usd` of the config."""

    @property
    def increase(self) -> float:
        """US dollars a month, as far as prices are known."""
        return self.head.total.usd - self.base.total.usd

    @property
    def added_unknown(self) -> list[str]:
        """The unknown prices of which the head needs more, and the types without a rule of which it has more.

        A renamed resource, or one whose charge is described otherwise, adds nothing.
        """
        return sorted(_unknown(self.head) - _unknown(self.base))

    @property
    def is_too_much(self) -> bool:
        """Whether the increase is above the limit, or can't be known to be within it."""
        return self.limit is not None and (self.increase > self.limit or bool(self.added_unknown))

    @property
    def complaint(self) -> str:
        """What is too much, in a sentence."""
        unknown = f" and what is not known ({', '.join(self.added_unknown)})" if self.added_unknown else ""
        return (
            f"{self.environment} would cost {money(self.increase)} more per month{unknown}; its config allows"
            f" {money(self.limit or 0)} (cost.max_monthly_increase_usd)."
        )


@dataclass(frozen=True)
class _ResourceChange:
    """One resource whose charges differ, in Markdown."""

    resource: str
    what: str


def cost_changes(
    old: Templates,
    new: Templates,
    regions: Mapping[str, str],
    old_regions: Mapping[str, str],
    limits: Mapping[str, int],
) -> list[CostChange]:
    """Every environment of the head whose charges differ.

    An environment that only the base has stays deployed, and costs what it cost. One whose region is unknown has no
    prices, and is left out.
    """
    changes = []
    for environment in sorted({name for name, _ in new}):
        if environment not in regions:
            continue
        prices = load_price_list(regions[environment])
        before = load_price_list(old_regions.get(environment, regions[environment]))
        base = environment_cost(_of(old, environment), before)
        head = environment_cost(_of(new, environment), prices)
        if (base.rows, base.unruled) != (head.rows, head.unruled):
            changes.append(CostChange(environment, base, head, prices, limits.get(environment)))
    return changes


def cost_tables(changes: Sequence[CostChange]) -> list[Table]:
    """The sums of each environment, the fixed charges that differ, and those by use; no table if nothing differs."""
    if not changes:
        return []
    too_much = "".join(f"\n**Too much:** {plain(change.complaint)}\n" for change in changes if change.is_too_much)
    sources = "; ".join(dict.fromkeys(prices_in_words(change.prices) for change in changes))
    sums = Table(too_much + _SUMS, tuple(map(_sum_row, changes)), f"\n_By {plain(sources)}._\n")
    return [
        sums,
        *_table(_RESOURCES, [each for change in changes for each in _fixed_changes(change)]),
        *_table(_BY_USE, [each for change in changes for each in _use_changes(change)]),
    ]


def _table(opening: str, changed: Iterable[tuple[str, _ResourceChange]]) -> list[Table]:
    rows = tuple(
        f"| {change.resource} | {environment_names(environments)} | {change.what} |"
        for environments, change in by_environments(changed)
    )
    return [Table(opening, rows)] if rows else []


def _sum_row(change: CostChange) -> str:
    sign = "+" if change.increase > 0 else ""
    unknown = " + unknown" if change.added_unknown else ""
    difference = f"{sign}{money(change.increase)}{unknown}"
    base, head = sum_in_words(change.base.total), sum_in_words(change.head.total)
    return f"| {plain(change.environment)} | {base} | {head} | **{difference}** |"


def _fixed_changes(change: CostChange) -> Iterator[tuple[str, _ResourceChange]]:
    before, after = _by_resource(change.base.fixed), _by_resource(change.head.fixed)
    for place in sorted({*before, *after}):
        old, new = before.get(place, []), after.get(place, [])
        if list(map(_charge, old)) != list(map(_charge, new)) or _amounts(old) != _amounts(new):
            what = "; ".join(row.charge.what for row in new or old)
            amounts = f"{_amounts(old)} → {_amounts(new)}: {plain(what)}"
            yield change.environment, _ResourceChange(_resource(place), amounts)


def _use_changes(change: CostChange) -> Iterator[tuple[str, _ResourceChange]]:
    before, after = _by_resource(change.base.by_use), _by_resource(change.head.by_use)
    for place in sorted({*before, *after}):
        old, new = before.get(place, []), after.get(place, [])
        earlier, later = set(map(_charge, old)), set(map(_charge, new))
        for row in new:
            if _charge(row) not in earlier:
                yield change.environment, _ResourceChange(_resource(place), f"added: {_unit(row)}")
        for row in old:
            if _charge(row) not in later:
                yield change.environment, _ResourceChange(_resource(place), f"removed: {_unit(row)}")


def _unit(row: Row) -> str:
    price = unit_price(row.price) if row.price else f"unknown price {row.charge.key}"
    return f"{plain(row.charge.what)}, {plain(price)}"


def _amounts(rows: Sequence[Row]) -> str:
    known = [row.monthly for row in rows if row.monthly is not None]
    if len(known) < len(rows):
        return f"{money(sum(known))} + unknown" if known else "unknown"
    return money(sum(known)) if rows else "nothing"


def _resource(place: tuple[str, str, str]) -> str:
    stack, name, kind = place
    return f"{plain(stack)}<br>{code(name)}<br>{plain(kind.removeprefix('AWS::'))}"


def _unknown(cost: EnvironmentCost) -> Counter[str]:
    """Thousandths of each unknown price that an environment needs, and its resources of each type without a rule."""
    amounts: Counter[str] = Counter(kind for _, _, kind in cost.unruled)
    for row in cost.fixed:
        if row.price is None:
            amounts[row.charge.key] += round(row.charge.quantity * 1000)
    return amounts


def _charge(row: Row) -> tuple[str, str, str, float, str]:
    return row.stack, row.logical_id, row.charge.key, row.charge.quantity, row.charge.what


def _by_resource(rows: Iterable[Row]) -> dict[tuple[str, str, str], list[Row]]:
    resources: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        resources.setdefault((row.stack, row.logical_id, row.resource_type), []).append(row)
    return resources


def _of(templates: Templates, environment: str) -> dict[str, Template]:
    return {stack: template for (name, stack), template in templates.items() if name == environment}
