"""Patterns of actions, resources and principals in policies, and which pattern contains which.

Note: containment is decided for patterns, not for examples: `s3:Get*` contains `s3:GetObject*` and every name that
AWS may add later. If the answer is uncertain it is "no", so that a possible widening is reported.
"""

from __future__ import annotations

import functools
import ipaddress
import itertools
import re
from dataclasses import dataclass

from launchpad.diff.references import CLOSE, OPEN

_SYMBOLS = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}|.", re.DOTALL)


@functools.lru_cache(maxsize=65_536)
def contains(pattern: str, other: str) -> bool:
    """Whether `pattern` matches every text that `other` matches (`*`: any text, `?`: any one character)."""
    if pattern in ("*", other):
        return True
    start = _literal_start(pattern)
    if start == pattern or not other.startswith(start):
        return False
    return pattern == f"{start}*" or _walk(_symbols(pattern), _symbols(other), both_wild=False)


@functools.lru_cache(maxsize=65_536)
def overlap(pattern: str, other: str) -> bool:
    """Whether both patterns match some text. A reference may stand for any text."""
    unknown = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
    return _walk(_symbols(unknown.sub("*", pattern)), _symbols(unknown.sub("*", other)), both_wild=True)


def network_contains(network: str, other: str) -> bool:
    """Whether one network (CIDR notation) contains all addresses of another; other texts contain only themselves."""
    if network == other:
        return True
    try:
        wide, narrow = ipaddress.ip_network(network, strict=False), ipaddress.ip_network(other, strict=False)
    except ValueError:
        return False
    if isinstance(wide, ipaddress.IPv4Network) and isinstance(narrow, ipaddress.IPv4Network):
        return narrow.subnet_of(wide)
    if isinstance(wide, ipaddress.IPv6Network) and isinstance(narrow, ipaddress.IPv6Network):
        return narrow.subnet_of(wide)
    return False


@functools.lru_cache(maxsize=8192)
def _literal_start(pattern: str) -> str:
    """The common prefix of all texts that `pattern` matches: everything before the first wildcard."""
    return "".join(itertools.takewhile(lambda symbol: symbol not in ("*", "?"), _symbols(pattern)))


@functools.lru_cache(maxsize=8192)
def _symbols(pattern: str) -> tuple[str, ...]:
    """The characters of a pattern; a reference counts as one."""
    return tuple(_SYMBOLS.findall(re.sub(r"\*+", "*", pattern)))


def _walk(left: tuple[str, ...], right: tuple[str, ...], *, both_wild: bool) -> bool:
    """Whether `left` can consume `right`; with `both_wild`, wildcards of `right` may consume `left` as well."""
    reached = [[False] * (len(right) + 1) for _ in range(len(left) + 1)]
    reached[0][0] = True
    for i in range(len(left) + 1):
        for j in range(len(right) + 1):
            if not reached[i][j]:
                continue
            mine = left[i] if i < len(left) else None
            theirs = right[j] if j < len(right) else None
            if mine == "*":
                reached[i + 1][j] = True
                if theirs is not None:
                    reached[i][j + 1] = True
            if both_wild and theirs == "*":
                reached[i][j + 1] = True
                if mine is not None:
                    reached[i + 1][j] = True
            if mine is not None and theirs is not None and _same(mine, theirs, both_wild):
                reached[i + 1][j + 1] = True
    return reached[-1][-1]


def _same(mine: str, theirs: str, both_wild: bool) -> bool:
    if mine == theirs:
        return True
    return (mine == "?" and theirs != "*" and len(theirs) == 1) or (both_wild and theirs == "?")


@dataclass(frozen=True, order=True)
class Selection:
    """What some patterns match, or everything else (`NotAction`, `NotResource`, `NotPrincipal`)."""

    patterns: tuple[str, ...]
    excluded: bool = False

    def contains(self, other: Selection) -> bool:
        """Whether everything that `other` selects is also selected here."""
        if self.excluded and other.excluded:
            return all(any(contains(left_out, mine) for left_out in other.patterns) for mine in self.patterns)
        if self.excluded:
            return not any(overlap(mine, theirs) for mine in self.patterns for theirs in other.patterns)
        theirs = ("*",) if other.excluded else other.patterns
        return all(any(contains(mine, pattern) for mine in self.patterns) for pattern in theirs)

    @functools.cached_property
    def lowered(self) -> Selection:
        """The same in lower case, because action names are case-insensitive."""
        return Selection(tuple(pattern.lower() for pattern in self.patterns), self.excluded)

    def __str__(self) -> str:
        listed = ", ".join(self.patterns)
        return f"all but {listed}" if self.excluded else listed


EVERYTHING = Selection(("*",))
