"""Whatever a config or workload file holds, `launchpad validate` answers with lines that help, and soon.

The seed makes the same files each time; FUZZ_FILES says how many, FUZZ_SEED chooses others.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.messages.errors import Problem
from launchpad.settings import load_settings
from tests.broken_yaml.validating import Outcome, Validator
from tests.broken_yaml.yaml_mutations import mutant, no_file

SEED = int(os.environ.get("FUZZ_SEED", "20261128"))
FILES = int(os.environ.get("FUZZ_FILES", "300"))
GROUPS = 10
PLACES = 0.04
"""How many of the files are folders, links or pipes."""
CPU_SECONDS = 2.0
MOST_CHARACTERS = 1100
PRICES = "config/prices.yaml"
LAUNCHPAD = paths.ROOT / ".venv" / "bin" / "launchpad"

REMEDY = re.compile(
    r"write|remove|rename|choose|did you mean|known|expected|should|must|required|put |close|correct|indent|shorten|"
    r"save|needs?|keep|make it|use |name one of|an example is"
)
"""What a message says of how the file ought to be."""
WITHOUT_LINE = re.compile(r"this is a|leads nowhere|can't be read|larger than|more mistakes|is ignored|no such file")
"""What has no line: there is no text, or not one that is read."""


@dataclass(frozen=True)
class Base:
    """One committed file, and where it is in a checkout."""

    path: str
    content: bytes


def bases() -> list[Base]:
    patterns = ("config/*.yaml", "workloads/*/workload.yaml", "containers/*/container.yaml")
    files = [str(file.relative_to(paths.ROOT)) for pattern in patterns for file in sorted(paths.ROOT.glob(pattern))]
    samples = [
        Base(f"config/{load_settings(file).name}.yaml", file.read_bytes())
        for file in sorted(paths.CONFIG.glob("samples/*.yaml"))
    ]
    prices = Base(PRICES, b"prices:\n  ml.m5.large: 0.115\n  ml.g5.xlarge: 1.4\n")
    return [prices, *samples, *(Base(file, (paths.ROOT / file).read_bytes()) for file in files if file != PRICES)]


def chance_of(number: int) -> random.Random:
    return random.Random(f"{SEED}-{number}")  # noqa: S311 -- chance that can be repeated is the point


def checkout(root: Path, base: Base, number: int) -> Path:
    """A small checkout in which one file is broken; that file."""
    chance = chance_of(number)
    for folder in ("config", "workloads", "containers"):
        (root / folder).mkdir(parents=True)
    path = root / base.path
    if not base.path.startswith("config/"):
        (root / "config" / "dev.yaml").write_text("name: dev\nregion: eu-west-1\n")
        path.parent.mkdir()
        original = paths.ROOT / base.path
        for file in original.parent.iterdir():
            if file.name != original.name:
                (path.parent / file.name).symlink_to(file)
    if chance.random() < PLACES:
        no_file(path, chance)
    else:
        path.write_bytes(mutant(base.content, chance))
    return path


def complaints(path: Path, outcome: Outcome) -> list[str]:
    """What is wrong with what was said about the file."""
    if outcome.error:
        return [outcome.error]
    found = [] if outcome.cpu_seconds < CPU_SECONDS else [f"{outcome.cpu_seconds:.1f} s of processor time"]
    for problem in outcome.problems:
        found += [f"{complaint}: {problem}" for complaint in _complaints(path, problem)]
    return found


def lines_of(path: Path) -> int:
    text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    return max(len(text.splitlines()), 1)


def _complaints(path: Path, problem: Problem) -> Iterator[str]:
    text = str(problem)
    if problem.path not in (path, path.with_name("Dockerfile")):
        yield "another file"
    if problem.line is None and not WITHOUT_LINE.search(problem.message):
        yield "no line"
    if not 1 <= (problem.line or 1) <= lines_of(problem.path):
        yield "no line of the file"
    if len(text) > MOST_CHARACTERS or len(text.splitlines()) != 1 or not text.isprintable():
        yield "not one readable line"
    if not REMEDY.search(problem.message):
        yield "no remedy"


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    validator = Validator()
    yield validator
    validator.close()


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_broken_file_is_answered_with_lines_that_help(tmp_path, validator, group):
    originals, failures = bases(), []
    for number in range(group, FILES, GROUPS):
        root = tmp_path / str(number)
        path = checkout(root, originals[number % len(originals)], number)
        outcome = validator.check(root)
        failures += [f"file {number} ({path.relative_to(root)}): {text}" for text in complaints(path, outcome)]
        shutil.rmtree(root)
    assert failures == []


@pytest.mark.parametrize("number", [3, 39, 50])
def test_the_command_itself_ends_with_one_line_for_each_problem(tmp_path, validator, number):
    originals = bases()
    checkout(tmp_path, originals[number % len(originals)], number)
    (tmp_path / "images.lock.json").symlink_to(paths.IMAGES_LOCK)
    problems = [str(problem) for problem in validator.check(tmp_path).problems]
    result = subprocess.run(
        [LAUNCHPAD, "validate"],
        env={**os.environ, "LAUNCHPAD_ROOT": str(tmp_path)},
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stderr.removeprefix("error: ").splitlines()) == (bool(problems), problems)


def test_the_same_seed_makes_the_same_files():
    content = bases()[1].content
    first, again = (mutant(content, chance_of(5)) for _ in range(2))
    assert first == again
