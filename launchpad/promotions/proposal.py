"""A change of a pin: the config's new text, proven valid before it is written, and what a pull request says of it."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from launchpad import paths
from launchpad.messages.errors import InvalidFileError, LaunchpadError
from launchpad.promotions.pin_text import Pin, with_pin
from launchpad.promotions.pull_request import base_text

REPORT = "promotion.md"
"""The file below `build/` with the text of the pull request."""


@dataclass(frozen=True)
class Proposal:
    """One config with another pin."""

    environment: str
    workload: str
    pin: Pin
    title: str
    branch: str
    facts: Sequence[tuple[str, str]]
    """What the pull request says of the model: labels and values."""
    command: str
    """The command that wrote it."""
    effect: str
    """What the next deploy does."""

    @property
    def file(self) -> Path:
        """The config."""
        return paths.CONFIG / f"{self.environment}.yaml"

    def changed(self, text: str) -> str:
        """The text of the config with the new pin, valid next to the other configs of the checkout.

        Raises:
            LaunchpadError: it can't be changed, or would not be valid.
        """
        new = with_pin(text, self.workload, self.pin)
        _validate(self.environment, new)
        return new

    def difference(self, old: str, new: str) -> str:
        """The change as a unified diff."""
        name = f"config/{self.file.name}"
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
        return "\n".join(lines)

    def report(self, difference: str) -> str:
        """The text of the pull request, as Markdown."""
        rows = [f"| {label} | {_cell(value)} |" for label, value in self.facts]
        return "\n".join(
            [
                f"# {self.title}",
                "",
                "| | |",
                "|---|---|",
                *rows,
                "",
                self.effect,
                "",
                "```diff",
                difference,
                "```",
                "",
                f"Written by `{self.command}`.",
                "",
            ]
        )


def read_config(environment: str, *, in_pull_request: bool = False) -> str:
    """The text of an environment's config, in the checkout or where a pull request begins; line endings stay.

    Raises:
        LaunchpadError: git can't read where a pull request begins.
    """
    path = paths.CONFIG / f"{environment}.yaml"
    if in_pull_request:
        return base_text(path)[1]
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def write(path: Path, text: str) -> None:
    """Replace a file at once, with its permissions, so that it is never half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as file:
        file.write(text)
    temporary = Path(file.name)
    try:
        temporary.chmod(path.stat().st_mode if path.exists() else 0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _validate(environment: str, text: str) -> None:
    """Check the config as a synth does, with its new text in a copy of the folder.

    Raises:
        LaunchpadError: it has mistakes.
    """
    from launchpad.catalogue.pinned_endpoints import load_pins
    from launchpad.settings import load_environment

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / paths.CONFIG.name
        shutil.copytree(paths.CONFIG, folder, ignore=shutil.ignore_patterns("samples"))
        write(folder / f"{environment}.yaml", text)
        try:
            load_pins(load_environment(environment, folder))
        except InvalidFileError as error:
            lines = "\n".join(str(problem).replace(str(folder), paths.CONFIG.name) for problem in error.problems)
            message = f"config/{environment}.yaml was not changed, because with this pin:"
            raise LaunchpadError(f"{message}\n{lines}") from None


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
