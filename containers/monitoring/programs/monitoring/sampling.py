"""A uniform random sample of a stream whose length is unknown, with a seed."""

from __future__ import annotations

import math
import random
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """Keeps `size` of all items offered, each with the same probability.

    Li's algorithm L (1994) draws how many items to skip: a million offers need some thousand random numbers. The same
    seed and the same stream give the same sample.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - a sample, not a secret
        self._items: list[tuple[int, Item]] = []
        self._count = 0
        self._next = -1
        """The position of the next item that is taken, once the reservoir is full."""
        self._weight = 1.0

    def add(self, item: Item) -> None:
        """Offer the next item of the stream."""
        position = self._count
        self._count += 1
        if position < self._size:
            self._items.append((position, item))
        elif position == self._next:
            self._items[self._random.randrange(self._size)] = (position, item)
        else:
            return
        if position >= self._size - 1:
            self._next = position + 1 + self._skipped()

    def items(self) -> list[Item]:
        """The sample, in the stream's order."""
        return [item for _, item in sorted(self._items, key=lambda pair: pair[0])]

    def _skipped(self) -> int:
        self._weight *= math.exp(math.log(1 - self._random.random()) / self._size)
        weight = min(self._weight, 1 - 1e-12)
        return math.floor(math.log(1 - self._random.random()) / math.log1p(-weight))
