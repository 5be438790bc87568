"""The surroundings of a program: /opt/ml, host names, a network or none, an environment that it may change.

If the machine has Linux namespaces, a program sees its folder as /opt/ml, as in a container. If it has none,
SAGEMAKER_BASE_DIR gives AWS's toolkits the folder's path, and values that begin with /opt/ml are rewritten; only a
script with a literal /opt/ml notices.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Sequence
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from local_aws.runtimes.base import LazyFile, LogSink
from local_aws.runtimes.lazy_folders import LazyFolders, has_device
from local_aws.runtimes.programs import Command, SupervisedProgram
from local_aws.runtimes.scratch import overlay_arguments

ENDPOINT_HOST = "model.aws.local"
"""Host name in a serving container, which has no resourceconfig.json to define it."""


class Level(IntEnum):
    """How much a machine can do for a program, from least to most."""

    PLAIN = 0
    """Nothing: the toolkits get the path of /opt/ml, and the network can't be cut off."""
    NAMESPACES = 1
    """Its own /opt/ml, host names, processes and network."""
    OVERLAY = 2
    """Also an environment that takes no time to create."""


class Surroundings:
    """Detects, once per server, what the machine supports, and prepares programs' surroundings accordingly.

    ``folder`` is the parent of scratch folders, ``at_most`` limits what is tried. ``protected`` are files and folders
    that no program may change if the machine has namespaces, except for its own below them.
    """

    def __init__(self, folder: Path, at_most: Level, protected: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._at_most = at_most
        self._protected = _outermost(protected)
        self._found: Level | None = None
        self._obstacle = "they are switched off"
        self._probing = threading.Lock()

    @property
    def level(self) -> Level:
        """What the machine supports; the first call tries it, for 0.1 s."""
        with self._probing:
            if self._found is None:
                self._found = next(level for level in sorted(Level, reverse=True) if self._works(level))
            return self._found

    @cached_property
    def reads_lazily(self) -> bool:
        """Whether files can be downloaded as a program reads them; the first call tries it."""
        if self.level == Level.PLAIN or not has_device():
            return False
        folder = self._trial_folder()
        file = LazyFile("file", 2, lambda start, length: b"ok"[start : start + length])
        arguments = self._arguments(self.level, folder / "root", folder, folder / "lower", network=False)
        output: list[str] = []
        with LazyFolders(folder / "root", {".": [file]}) as folders:
            arguments["lazy"] = folders.mounts()
            command = _trial(["cat", "/opt/ml/file"], folder, arguments, handed=folders.handed)
            program = SupervisedProgram(command, output.append)
            folders.serve()
        return program.wait() == 0 and output == ["ok"]

    def prepare(
        self, root: Path, scratch: Path, environment: Path, *, network: bool, log: LogSink
    ) -> dict[str, Any] | None:
        """Arguments for `inside/namespaces.py`'s ``enter``, or None after a line in the log about what is missing.

        ``environment`` is the cached one, ``scratch`` the program's folder, and ``root`` its /opt/ml, whose
        hyperparameters are rewritten if it can't be mounted there.
        """
        if self.level != Level.PLAIN:
            return self._arguments(self.level, root, scratch, environment, network)
        log(f"This machine gives no Linux namespaces ({self._obstacle}): the program's /opt/ml is {root}.")
        if not network:
            log("So the network isolation that was asked for is NOT in force here; on AWS it will be.")
        _rewrite_hyperparameters(root)
        return None

    def _works(self, level: Level) -> bool:
        """Try the strictest surroundings of a level with a program that does nothing."""
        if level == Level.PLAIN:
            return True
        if level > self._at_most:
            return False
        if sys.platform != "linux":
            self._obstacle = f"it runs {sys.platform}"
            return False
        output: list[str] = []
        folder = self._trial_folder()
        arguments = self._arguments(level, folder / "root", folder, folder / "lower", network=False)
        succeeded = SupervisedProgram(_trial(["true"], folder, arguments), output.append).wait() == 0
        self._obstacle = " ".join(output)
        return succeeded

    def _trial_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        for name in ("root", "lower", "upper", "work", "environment"):
            (folder / name).mkdir()
        return folder

    def _arguments(self, level: Level, root: Path, scratch: Path, environment: Path, network: bool) -> dict[str, Any]:
        hosts_file = scratch / "hosts"
        current = write_hosts(root, hosts_file)
        return {
            "root": str(root),
            "hosts_file": str(hosts_file),
            "host_name": current,
            "network": network,
            "overlay": overlay_arguments(environment, scratch) if level == Level.OVERLAY else None,
            "protected": [str(folder) for folder in self._protected if folder.exists()],
            "scratch": str(scratch),
        }


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """The folders that are not inside others, so that each is mounted once."""
    resolved = {folder.resolve() for folder in folders}
    return sorted(folder for folder in resolved if resolved.isdisjoint(folder.parents))


def _trial(words: list[str], folder: Path, arguments: dict[str, Any], **options: Any) -> Command:
    """A command that does nothing, to show that it can be run with these options."""
    scratch = str(folder)
    return Command(arguments=words, environment={}, folder="/opt/ml", scratch=scratch, namespaces=arguments, **options)


def to_plain(value: str, root: Path) -> str:
    """Rewrite a path under /opt/ml, in JSON's quotes or not, to its real location."""
    quote, path = ('"', value[1:]) if value.startswith('"') else ("", value)
    return f"{quote}{root}{path.removeprefix('/opt/ml')}" if _in_opt_ml(path) else value


def _in_opt_ml(path: str) -> bool:
    return path.startswith("/opt/ml") and path[len("/opt/ml") :][:1] in ("", "/", '"')


def _rewrite_hyperparameters(root: Path) -> None:
    path = root / "input/config/hyperparameters.json"
    if path.exists():
        values: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({name: to_plain(value, root) for name, value in values.items()}), encoding="utf-8")


def write_hosts(root: Path, path: Path, *more: str) -> str:
    """Write a file for /etc/hosts that resolves a job's hosts and the names of ``more``; returns this host's name."""
    current, hosts = _hosts(root)
    lines = [f"127.0.0.1 {' '.join(['localhost', *more])}", "::1 localhost"]
    lines += [f"127.0.0.{number} {host}" for number, host in enumerate(hosts, start=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return current


def _hosts(root: Path) -> tuple[str, list[str]]:
    """The name of this host, and those of all hosts of the job."""
    for subfolder in ("input/config", "config"):  # of training, of processing
        path = root / subfolder / "resourceconfig.json"
        if path.exists():
            resources = json.loads(path.read_text(encoding="utf-8"))
            return resources["current_host"], resources["hosts"]
    return ENDPOINT_HOST, [ENDPOINT_HOST]
