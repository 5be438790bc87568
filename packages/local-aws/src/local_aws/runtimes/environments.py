"""Virtual environments that replace images: built once by uv, cached, never incomplete.

An environment is keyed by its content (locked requirements, Python), so it is never updated: a change creates another
one. Programs may not change it either: they run in clones (see `scratch`), and if the machine has namespaces the
cache is read-only for them. If it has none, `ensure` can check the environment against its manifest (see
`manifests`). Its files are copies: uv's hard links would share them with uv's cache and the user's own environments.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import py_compile
import shutil
import sys
import sysconfig
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws.runtimes import manifests, no_compiler, wheels
from local_aws.runtimes.base import LogSink
from local_aws.runtimes.environment_uses import UNUSED_DAYS, Uses
from local_aws.runtimes.images import BUILD_REQUIREMENTS, Image
from local_aws.runtimes.inside.removal import remove
from local_aws.runtimes.programs import Command, SupervisedProgram

LAYOUT = 2
"""Part of the key: change it when environments are built differently, so that no older one is used."""
LAST_WORDS = 15
"""Lines of uv's output that an error repeats."""


class Environments:
    """The cache of environments under one folder, safe to share between servers."""

    def __init__(self, folder: Path, *, uv: Path) -> None:
        self._folder = folder
        self._uv = uv
        self._uses = Uses(folder)
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, image: Image) -> Path:
        """The path of the image's environment, built or not."""
        image = image.environment_of
        python = f"{platform.python_implementation()} {platform.python_version()}"
        machine = f"{python} {sysconfig.get_platform()} {LAYOUT}\n"
        content = machine + "".join(map(_without_comments, (BUILD_REQUIREMENTS, *image.layers)))
        content += "".join(file.read_text("utf-8") for folder in image.module_folders for file in _sources(folder))
        return self._folder / f"{image.name}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"

    def ensure(self, image: Image, log: LogSink, *, check: bool = False) -> Path:
        """Build the image's environment if it is missing, and return its folder.

        With ``check``, an environment that has been changed since is built again, after a line in the log.
        Raises `RuntimeError` with the image's name and uv's last lines if it can't be built.
        """
        path = self.path(image)
        self._folder.mkdir(parents=True, exist_ok=True)  # the cache may be emptied while a server runs
        self._uses.begin(path)
        if path.exists() and not (check and manifests.changes(path)):
            return path
        with _locked(path.with_name(f"{path.name}.lock"), log):
            changes = manifests.changes(path) if check and path.exists() else []
            if changes:
                log(f"The cached environment of {image.title} has been changed ({_some(changes)}): it is replaced.")
            if changes or not path.exists():
                self._remove_leftovers(path)
                # What has changed this cache may have changed uv's too, whose files uv does not check again.
                self._build(image, path, log, {"UV_NO_CACHE": "1"} if changes else {})
        return path

    def _build(self, image: Image, path: Path, log: LogSink, variables: dict[str, str]) -> None:
        """Build under a temporary name, then rename, so that the folder is never incomplete."""
        log(f"Building the environment of {image.title} (once; kept in {self._folder}).")
        aside = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=".partial", dir=self._folder))
        try:
            variables = {"UV_LINK_MODE": "copy", **variables, **no_compiler.variables()}
            new = ["venv", "--quiet", "--relocatable", "--allow-existing", "--python", sys.executable, str(aside)]
            self._run_uv(image, new, variables, log)
            for layer in image.layers:
                self._run_uv(image, _installing(layer, aside), {**variables, **wheels.variables(layer)}, log)
            no_compiler.fill_in(aside, log)
            _add_modules(image, aside)
            aside.chmod(0o755)
            manifests.write(aside, path)
            if path.exists():
                path.rename(aside.with_name(f"{aside.name}.old.partial"))
            aside.rename(path)
        finally:
            self._remove_leftovers(aside)
            remove(aside)
        log(f"The environment of {image.title} is ready.")
        if removed := self._uses.remove_unused():
            log(f"Removed, unused for {UNUSED_DAYS} days: {', '.join(removed)}.")

    def _run_uv(self, image: Image, arguments: list[str], variables: dict[str, str], log: LogSink) -> None:
        last_words: deque[str] = deque(maxlen=LAST_WORDS)

        def follow(line: str) -> None:
            last_words.append(line)
            if line and not line.startswith(" + "):
                log(line)

        environment = {**os.environ, **variables}
        command = Command(arguments=[str(self._uv), *arguments], environment=environment, folder=str(self._folder))
        if SupervisedProgram(command, follow).wait() != 0:
            failure = f"the environment of {image.title} can't be made from {image.requirements}"
            raise RuntimeError(f"{failure}: uv {' '.join(arguments[:2])} failed:\n" + "\n".join(last_words))

    def _remove_leftovers(self, path: Path) -> None:
        for leftover in self._folder.glob(f"{path.name}.*.partial"):
            remove(leftover)
            leftover.unlink(missing_ok=True)  # if it is a file


def run_by_all() -> list[Path]:
    """Files and folders outside the cache that programs, or the next environment, use.

    Our code, the Python that runs it and its packages, and uv's package cache (uv checks hashes only when it
    downloads).
    """
    uv = os.environ.get("UV_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "uv"
    python = [Path(sys.prefix), Path(sysconfig.get_path("stdlib")), Path(sys.executable).resolve()]
    return [Path(__file__).parents[1], *python, Path(uv).expanduser()]


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _installing(requirements: Path, environment: Path) -> list[str]:
    """uv's arguments to install exactly the packages of a lock file, replacing other versions."""
    options = ["--require-hashes", "--compile-bytecode", "--build-constraints", str(BUILD_REQUIREMENTS)]
    return ["pip", "install", "--no-deps", *options, "--python", str(environment), "-r", str(requirements)]


def _sources(module: Path) -> list[Path]:
    return sorted(module.rglob("*.py"))


def _add_modules(image: Image, environment: Path) -> None:
    """Copy the image's own modules to the packages, compiled as these are."""
    (packages,) = environment.glob("lib/python*/site-packages")
    for folder in image.module_folders:
        for source in _sources(folder):
            target = packages / source.relative_to(folder.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            py_compile.compile(str(target), doraise=True)


def _without_comments(requirements: Path) -> str:
    lines = requirements.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip().startswith("#"))


def find_uv() -> Path:
    """Find the pinned uv: the package next to this interpreter. Raises `RuntimeError` with a remedy."""
    try:
        import uv
    except ImportError as error:
        raise RuntimeError(f"{sys.executable} has no uv; run `make setup`, or pass uv= to ProcessRuntime") from error
    return Path(uv.find_uv_bin())


@contextmanager
def _locked(path: Path, log: LogSink) -> Iterator[None]:
    """Hold a lock file that the kernel releases when its holder dies."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log("Another job builds the same environment; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
