"""How a workload's folder says that it is checked: `check.yaml`, next to `workload.yaml`, which the platform ignores.

    dataset: Boston housing, 506 tracts     # words for docs/workloads.md
    first: [another-workload]               # what has to be served before, such as a preprocessor
    before: [prepare]                       # kinds of `launchpad job` that make the training channels
    after: [transform]                      # kinds of `launchpad job` for the trained model
    settings: {hyperparameters.epochs: 2}   # of the run, where the workload's own would take minutes
    broken: {hyperparameters.epochs: 0}     # settings of a run whose model the quality gate must refuse
    alone: [--epochs, 1]                    # options of the training script from a shell, for the same reason
    predict: {file: sample.json, answer: positive} # what to ask, and a regular expression that the answer must match
    needs: [docker]                         # programs without which the workload is left out

Every key may be left out. Without `predict` the endpoint is asked for the rows of the test set that the job kept. A
workload without the file is checked as the one whose `data_script` it names.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launchpad.config_files.yaml_source import parse

FILE = "check.yaml"


@dataclass(frozen=True)
class Predict:
    """A question to the endpoint."""

    file: str
    answer: str
    accept: str | None = None


@dataclass(frozen=True)
class Check:
    """One `check.yaml`; see the module."""

    dataset: str = ""
    first: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, Any] = field(default_factory=dict)
    alone: tuple[str | float, ...] = ()
    predict: Predict | None = None
    needs: tuple[str, ...] = ()

    @staticmethod
    def options(settings: dict[str, Any]) -> list[str]:
        """Settings of a run as the command line takes them."""
        return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]

    @property
    def missing(self) -> list[str]:
        """What it needs and this machine has not."""
        return [program for program in self.needs if shutil.which(program) is None]


def read_check(folder: Path) -> Check:
    """Read a workload's file, or that of the workload with its data. Raises `TypeError` for an unknown key."""
    path = folder / FILE
    if not path.is_file():
        path = (folder / parse(folder / "workload.yaml").value.get("data_script", "data.py")).parent / FILE
    content = parse(path).value if path.is_file() else {}
    if isinstance(predict := content.get("predict"), dict):
        content["predict"] = Predict(**predict)
    lists = {key: tuple(value) for key, value in content.items() if isinstance(value, list)}
    return Check(**{**content, **lists})
