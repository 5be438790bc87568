"""Runtime ``docker``: executes the real images with the machine's Docker engine.

Note: a program with network access shares the machine's network, because the local AWS listens only on its loopback; a
model server and the hosts of one job get a separate network (`networks`), as isolated programs do, so that ports do
not clash. All is on one machine: an engine on another one, or in Docker Desktop's, can't see the folders.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from local_aws.front import registry_passwords
from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError, LogSink, Program, TrainingSpec
from local_aws.runtimes.docker_engine.engine import Engine
from local_aws.runtimes.docker_engine.images import EngineImages
from local_aws.runtimes.docker_engine.networks import HOST_NAME, ContainerNetwork
from local_aws.runtimes.docker_engine.ownership import give_back, open_to_all
from local_aws.runtimes.docker_engine.programs import ContainerModelServer, ContainerProgram, Launch
from local_aws.runtimes.networks import INTERFACE, change_resources
from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.surroundings import write_hosts
from local_aws.runtimes.variables import network_settings

PORT = 8080
"""The port on which SageMaker expects a model server."""
SHARED_MEMORY = "1g"
"""Size of /dev/shm: Docker's default of 64 MB is too small for PyTorch's loaders, and SageMaker has more."""
ENGINE_VARIABLE = "LOCAL_AWS_DOCKER_HOST"
"""The engine's address: the local AWS hides DOCKER_HOST from everything else that it runs."""


def from_environment(cache: Path) -> DockerRuntime:
    """The runtime of a local AWS, with the engine, account and registry in the server's variables."""
    return DockerRuntime(
        cache,
        address=os.environ.pop(ENGINE_VARIABLE, None),
        account=os.environ.get("MINISTACK_ACCOUNT_ID"),
        registry=os.environ.get("AWS_ENDPOINT_URL", "").removeprefix("http://") or None,
        login=_login,
    )


def _login() -> dict[str, str]:
    """The login for the server's registry."""
    password = registry_passwords.issue(os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_ACCESS_KEY_ID"])
    return {"username": registry_passwords.USER, "password": password}


class DockerRuntime:
    """The `Runtime` of real images. ``cache`` is for images that are not containers yet, such as Spark's.

    ``registry`` is where the images of ``account`` are pulled from, with the credentials of ``login``. Raises
    `RuntimeUnavailableError` without an engine.
    """

    reads_lazily = False
    """A mount for a container must be created on the machine itself, which this runtime leaves unchanged."""

    def __init__(
        self,
        cache: Path,
        *,
        address: str | None = None,
        account: str | None = None,
        registry: str | None = None,
        login: Callable[[], dict[str, str]] | None = None,
    ) -> None:
        self._cache = cache
        self._engine = Engine(address or None, registry=registry)
        self._images = EngineImages(self._engine, account=account, registry=registry, login=login)

    @cached_property
    def _without_docker(self) -> ProcessRuntime:
        return ProcessRuntime(self._cache)

    def prepare(self, image: str, log: LogSink) -> None:
        """See `Runtime.prepare`."""
        if self._images.programs_only(image):
            self._without_docker.prepare(image, log)
        else:
            self._images.find(image, log)

    def labels(self, image: str) -> frozenset[str] | None:
        """See `Runtime.labels`: those of AWS's images. The engine is not asked, because that takes time."""
        return self._without_docker.labels(image)

    def connect(
        self,
        roots: Sequence[Path],
        *,
        network: bool,
        internet: bool,
        reach: Sequence[str],
        log: LogSink,  # noqa: ARG002
    ) -> ContainerNetwork:
        """See `Runtime.connect`."""
        for root in roots:
            change_resources(root, lambda resources: {**resources, "network_interface_name": INTERFACE})
        return ContainerNetwork(self._engine, network=network, reach=reach, internet=internet)

    def train(self, spec: TrainingSpec) -> ContainerProgram:
        """See `Runtime.train`. It can't show lazy files, as `reads_lazily` says."""
        if spec.lazy:
            folders = ", ".join(spec.lazy)
            raise RuntimeError(f"The runtime 'docker' can't show files before they are fetched: {folders}.")
        words = [*([] if spec.entrypoint else ["train"]), *spec.arguments]
        if isinstance(spec.together, ContainerNetwork):
            launch = self._launch(spec, words, spec.together)
        else:
            launch = self._enclosed(spec, words, self._enclosure(spec))
        launch.options["host"]["binds"] += [f"{spec.root / path}:/opt/ml/{path}:ro" for path in spec.read_only]
        return ContainerProgram(self._engine, launch, spec.log)

    def process(self, spec: ContainerSpec) -> Program:
        """See `Runtime.process`."""
        if self._images.programs_only(spec.image):
            return self._without_docker.process(spec)
        if not spec.entrypoint and not self._images.has_program(self._images.find(spec.image, spec.log)):
            raise ImageNotFoundError(
                f"Image {spec.image!r} has no program of its own for processing: name one in ContainerEntrypoint, such "
                'as ["python3", "/opt/ml/processing/input/code/script.py"].'
            )
        launch = self._enclosed(spec, spec.arguments, self._enclosure(spec))
        return ContainerProgram(self._engine, launch, spec.log)

    def serve(self, spec: ContainerSpec) -> ContainerModelServer:
        """See `Runtime.serve`. The server listens on port 8080 of a separate network, as on SageMaker."""
        joined = self._own_network(spec)
        variables = {"SAGEMAKER_BIND_TO_PORT": str(PORT), **spec.environment}
        url = joined.publish(int(variables["SAGEMAKER_BIND_TO_PORT"]))
        launch = self._enclosed(replace(spec, environment=variables), ["serve"], joined)
        return ContainerModelServer(self._engine, launch, url, spec.log)

    def _enclosed(self, spec: ContainerSpec, words: Sequence[str], network: ContainerNetwork | None) -> Launch:
        """A launch in a separate network, which ends with it, also if it can't begin."""
        try:
            launch = self._launch(spec, words, network)
        except BaseException:
            if network:
                network.close()
            raise
        if network:
            launch.on_end.append(network.close)
        return launch

    def _enclosure(self, spec: ContainerSpec) -> ContainerNetwork | None:
        """A network for one program in a VPC without a way to the internet."""
        return None if spec.internet or not spec.network else self._own_network(spec)

    def _own_network(self, spec: ContainerSpec) -> ContainerNetwork:
        endpoint = spec.environment.get("AWS_ENDPOINT_URL")
        reach = [endpoint] if spec.network and endpoint is not None else []
        return ContainerNetwork(self._engine, network=spec.network, reach=reach, internet=spec.internet)

    def _launch(self, spec: ContainerSpec, words: Sequence[str], joined: ContainerNetwork | None = None) -> Launch:
        image, root = self._images.find(spec.image, spec.log), spec.root
        mode = joined.join(image) if joined else ("host" if spec.network else "none")
        places = Path(tempfile.mkdtemp(prefix="container-"))
        host_name = write_hosts(root, places / "hosts", *([HOST_NAME] if joined else []))
        open_to_all(root)
        options: dict[str, Any] = {
            "command": list(words),
            "environment": {**_variables(joined, spec.network), **spec.environment},
            "host": {
                "network_mode": mode,
                "binds": [f"{root}:/opt/ml", f"{places / 'hosts'}:/etc/hosts"],
                "security_opt": ["no-new-privileges"],
                "shm_size": SHARED_MEMORY,
            },
            **({} if joined else {"hostname": host_name}),
            **({"entrypoint": list(spec.entrypoint)} if spec.entrypoint else {}),  # else the image's own
        }
        on_end: list[Callable[[], None]] = [
            lambda: give_back(self._engine, image, root),
            lambda: shutil.rmtree(places, ignore_errors=True),
        ]
        return Launch(image=image, options=options, root=root, on_end=on_end)


def _variables(joined: ContainerNetwork | None, network: bool) -> dict[str, str]:
    """Variables for network access: the joined network's, or the server's without those that name a local file."""
    if joined:
        return {"AWS_EC2_METADATA_DISABLED": "true", **joined.variables()}
    settings = network_settings() if network else {}
    portable = {name: value for name, value in settings.items() if not value.startswith(("/", "~"))}
    return {"AWS_EC2_METADATA_DISABLED": "true", **portable}
