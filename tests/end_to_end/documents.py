"""Reads a page of docs/ as steps: commands, and the lines that they print according to the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

FENCED = re.compile(r"^```(bash|text|yaml|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPACES = re.compile(r"(?:\\ )+")
"""Spaces as `re.escape` writes them."""
RUN = ("bash", "python")


@dataclass(frozen=True)
class Step:
    """A block of commands or of Python, and the lines that it prints according to the document."""

    language: str
    content: str
    expected: str = ""

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(self.content.splitlines())

    @property
    def pattern(self) -> str:
        """The expected lines in their order, with anything between them and in place of `…`, columns of any width."""
        lines = [".*".join(map(re.escape, line.split("…"))) for line in self.expected.splitlines()]
        return SPACES.sub(" +", r"[\s\S]*".join(lines))

    def check(self, printed: str) -> None:
        """Assert that this was printed."""
        message = f"expected of {self.content}:\n{self.expected}\nprinted:\n{printed}"
        assert re.search(self.pattern, printed), message


def steps(text: str) -> list[Step]:
    """The commands in the document's order, each with the text block that follows it."""
    gathered: list[Step] = []
    for language, content in FENCED.findall(text):
        if language in RUN:
            gathered.append(Step(language, content))
        elif language == "text":
            gathered[-1] = Step(gathered[-1].language, gathered[-1].content, content)
    return gathered
