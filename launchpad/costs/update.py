"""Renews the price lists of the regions that environments are in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from launchpad.catalogue import load_catalogue
from launchpad.costs.capacities import ENUMS, sizes_of
from launchpad.costs.keys import SAGEMAKER, instance_key, is_own_name, needed_keys
from launchpad.costs.offers import Offer, Renewal, renewed
from launchpad.costs.price_list import load_price_list, write_price_list
from launchpad.messages.errors import LaunchpadError
from launchpad.settings import environment_names, load_environment

Reader = Callable[[str, Collection[str]], Iterable[Offer]]
"""Reads the offers for some keys in a region: the API's or the public feed's."""


def regions() -> list[str]:
    """The regions of all environments."""
    return sorted({load_environment(name).region for name in environment_names()})


def keys_of_region(region: str, folder: Path | None = None) -> set[str]:
    """What the environments in a region need, and what its list has already, as far as AWS has a name for it.

    Of each instance type all sizes of its family.
    """
    environments = [load_environment(name) for name in environment_names()]
    keys = set(load_price_list(region, folder).prices)
    for settings in environments:
        if settings.region == region:
            keys |= needed_keys(settings, load_catalogue(settings).workloads.values())
    keys |= {size for key in keys for size in _sizes(key)}
    return {key for key in keys if not is_own_name(key)}


def _sizes(key: str) -> Iterator[str]:
    """The keys of the other sizes of an instance's family, without which no smaller one can be advised."""
    use, _, name = key.removeprefix(f"{SAGEMAKER}/").partition(":")
    if use in ENUMS:
        yield from (instance_key(use, size) for size in sizes_of(use, name))


def update(region: str, read: Reader, folder: Path | None = None) -> Renewal:
    """Read a region's prices and write its list. Nothing is written if a price is ambiguous or older than the list's.

    Raises:
        LaunchpadError: no environment is in the region, AWS answered no price at all, or see `renewed`.
    """
    keys = keys_of_region(region, folder)
    if not keys:
        raise LaunchpadError(f"no environment is in {region}, and prices/ has no list of it; choose of {regions()}")
    renewal = renewed(load_price_list(region, folder), keys, read(region, keys))
    if set(renewal.missing) == keys:
        raise LaunchpadError(f"AWS's answer has none of the {len(keys)} prices of {region}; the list stays as it is")
    write_price_list(renewal.prices, folder)
    return renewal
