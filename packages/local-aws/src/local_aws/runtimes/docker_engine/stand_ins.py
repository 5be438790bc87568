"""Stand-ins for AWS's framework images: the same locked packages as in the runtime `process`.

``train`` is AWS's toolkit, ``serve`` AWS's handler service behind the front of `local_aws/runtimes/inside`. Note:
PyTorch is installed on this machine and copied, because only uv here knows where its CPU build is (`wheels`).
Run as a program with an image's URI, this prints the id of its stand-in.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import deque
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import IO

import docker.errors

from local_aws.runtimes import no_compiler, wheels
from local_aws.runtimes.base import ImageNotFoundError, LogSink
from local_aws.runtimes.docker_engine.engine import Engine, words
from local_aws.runtimes.environments import find_uv
from local_aws.runtimes.images import BUILD_REQUIREMENTS, Image, find_image, load_images

BASE = "python:3.11-slim-bookworm"
PYTHON = "3.11"
"""The base image's version, whatever Python runs here."""
REPOSITORY = "local-aws-stand-in"
FILES = Path(__file__).parent / "stand_in"
RUNTIMES = Path(__file__).parents[1]
LAST_WORDS = 15
"""Lines of the build's output that an error repeats."""


class StandIns:
    """The stand-ins of an engine, built if they are missing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ensure(self, image: Image, log: LogSink) -> str:
        """The id of the stand-in for a folder under ``images/``. Raises as `Runtime.prepare` does."""
        files = dict(_context(image))
        content = b"".join(name.encode() + b"\0" + files[name] for name in sorted(files))
        tag = f"{REPOSITORY}/{image.name}:{hashlib.sha256(content).hexdigest()[:16]}"
        try:
            return str(self._engine.client.images.get(tag).id)
        except docker.errors.ImageNotFound:
            self._require_base()
            log(f"Building {tag} on {BASE} (once; the engine keeps it).")
            with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as context:
                _install_processor_builds(image.requirements, Path(folder))
                _write_archive(context, files, Path(folder))
                return self._build(context, tag, log)

    def _require_base(self) -> None:
        images = self._engine.client.images
        try:
            images.get(BASE)
        except docker.errors.ImageNotFound:
            try:
                images.pull(*BASE.split(":"))
            except docker.errors.APIError as error:
                raise ImageNotFoundError(
                    f"The base image {BASE} can't be pulled ({words(error)}). Where no registry can be reached, "
                    f"`tools/docker-engine base {BASE}` makes one of Debian."
                ) from error

    def _build(self, context: IO[bytes], tag: str, log: LogSink) -> str:
        last_words: deque[str] = deque(maxlen=LAST_WORDS)
        build = self._engine.api.build(
            fileobj=context, custom_context=True, tag=tag, rm=True, network_mode="host", decode=True
        )
        for step in build:
            for line in step.get("stream", step.get("error", "")).splitlines():
                if line.strip():
                    last_words.append(line)
                    log(line)
            if "error" in step:
                raise RuntimeError(f"docker build of {tag} failed:\n" + "\n".join(last_words))
        self._remove_older(tag)
        return str(self._engine.client.images.get(tag).id)

    def _remove_older(self, tag: str) -> None:
        """Remove stand-ins for other versions of the packages or programs, unless a container uses them."""
        for image in self._engine.client.images.list(name=tag.partition(":")[0]):
            for other in image.tags:
                if other != tag:
                    with contextlib.suppress(docker.errors.APIError):
                        self._engine.client.images.remove(other)


def _context(image: Image) -> Iterator[tuple[str, bytes]]:
    """Every file of the build, with its name in the build context."""
    for program in ("train", "serve"):
        yield f"bin/{program}", (FILES / program).read_bytes()
    variables = "".join(f'ENV {name}="{value}"\n' for name, value in image.environment.items())
    dockerfile = (FILES / "Dockerfile").read_text(encoding="utf-8")
    yield "Dockerfile", f"{dockerfile}{variables}ENV HANDLER_CLASS={image.handler}\n".encode()
    yield "requirements.txt", image.requirements.read_bytes()
    yield "build-requirements.txt", BUILD_REQUIREMENTS.read_bytes()
    yield f"ours/{no_compiler.MODULE}.py", no_compiler.STAND_IN.encode()
    for path in sorted(image.folder.glob("*.py")):  # the handler, and what it and an algorithm use
        for folder in ("ours", f"ours/local_aws/runtimes/images/{image.name}"):
            yield f"{folder}/{path.name}", path.read_bytes()
    yield "modules/README", b"Packages that AWS's image has and no index.\n"
    for module in image.module_folders:
        for path in sorted(module.rglob("*.py")):
            yield f"modules/{path.relative_to(module.parent).as_posix()}", path.read_bytes()
    for package in ("local_aws", "local_aws/runtimes"):
        yield f"ours/{package}/__init__.py", b""
    for path in sorted((RUNTIMES / "inside").rglob("*.py")):
        yield f"ours/local_aws/runtimes/{path.relative_to(RUNTIMES).as_posix()}", path.read_bytes()


def _install_processor_builds(requirements: Path, folder: Path) -> None:
    """Put locked packages without CUDA into a folder, for the base image's Python; usually there are none.

    Raises `RuntimeError` with uv's output.
    """
    entries = re.split(r"\n(?=\S)", requirements.read_text(encoding="utf-8"))
    chosen = [entry for entry in entries if wheels.CPU_BUILD in entry.split("\n")[0]]
    if not chosen:
        return
    lock = folder / "processor-builds.txt"
    lock.write_text("\n".join(chosen) + "\n", encoding="utf-8")
    target = ["--target", str(folder), "--python-version", PYTHON, "--python-platform", "x86_64-manylinux_2_28"]
    command = [str(find_uv()), "pip", "install", "--quiet", "--no-deps", "--require-hashes", *target, "-r", str(lock)]
    result = subprocess.run(command, env={**os.environ, **wheels.variables(lock)}, capture_output=True, text=True)
    lock.unlink()
    if result.returncode:
        names = ", ".join(entry.split()[0] for entry in chosen)
        raise RuntimeError(f"uv pip install of {names} failed:\n{result.stderr}")


def _scripts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The commands of the packages in a folder, such as torchrun, for any Python that can import these packages."""
    for package in metadata.distributions(path=[str(folder)]):
        for command in package.entry_points.select(group="console_scripts"):
            text = f"#!/usr/bin/env python3\nfrom {command.module} import {command.attr}\n\n{command.attr}()\n"
            yield f"bin/{command.name}", text.encode()


def _write_archive(archive: IO[bytes], files: dict[str, bytes], packages: Path) -> None:
    with tarfile.open(fileobj=archive, mode="w") as context:
        for name, content in {**files, **dict(_scripts(packages))}.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            context.addfile(entry, io.BytesIO(content))
        context.add(packages, "packages", filter=lambda entry: None if entry.name == "packages/bin" else _roots(entry))
    archive.seek(0)


def _roots(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.mode |= 0o555 if entry.isdir() else 0o444
    return entry


def main() -> None:
    """Build the stand-in for an image's URI; print its id, and progress on stderr."""

    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    try:
        family = find_image(sys.argv[1], load_images()).image
        image = StandIns(Engine(os.environ.get("DOCKER_HOST"))).ensure(family, tell)
    except ImageNotFoundError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{image}\n")


if __name__ == "__main__":
    main()
