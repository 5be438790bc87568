"""`launchpad cost`: what an environment costs a month, what its workloads cost at most, what runs now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.deploying import synthesize
from launchpad.cli.options import Environment, Json
from launchpad.cli.terminal import emit, note, say, show

if TYPE_CHECKING:
    from launchpad.costs.environment_cost import EnvironmentCost
    from launchpad.costs.price_list import PriceList
    from launchpad.costs.work import WorkCost


def cost(
    env: Environment = "local",
    running: Annotated[
        bool, typer.Option("--running", help="What runs now, and costs by the hour: asks the environment's AWS.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what an environment costs a month while nothing runs, by stack and resource, and its workloads at most.

    Reads the templates and the price list in prices/; needs no AWS, unless what runs now is asked for. What is charged
    by use is listed apart, with the price of a unit. A price that is not known is named, and missing from the sum.

    Example: launchpad cost --env dev
    """
    from launchpad.costs.price_list import region_prices
    from launchpad.settings import load_environment

    prices = region_prices(load_environment(env).region)
    if running:
        _show_running(env, prices, json=json)
    else:
        _show_environment(env, prices, json=json)


def _show_environment(env: str, prices: PriceList, *, json: bool) -> None:
    from launchpad.catalogue import load_catalogue
    from launchpad.cli.costs import resource_table, stack_table, usage_table, work_table
    from launchpad.costs.documents import cost_document
    from launchpad.costs.environment_cost import environment_cost
    from launchpad.costs.wording import prices_in_words
    from launchpad.costs.workload_cost import workload_costs
    from launchpad.platform_client.connection import LOCAL
    from launchpad.settings import load_environment

    environment = environment_cost(_templates(env), prices)
    settings = load_environment(env)
    definitions = load_catalogue(settings).workloads.values()
    works = [work for each in definitions for work in workload_costs(each, prices, served=settings.direct_deploy)]
    if json:
        emit(cost_document(env, environment, works, prices))
        return
    for content in (resource_table(environment), stack_table(env, environment), usage_table(environment.by_use)):
        show(content)
    if works:
        show(work_table(works))
    say(prices_in_words(prices))
    if env == LOCAL:
        note("the local AWS costs nothing: this is what the same would cost on AWS")
    _name_what_is_missing(environment, works)


def _templates(env: str) -> Mapping[str, Any]:
    """The environment's templates by the part of the platform, synthesized anew."""
    from launchpad.cloud_assembly import read_stacks

    stacks = read_stacks(synthesize(env, dict(os.environ))).values()
    return {stack.path.rpartition("/")[2]: stack.template for stack in stacks}


def _name_what_is_missing(environment: EnvironmentCost, works: list[WorkCost]) -> None:
    unknown = {*environment.total.unknown, *(key for work in works for key in work.total.unknown)}
    for key in sorted(unknown):
        note(f"unknown price: {key}")
    if unknown:
        note("`launchpad prices update` reads what AWS's price list has of them")
    for stack, name, kind in environment.unruled:
        note(f"not counted, because no rule says what it costs: {stack} {name} ({kind})")


def _show_running(env: str, prices: PriceList, *, json: bool) -> None:
    from launchpad.cli.costs import running_table
    from launchpad.costs.documents import running_document
    from launchpad.costs.running import running
    from launchpad.costs.wording import prices_in_words
    from launchpad.platform_client.connection import connect

    work = running(connect(env), prices)
    if json:
        emit(running_document(env, work, prices))
        return
    if not work:
        say(f"no job, endpoint or notebook instance runs in {env}")
        return
    show(running_table(env, work))
    say(prices_in_words(prices))
    for key in sorted({key for each in work for key in each.hourly.unknown}):
        note(f"unknown price: {key}")
