"""The commands for an image's ``train``, ``serve`` and ``process``, by the image's kind.

An image of the kind ``own`` has these programs in its folder ``programs/``. They run as in the image: found by name on
a PATH that begins with that folder, with the image's requirements in a virtual environment. Note: their model server
does not listen on the port that receives requests; a relay does (`inside/relay.py`), because the program may be in a
separate network that no other process can reach.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from local_aws.runtimes.base import MissingProgramError
from local_aws.runtimes.images import Image
from local_aws.runtimes.programs import RUN
from local_aws.runtimes.scratch import ENVIRONMENT

PROGRAMS = ("train", "serve", "process")
ENTRYPOINT = 'name a program in ContainerEntrypoint, such as ["python3", "/opt/ml/processing/input/code/script.py"]'
"""The remedy for a job's missing program. A model has no such member."""


@dataclass(frozen=True)
class Place:
    """The folder and environment of one program, which it may change."""

    image: Image
    environment: Path
    scratch: Path
    program: str | None = None
    """The image's program to run; None if the caller names another."""

    @property
    def own_programs(self) -> Path | None:
        """The folder of an image's programs; for an image of AWS's kind, only if it has this one."""
        brings = self.image.kind == "own" or self.program in own_programs(self.image)
        return self.image.folder / "programs" if brings else None


def check(image: Image, uri: str, program: str) -> None:
    """Raise `MissingProgramError` if the image lacks the program, `RuntimeError` if the machine can't run it."""
    existing = programs(image)
    if program not in existing:
        remedy = "use another image" if program == "serve" else f"use another image, or {ENTRYPOINT}"
        raise MissingProgramError(
            f"Image {uri!r} ({image.title}) has no program {program!r} (it has: {', '.join(existing) or 'none'}): "
            f"{remedy}."
        )
    check_needs(image)


def check_needs(image: Image) -> None:
    """Raise `RuntimeError` that says what to install if the machine lacks a program that the image needs."""
    for program, packages in image.needs.items():
        if shutil.which(program) is None:
            raise RuntimeError(
                f"{image.title} needs {program}, which this machine has not: `apt-get install {packages}`, or use the "
                "runtime 'docker', in whose image it is."
            )


def programs(image: Image) -> list[str]:
    """The `PROGRAMS` that an image has."""
    own = own_programs(image)
    if image.kind in ("framework", "algorithm"):
        own = ["train", *(["serve"] if image.handler or "serve" in own else [])]
    return own


def own_programs(image: Image) -> list[str]:
    """The `PROGRAMS` in the image's own folder. An image of AWS's kind may have only ``serve``."""
    looked_for = {"own": PROGRAMS, "framework": ("serve",)}.get(image.kind, ())
    return [name for name in looked_for if (image.folder / "programs" / name).is_file()]


def training(place: Place) -> list[str]:
    """The image's own ``train``, a built-in algorithm's, or AWS's, in the program's own environment."""
    if place.own_programs:
        return [str(place.own_programs / "train")]
    if place.image.kind == "algorithm":
        return [_python(place), "-P", str(RUN), "algorithms.train", str(place.image.folder)]
    return [_python(place), "-P", str(RUN), "training"]


def workbench(place: Place) -> list[str]:
    """The program that becomes a shell, a command or a debugged script."""
    return [_python(place), "-P", str(RUN), "workbench"]


def processing(place: Place) -> list[str]:
    """The image's own ``process``."""
    return [str(place.image.folder / "programs" / "process")]


def serving(place: Place, listener: int, port: int | None) -> list[str]:
    """The model server for a listening socket. AWS's runs in the cached environment, its workers in the clone.

    ``port`` is where an image's own server listens; None if the relay is to choose a free one.
    """
    if place.own_programs:
        options: dict[str, object] = {
            "listener": listener,
            "command": [str(place.own_programs / "serve")],
            "port": port,
        }
        return [_python(place), "-P", str(RUN), "relay", json.dumps(options)]
    options = {
        "listener": listener,
        "python": _python(place),
        "handler_file": str(place.image.folder / "handler.py"),
        "handler_class": place.image.handler,
    }
    return [str(place.environment / "bin/python"), "-P", str(RUN), "serving.server", json.dumps(options)]


def _python(place: Place) -> str:
    return str(place.scratch / ENVIRONMENT / "bin/python")
