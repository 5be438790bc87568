"""Writes `docs/features.md`: which test runs each feature on the local AWS, and which shows its request for AWS.

A test says so itself, `@pytest.mark.feature("M4 managed spot training", local=True)`, and the list is made from these
marks alone, read without running anything. `python -m tests.features` writes it; a test fails when it is not current.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "features.md"
MARK = "feature"
WHERE = ("local", "request")
MOST = 3
"""Tests named for a feature; there may be more."""

FEATURES = {
    "F7 script mode": "hyperparameters as arguments, channels and folders by SM_ variables",
    "F8 handlers": "model_fn, input_fn, predict_fn, output_fn; JSON, CSV and NumPy",
    "F9 dependencies": "source_dir, requirements.txt, library folders, an image of one's own",
    "F10 plain, local, managed": "one script as a plain program, on the local AWS and on AWS",
    "K4 existing artefact": "a model is served that was trained elsewhere, or earlier",
    "K5 distributed frameworks": "torchrun or MPI over several instances",
    "K5 Pipe mode": "a named pipe per epoch",
    "K6 failures": (
        "a failed job is told with its reason, exit code, last lines and log; on AWS by the pipeline's own function"
    ),
    "K6 full disk": "data that doesn't fit fails the job and says so; the volume's size is the workload's",
    "M1 batch transform": "a folder is predicted, record by record, in order",
    "M1 built-in XGBoost": "training with SageMaker's own algorithm image",
    "M2 image classification": "SageMaker's own algorithm, with its list channels",
    "M3 several instances": "each instance a process of its own, which know each other",
    "M3 network isolation": "no way out of the container",
    "M3 time limits": "a longest run, a longest wait",
    "M4 managed spot training": "cheaper capacity that may be taken away; savings are told",
    "M4 checkpoints": "a job that was interrupted goes on where it was",
    "M5 incremental training": "begins with the weights of an earlier model",
    "M5 attach": "an earlier job is found again, and followed or served",
    "M6 tuning": "ranges, objective, jobs side by side, early stopping, the best job",
    "M7 profiler": "processor, memory and disk of each host, sampled",
    "M7 logs and metrics": "CloudWatch has what the job printed and measured",
    "M8 heterogeneous cluster": "groups of instances with channels of their own",
    "M8 FastFile mode": "objects are read when they are opened",
}
HEAD = """\
# Features, and the tests that show them

Made by `python -m tests.features` from the tests' own marks; edit those, not this file. *On the local AWS* names tests
in which the feature really runs on this machine; *request for AWS* those that hold the request that would be sent to
AWS against the API's own model. **Not yet** means that no test says so.

| Feature | What it is | On the local AWS | Request for AWS |
|---|---|---|---|
"""


class MarkError(ValueError):
    """A mark that names no feature, or not what it shows."""


@dataclass(frozen=True)
class Shown:
    """What one mark says."""

    feature: str
    where: str
    test: str
    """As pytest selects it: `tests/x/test_y.py::test_z`."""


def marks(root: Path = ROOT) -> list[Shown]:
    """Every mark of every test below `root`.

    Raises:
        MarkError: one of them means nothing.
    """
    return [mark for file in sorted((root / "tests").rglob("test_*.py")) for mark in _marks_in(file, root)]


def page(marks: list[Shown]) -> str:
    """The text of `docs/features.md`."""
    tests: Mapping[tuple[str, str], list[str]] = defaultdict(list)
    for mark in dict.fromkeys(marks):  # a test may have two marks
        tests[mark.feature, mark.where].append(mark.test)
    rows = [
        f"| {feature} | {words} | {' | '.join(_cell(tests[feature, where]) for where in WHERE)} |\n"
        for feature, words in FEATURES.items()
    ]
    return HEAD + "".join(rows)


def _cell(tests: list[str]) -> str:
    if not tests:
        return "**not yet**"
    more = [f"and {len(tests) - MOST} more"] if len(tests) > MOST else []
    return "<br>".join([*(f"`{test}`" for test in tests[:MOST]), *more])


def _marks_in(file: Path, root: Path) -> Iterator[Shown]:
    text = file.read_text("utf-8")
    if f"mark.{MARK}" not in text:
        return
    name = file.relative_to(root).as_posix()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                yield from _read(decorator, f"{name}::{node.name}")


def _read(decorator: ast.expr, test: str) -> Iterator[Shown]:
    if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == f"pytest.mark.{MARK}"):
        return
    features = [ast.literal_eval(argument) for argument in decorator.args]
    where = [keyword.arg for keyword in decorator.keywords if ast.literal_eval(keyword.value) is True]
    unknown = [feature for feature in features if feature not in FEATURES]
    if unknown or not features:
        raise MarkError(f"{test}: no feature {unknown or 'given'}; known: {', '.join(FEATURES)}")
    if len(where) != 1 or where[0] not in WHERE:
        raise MarkError(f"{test}: write exactly one of local=True and request=True")
    for feature in features:
        yield Shown(feature, where[0], test)


if __name__ == "__main__":
    FILE.write_text(page(marks()), "utf-8")
