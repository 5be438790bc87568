"""Computes the tables of docs/cost-of-a-month.md: the fixed cost of dev, staging and prod, and a stated use of each.

Fixed costs are those of `launchpad cost`, use is priced by the same list. `pytest tests/stacks --update-baselines`
writes the page anew; `tests/stacks/test_costs.py` fails while it is outdated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from launchpad import paths
from launchpad.catalogue.definitions import load_workload
from launchpad.costs.charge import HOURS
from launchpad.costs.environment_cost import EnvironmentCost, Total
from launchpad.costs.keys import HOST, SAGEMAKER, TRAIN, instance_key
from launchpad.costs.price_list import PriceList
from launchpad.costs.wording import money, prices_in_words, sum_in_words
from launchpad.costs.work import part
from launchpad.settings.environment import IDLE_HOURS

PAGE = paths.ROOT / "docs" / "cost-of-a-month.md"
WORKLOAD = "boston-housing"
ENVIRONMENTS = ("dev", "staging", "prod")
REGION = "us-east-1"
"""Whose price list is used: the committed one of the configs' region lacks most of the prices."""
WORKDAYS = 21
RUNS, RUN_MINUTES = 120, 10
TRIED_HOURS = 2
"""How long an endpoint in dev is used on each workday, before requests end."""
SPOT_SAVING = 0.6
_NAT = ("AmazonEC2/NatGateway-Hours", "AmazonVPC/PublicIPv4:InUseAddress")
_BLOCK = re.compile(r"(<!-- computed -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Use:
    """So many units of a price in the month, in words."""

    environment: str
    what: str
    key: str
    quantity: float

    def total(self, prices: PriceList) -> Total:
        """What it costs."""
        return Total.of([part(prices, self.key, self.quantity)])


def page(costs: Mapping[str, EnvironmentCost], prices: PriceList) -> str:
    """The whole page, with its tables computed anew."""
    uses = list(month())
    tables = (_sums(costs, uses, prices), _fixed(costs), _uses(uses, prices), _choices(uses, prices))
    sources = f"_Computed from {prices_in_words(prices)}. No price is known of: {_unknown(costs, uses, prices)}._"
    computed = "\n\n".join((*tables, sources))
    return _BLOCK.sub(lambda match: f"{match[1]}\n{computed}\n\n{match[2]}", PAGE.read_text("utf-8"))


def month() -> Iterator[Use]:
    """The stated use. It is an example, and not measured."""
    workload = load_workload(WORKLOAD)
    assert workload.training and workload.serving and workload.serving.instance  # noqa: S101 -- of a committed file
    train, host = workload.training.instance.type or "", workload.serving.instance.type or ""
    tried = WORKDAYS * (TRIED_HOURS + IDLE_HOURS)
    hours = RUNS * RUN_MINUTES / 60
    yield Use("dev", f"{RUNS} runs of {RUN_MINUTES} minutes on {train}", instance_key(TRAIN, train), hours)
    yield Use(
        "dev",
        f"an endpoint of 1 x {host} on each of {WORKDAYS} workdays, used for {TRIED_HOURS} hours and removed after"
        f" {IDLE_HOURS} idle ones",
        instance_key(HOST, host),
        tried,
    )
    yield from _stored("dev", data=50, images=20, logs=5)
    pipelines = f"8 runs of the pipeline: training of {RUN_MINUTES} minutes on {train}"
    yield Use("staging", pipelines, instance_key(TRAIN, train), 8 * RUN_MINUTES / 60)
    yield Use("staging", f"a pinned endpoint of 1 x {host}, all month", instance_key(HOST, host), HOURS)
    yield from _stored("staging", data=20, images=20, logs=5)
    yield Use("prod", f"a pinned endpoint of 2 x {host}, all month", instance_key(HOST, host), 2 * HOURS)
    yield Use("prod", "3 million requests of 2 KB", f"{SAGEMAKER}/Data-Bytes-In", 6)
    yield Use("prod", "and their answers of 1 KB", f"{SAGEMAKER}/Data-Bytes-Out", 3)
    yield from _stored("prod", data=100, images=20, logs=20)


def _stored(environment: str, *, data: int, images: int, logs: int) -> Iterator[Use]:
    yield Use(environment, f"{data} GB of data and models in S3", "AmazonS3/TimedStorage-ByteHrs", data)
    yield Use(environment, f"{images} GB of images in ECR", "AmazonECR/TimedStorage-ByteHrs", images)
    yield Use(environment, f"{logs} GB of logs", "AmazonCloudWatch/DataProcessing-Bytes", logs)


def _sums(costs: Mapping[str, EnvironmentCost], uses: Iterable[Use], prices: PriceList) -> str:
    fixed = {name: costs[name].total for name in ENVIRONMENTS}
    used = {name: Total.together(use.total(prices) for use in uses if use.environment == name) for name in ENVIRONMENTS}
    rows = [
        [name, *map(sum_in_words, (fixed[name], used[name], Total.together([fixed[name], used[name]])))]
        for name in ENVIRONMENTS
    ]
    columns = [Total.together(fixed.values()), Total.together(used.values())]
    rows.append(["**together**", *map(sum_in_words, (*columns, Total.together(columns)))])
    return _table(["environment", "with nothing running", "for its use", "the month"], rows)


def _fixed(costs: Mapping[str, EnvironmentCost]) -> str:
    names = sorted({stack for name in ENVIRONMENTS for stack in costs[name].by_stack})
    rows = [
        [stack, *(sum_in_words(costs[name].by_stack.get(stack, Total(0))) for name in ENVIRONMENTS)] for stack in names
    ]
    return _table(["with nothing running, by stack", *ENVIRONMENTS], rows)


def _uses(uses: Iterable[Use], prices: PriceList) -> str:
    rows = [[use.environment, use.what, sum_in_words(use.total(prices))] for use in uses]
    return _table(["environment", "use", "the month"], rows)


def _choices(uses: Iterable[Use], prices: PriceList) -> str:
    """What the month would cost more or less with other choices."""
    training, tried = (use for use in uses if use.environment == "dev" and use.key.startswith(SAGEMAKER))
    rest_of_month = Use("dev", "", tried.key, HOURS - tried.quantity)
    forgotten = Total.together([tried.total(prices), rest_of_month.total(prices)])
    spot = training.total(prices).usd * SPOT_SAVING
    ways = [("AmazonVPC/VpcEndpoint-Hours", 8 * 2 * HOURS), *((key, HOURS) for key in _NAT)]
    interfaces, *nat = (Use("", "", key, quantity).total(prices) for key, quantity in ways)
    rows = [
        [
            "dev keeps its endpoint all month, without `idle_endpoint_hours`",
            f"+{sum_in_words(rest_of_month.total(prices))}",
        ],
        ["a second endpoint like it is forgotten", f"+{sum_in_words(forgotten)}"],
        [f"dev trains on spot instances that cost {SPOT_SAVING:.0%} less (AWS says: up to 90 %)", f"-{money(spot)}"],
        ["eight interface endpoints in two zones, in one environment", f"+{sum_in_words(interfaces)}"],
        ["a NAT gateway with its address, in one environment", f"+{sum_in_words(Total.together(nat))}"],
    ]
    return _table(["instead", "the month"], rows)


def _unknown(costs: Mapping[str, EnvironmentCost], uses: Iterable[Use], prices: PriceList) -> str:
    """The prices that would be needed and are not known: of fixed charges, of the use, of what else is by use."""
    keys = {key for name in ENVIRONMENTS for key in costs[name].total.unknown}
    keys |= {use.key for use in uses if prices.get(use.key) is None}
    keys |= {row.charge.key for name in ENVIRONMENTS for row in costs[name].by_use if row.price is None}
    return ", ".join(f"`{key}`" for key in sorted(keys)) or "nothing"


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---", *(["---"] * (len(columns) - 2)), "---:"], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
