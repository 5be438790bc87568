"""A language model of characters, for training and for serving: how often each follows the few before it.

The probability of a character mixes all lengths of context: the counts after the longest one, and as many parts of what
the shorter ones say as there are different characters after it (Witten and Bell's estimate).
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

END = "\n"
"""Ends each line, and stands before it."""
ALPHABET = 256
"""What a character is drawn from where nothing is known: 1 in so many."""


class Characters:
    """Counts of the characters after each context of up to `order` characters."""

    def __init__(self, order: int, counts: dict[str, dict[str, int]]) -> None:
        self.order, self.counts = order, counts

    @classmethod
    def learn(cls, lines: Iterable[str], order: int) -> Characters:
        """Count."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for line in lines:
            text = END * order + line + END
            for at in range(order, len(text)):
                for length in range(order + 1):
                    counts[text[at - length : at]][text[at]] += 1
        return cls(order, {context: dict(following) for context, following in counts.items()})

    @classmethod
    def load(cls, path: Path) -> Characters:
        """Read what `save` wrote."""
        content = json.loads(path.read_text("utf-8"))
        return cls(content["order"], content["counts"])

    def save(self, path: Path) -> None:
        """Write the counts as JSON."""
        content = {"order": self.order, "counts": self.counts}
        path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), "utf-8")

    def probability(self, context: str, character: str) -> float:
        """The probability that a character follows."""
        likely = 1 / ALPHABET
        for following in self._after(context):
            total, kinds = sum(following.values()), len(following)
            likely = (following.get(character, 0) + kinds * likely) / (total + kinds)
        return likely

    def bits(self, lines: Iterable[str]) -> float:
        """The mean of the bits that a character of unknown lines takes: 8 of a model that knows nothing."""
        costs: list[float] = []
        for line in lines:
            text = END * self.order + line + END
            places = range(self.order, len(text))
            costs += [-math.log2(self.probability(text[at - self.order : at], text[at])) for at in places]
        return sum(costs) / len(costs)

    def write(self, prompt: str, characters: int, seed: int | None = None) -> Iterator[str]:
        """Draw one character after the other, until the line ends or there are enough."""
        chance, text = random.Random(seed), END * self.order + prompt  # noqa: S311 -- no secret
        for _ in range(characters):
            character = self._draw(text[len(text) - self.order :], chance)
            if character == END:
                return
            text += character
            yield character

    def _draw(self, context: str, chance: random.Random) -> str:
        for following in reversed(list(self._after(context))):
            total, kinds = sum(following.values()), len(following)
            if chance.random() < total / (total + kinds) or following is self.counts[""]:
                return chance.choices(list(following), list(following.values()))[0]
        return END

    def _after(self, context: str) -> Iterator[dict[str, int]]:
        """What follows the context, from its shortest end to all of it, as far as it was seen."""
        for length in range(min(self.order, len(context)) + 1):
            following = self.counts.get(context[len(context) - length :])
            if following is None:
                return
            yield following
