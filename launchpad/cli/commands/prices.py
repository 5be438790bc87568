"""`launchpad prices`: the committed lists of AWS's prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, note, plural, say
from launchpad.messages.errors import shown

if TYPE_CHECKING:
    from launchpad.costs.update import Reader


def update(
    region: Annotated[
        list[str] | None,
        typer.Option("--region", help="Only this region; may be repeated. By default all that environments are in."),
    ] = None,
    source: Annotated[
        Literal["feed", "api"],
        typer.Option("--from", help="The public price lists, or the Price List API, which takes credentials."),
    ] = "feed",
) -> None:
    """Renew the price lists in prices/ from AWS, for all that the environments and workloads may need.

    A price of which AWS's answer has none stays as it was, with its date. Nothing is written where several products fit
    one price, or where the list is newer than the answer. The API needs the permission `pricing:GetProducts`.

    Example: launchpad prices update --region eu-west-1
    """
    from launchpad.costs.price_list import list_path
    from launchpad.costs.update import regions
    from launchpad.costs.update import update as renew
    from launchpad.costs.wording import unit_price

    for name in region or regions():
        with LiveLine(f"reading the prices of {name}", console=err):
            renewal = renew(name, _reader(source))
        say(f"{shown(list_path(name))}: {plural(len(renewal.changed), 'price')} changed")
        for key in renewal.changed:
            say(f"  {key}: {unit_price(renewal.prices.prices[key])}")
        for key in renewal.missing:
            old = renewal.prices.get(key)
            note(f"  {key}: not in AWS's answer; {f'stays as of {old.date}' if old else 'unknown'}")


def _reader(source: str) -> Reader:
    if source == "feed":
        from launchpad.costs.price_feed import feed_offers

        return feed_offers
    import boto3

    from launchpad.costs.price_api import API_REGION, api_offers

    client = boto3.client("pricing", region_name=API_REGION)
    return lambda region, keys: api_offers(client, region, keys)
