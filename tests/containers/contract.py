"""What each image says about itself for the tests, in `containers/<name>/contract/contract.toml`, and what a clause is.

Next to that file is `ml/`: what the programs find under /opt/ml, such as `input/data/training/` of a training job.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from launchpad import paths

if TYPE_CHECKING:
    from tests.containers.case import Case

PLACE = "contract"
FILE = "contract.toml"


class Part(BaseModel):
    """A misspelt key is an error."""

    model_config = ConfigDict(extra="forbid")


class Failing(Part):
    """How the program is made to fail, and what it says then."""

    hyperparameters: dict[str, str] = {}
    arguments: list[str] = []
    failure: str
    """What `output/failure` (of a training job) or the log (of a processing job) matches, as a regular expression."""


class Stopped(Part):
    """A job that is long enough to be stopped."""

    hyperparameters: dict[str, str] = {}
    running: str
    """What a line of the log matches when the job is in the middle of its work."""
    checkpoint: str
    """The file under /opt/ml/checkpoints that is there afterwards."""
    resumed: str
    """What a line of the log matches when the next job goes on from there."""


class Training(Part):
    hyperparameters: dict[str, str] = {}
    says: str
    """What a line of the log matches when training has succeeded."""
    failing: Failing
    stopped: Stopped | None = None


class Request(Part):
    content_type: str = "text/csv"
    accept: str | None = None
    body: str
    answer: list[float]
    """The numbers of the answer, in their order."""
    within: float = 1e-6
    """How far each may be off."""


class Serving(Part):
    row: str
    """One line of CSV that is a good request, and many of them are one too."""
    header: str = ""
    """A first line that bodies of CSV must have, if they must."""
    malformed: list[str]
    """Bodies of CSV that must be refused with 400."""
    refuses_deep_json: bool = False
    """Whether lists in 10,000 lists are, too; the server of AWS's framework images answers them with 500."""
    requests: list[Request] = Field(min_length=2)
    """Requests with different answers, so that mixed-up ones are noticed."""


class Processing(Part):
    arguments: list[str] = []
    outputs: dict[str, str]
    """Files under /opt/ml/processing that are there afterwards, to what each matches, as a regular expression."""
    failing: Failing


class Contract(Part):
    """The whole file. An image has the clauses of the programs that it has a section for."""

    user: dict[Literal["train", "serve", "process"], str]
    """The user that runs each program in the image."""
    train: Training | None = None
    serve: Serving | None = None
    process: Processing | None = None


class BrokenClauseError(AssertionError):
    """An image does not keep a clause of the contract."""


@dataclass(frozen=True)
class Clause:
    """One promise of every image: a function that raises `AssertionError` with what it saw instead."""

    name: str
    program: Literal["image", "train", "serve", "process"]
    check: Callable[[Case], None]
    drivers: tuple[str, ...]
    needed: Callable[[Contract], object]

    def applies(self, contract: Contract, driver: str) -> bool:
        of_program = self.program == "image" or getattr(contract, self.program) is not None
        return of_program and driver in self.drivers and bool(self.needed(contract))

    def hold(self, case: Case) -> None:
        try:
            self.check(case)
        except Exception as error:
            message = f"{case.name} (runtime {case.driver}) breaks the clause {self.name!r}: {error}"
            raise BrokenClauseError(message) from error


CLAUSES: dict[str, Clause] = {}


def clause(
    program: Literal["image", "train", "serve", "process"],
    *,
    drivers: tuple[str, ...] = ("process", "docker"),
    needed: Callable[[Contract], object] = lambda _: True,
) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Make a function a clause; its name is the clause's."""

    def register(check: Callable[[Case], None]) -> Callable[[Case], None]:
        CLAUSES[check.__name__] = Clause(check.__name__, program, check, drivers, needed)
        return check

    return register


def load_contract(folder: Path) -> Contract:
    """Raises `ValueError` that names the file and what to write in it."""
    path = folder / PLACE / FILE
    file = path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path
    if not path.is_file():
        raise ValueError(f"{file}: no such file; write what docs/containers.md says about the contract")
    try:
        return Contract.model_validate(tomllib.loads(path.read_text()))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{file}: {error}") from error
