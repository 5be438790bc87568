"""The engine's image for an image URI: the local registry's, the engine's own, a pulled one, or a stand-in.

Note: AWS's framework images are in registries that require a login. If they can't be pulled, a stand-in with the same
packages is built, from the requirements that the runtime `process` uses; the log says so.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import docker.errors

from local_aws.runtimes.base import ImageNotFoundError, LogSink
from local_aws.runtimes.docker_engine.engine import Engine, words
from local_aws.runtimes.docker_engine.stand_ins import StandIns
from local_aws.runtimes.images import Image, find_image, load_images

_ECR = re.compile(r"^(?P<account>\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/(?P<rest>.+)$")


class EngineImages:
    """``registry`` is the address of the local AWS's registry, which has the images of ``account``.

    ``login`` returns a user name and a password for it.
    """

    def __init__(
        self, engine: Engine, *, account: str | None, registry: str | None, login: Callable[[], dict[str, str]] | None
    ) -> None:
        self._engine, self._account, self._registry, self._login = engine, account, registry, login
        self._families = load_images()
        self._stand_ins = StandIns(engine)
        self._found: dict[str, str] = {}
        self._finding = threading.Lock()

    def find(self, uri: str, log: LogSink) -> str:
        """The id of an image that the engine has afterwards. Raises as `Runtime.prepare` does."""
        parts = _ECR.match(uri)
        if parts and self._registry and parts["account"] == self._account:
            return self._pulled(f"{self._registry}/{parts['rest']}", uri, log)
        with self._finding:  # one build of a stand-in at a time
            if uri not in self._found or not self._there(self._found[uri]):
                self._found[uri] = self._find(uri, log)
            return self._found[uri]

    def has_program(self, image: str) -> bool:
        """Whether an image from `find` runs a program without a command."""
        config = self._engine.client.images.get(image).attrs["Config"]
        return bool(config.get("Entrypoint") or config.get("Cmd"))

    def programs_only(self, uri: str) -> bool:
        """Whether the URI's image exists only as a folder of the runtime `process`, such as Spark's."""
        try:
            return self._family(uri).kind == "programs"
        except ImageNotFoundError:
            return False

    def _find(self, uri: str, log: LogSink) -> str:
        if existing := self._there(uri):
            return existing
        try:
            log(f"Pulling {uri}.")
            return self._pull(uri)
        except docker.errors.APIError as error:
            reason = words(error)
        try:
            family = self._family(uri)
        except ImageNotFoundError:
            raise ImageNotFoundError(
                f"Image {uri!r} is none that this Docker engine has, and it can't be pulled: {reason} Build or pull it,"
                " log in to its registry (`docker login`), or deploy the folder under containers/ that makes it."
            ) from None
        if family.kind == "algorithm":
            raise ImageNotFoundError(
                f"Image {uri!r} can't be pulled: {reason} The built-in algorithm runs in the runtime 'process', "
                "without Docker."
            )
        log(f"{uri} can't be pulled ({reason}). An image with {family.title}, built here, stands in for it.")
        return self._stand_ins.ensure(family, log)

    def _family(self, uri: str) -> Image:
        return find_image(uri, self._families).image

    def _there(self, name: str) -> str:
        try:
            return str(self._engine.client.images.get(name).id)
        except docker.errors.ImageNotFound:
            return ""

    def _pulled(self, name: str, uri: str, log: LogSink) -> str:
        """Pull from the local registry every time: it reports within milliseconds whether anything has changed."""
        try:
            return self._pull(name, login=self._login() if self._login else None)
        except docker.errors.APIError as error:
            log(f"{uri} could not be pulled from {self._registry}.")
            raise ImageNotFoundError(
                f"Image {uri!r} is not in the local AWS's registry: {words(error)} Deploy the stack that builds it, or "
                f"push it there as {name}."
            ) from error

    def _pull(self, name: str, login: dict[str, str] | None = None) -> str:
        repository, separator, tag = name.rpartition(":")
        if not separator or "/" in tag:
            repository, tag = name, "latest"
        if "@" in name:
            repository, _, tag = name.partition("@")
        return str(self._engine.client.images.pull(repository, tag=tag, auth_config=login).id)
