"""Images that stand in for AWS's own framework images: the same locked packages as the runtime `process` has for them.

``train`` is AWS's toolkit, ``serve`` AWS's handler service behind the front of `local_aws/runtimes/inside`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import docker.errors

from local_aws.runtimes import no_compiler
from local_aws.runtimes.base import ImageNotFoundError, LogSink
from local_aws.runtimes.docker_engine.engine import Engine, words
from local_aws.runtimes.images import BUILD_REQUIREMENTS, Image

BASE = "python:3.11-slim-bookworm"
REPOSITORY = "local-aws-stand-in"
FILES = Path(__file__).parent / "stand_in"
RUNTIMES = Path(__file__).parents[1]
LAST_WORDS = 15
"""Lines of the build's output that an error repeats."""


class StandIns:
    """The stand-ins that an engine has, built where they are missing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ensure(self, image: Image, log: LogSink) -> str:
        """The id of the stand-in of a folder under ``images/``. Raises as `Runtime.prepare` does."""
        files = dict(_context(image))
        content = b"".join(name.encode() + b"\0" + files[name] for name in sorted(files))
        tag = f"{REPOSITORY}/{image.name}:{hashlib.sha256(content).hexdigest()[:16]}"
        try:
            return str(self._engine.client.images.get(tag).id)
        except docker.errors.ImageNotFound:
            self._require_base()
            log(f"Building {tag} on {BASE} (once; the engine keeps it).")
            return self._build(files, tag, log)

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

    def _build(self, files: dict[str, bytes], tag: str, log: LogSink) -> str:
        last_words: deque[str] = deque(maxlen=LAST_WORDS)
        build = self._engine.api.build(
            fileobj=_archive(files), custom_context=True, tag=tag, rm=True, network_mode="host", decode=True
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
        """Those that were built of other versions of the packages or programs, unless a container runs on them."""
        for image in self._engine.client.images.list(name=tag.partition(":")[0]):
            for other in image.tags:
                if other != tag:
                    with contextlib.suppress(docker.errors.APIError):
                        self._engine.client.images.remove(other)


def _context(image: Image) -> Iterator[tuple[str, bytes]]:
    """Every file of the build, by its name there."""
    for path in FILES.iterdir():
        if path.is_file():
            yield path.name, path.read_bytes()
    variables = "".join(f'ENV {name}="{value}"\n' for name, value in image.environment.items())
    dockerfile = (FILES / "Dockerfile").read_text(encoding="utf-8")
    yield "Dockerfile", f"{dockerfile}{variables}ENV HANDLER_CLASS={image.handler}\n".encode()
    yield "requirements.txt", image.requirements.read_bytes()
    yield "build-requirements.txt", BUILD_REQUIREMENTS.read_bytes()
    yield f"{no_compiler.MODULE}.py", no_compiler.STAND_IN.encode()
    yield "handler.py", (image.folder / "handler.py").read_bytes()
    for package in ("local_aws", "local_aws/runtimes"):
        yield f"{package}/__init__.py", b""
    for path in sorted((RUNTIMES / "inside").rglob("*.py")):
        yield f"local_aws/runtimes/{path.relative_to(RUNTIMES).as_posix()}", path.read_bytes()


def _archive(files: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    buffer.seek(0)
    return buffer
