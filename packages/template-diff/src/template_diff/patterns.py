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

from template_diff.references import CLOSE, OPEN

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


def _walk(pattern: tuple[str, ...], other: tuple[str, ...], *, both_wild: bool) -> bool:
    """Whether `pattern` can consume `other`; with `both_wild`, wildcards of `other` may consume `pattern` as well."""
    reached = [[False] * (len(other) + 1) for _ in range(len(pattern) + 1)]
    reached[0][0] = True
    for i in range(len(pattern) + 1):
        for j in range(len(other) + 1):
            if not reached[i][j]:
                continue
            symbol = pattern[i] if i < len(pattern) else None
            other_symbol = other[j] if j < len(other) else None
            if symbol == "*":
                reached[i + 1][j] = True
                if other_symbol is not None:
                    reached[i][j + 1] = True
            if both_wild and other_symbol == "*":
                reached[i][j + 1] = True
                if symbol is not None:
                    reached[i + 1][j] = True
            if symbol is not None and other_symbol is not None and _same(symbol, other_symbol, both_wild):
                reached[i + 1][j + 1] = True
    return reached[-1][-1]


def _same(symbol: str, other_symbol: str, both_wild: bool) -> bool:
    if symbol == other_symbol:
        return True
    return (symbol == "?" and other_symbol != "*" and len(other_symbol) == 1) or (both_wild and other_symbol == "?")


@dataclass(frozen=True, order=True)
class Selection:
    """What some patterns match, or everything else (`NotAction`, `NotResource`, `NotPrincipal`)."""

    patterns: tuple[str, ...]
    excluded: bool = False

    def contains(self, other: Selection) -> bool:
        """Whether everything that `other` selects is also selected here."""
        if self.excluded and other.excluded:
            return all(any(contains(left_out, pattern) for left_out in other.patterns) for pattern in self.patterns)
        if self.excluded:
            return not any(
                overlap(pattern, other_pattern) for pattern in self.patterns for other_pattern in other.patterns
            )
        other_patterns = ("*",) if other.excluded else other.patterns
        return all(any(contains(pattern, needed) for pattern in self.patterns) for needed in other_patterns)

    @functools.cached_property
    def lowered(self) -> Selection:
        """The same in lower case, because action names are case-insensitive."""
        return Selection(tuple(pattern.lower() for pattern in self.patterns), self.excluded)

    def __str__(self) -> str:
        pattern_list = ", ".join(self.patterns)
        return f"all but {pattern_list}" if self.excluded else pattern_list


EVERYTHING = Selection(("*",))
