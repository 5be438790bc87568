"""Runtime ``process``: executes a container image's program without Docker, in a virtual environment per image.

Note: it does not imitate SageMaker's containers. Training is AWS's own ``train`` program, and serving is AWS's own
handler service behind a small front; this package only provides the surroundings that they expect.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from local_aws.runtimes import command_lines
from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError, LogSink, TrainingSpec
from local_aws.runtimes.command_lines import Place
from local_aws.runtimes.environments import Environments, find_uv, run_by_all
from local_aws.runtimes.images import ImageFolders
from local_aws.runtimes.lazy_folders import LazyFolders
from local_aws.runtimes.networks import HostNetwork, give_addresses
from local_aws.runtimes.programs import Command, SupervisedModelServer, SupervisedProgram, open_listener
from local_aws.runtimes.scratch import Scratch
from local_aws.runtimes.surroundings import Level, Surroundings, to_plain
from local_aws.runtimes.variables import program_variables

SERVER_PORT = 8080
"""Where a model server listens, as SageMaker's contract says."""


class ProcessRuntime:
    """The `Runtime` that needs neither Docker nor root.

    ``cache`` is a folder that any number of servers may share: environments are built there, once, with the Python of
    the running server. ``uv`` defaults to the uv package of that Python. ``level`` limits what is used of the machine.
    ``images`` are folders with additional images. ``protected`` are additional folders that no program may change.
    """

    def __init__(
        self,
        cache: Path,
        *,
        uv: Path | None = None,
        level: Level = Level.OVERLAY,
        images: Sequence[Path] = (),
        protected: Sequence[Path] = (),
    ) -> None:
        cache = cache.resolve()
        self._images = ImageFolders(images)
        self._environments = Environments(cache / "environments", uv=uv or find_uv())
        self._scratch = Scratch(cache / "jobs")
        self._surroundings = Surroundings(cache / "jobs", level, [cache, *run_by_all(), *images, *protected])
        self._job_numbers = itertools.count(1)
        self._shared = {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    @property
    def level(self) -> Level:
        """What this machine supports for programs: `Level.PLAIN` means that it can't isolate them from the network."""
        return self._surroundings.level

    def prepare(self, image: str, log: LogSink) -> None:
        """See `Runtime.prepare`."""
        found_image = self._images.find(image).image
        command_lines.check_needs(found_image)
        self._environments.ensure(found_image, log)

    def labels(self, image: str) -> frozenset[str] | None:
        """See `Runtime.labels`."""
        try:
            return self._images.find(image).image.labels_of(image)
        except ImageNotFoundError:
            return None

    @cached_property
    def reads_lazily(self) -> bool:
        """See `Runtime.reads_lazily`."""
        return self._surroundings.reads_lazily

    def connect(
        self, roots: Sequence[Path], *, network: bool, internet: bool, reach: Sequence[str], log: LogSink
    ) -> HostNetwork | None:
        """See `Runtime.connect`."""
        if self.level != Level.PLAIN:
            return HostNetwork(roots, network=network, reach=reach, internet=internet)
        give_addresses(roots, next(self._job_numbers), log)
        return None

    def train(self, spec: TrainingSpec) -> SupervisedProgram:
        """See `Runtime.train`. The program may use half of the machine's cores per BLAS or OpenMP call."""
        workspace = self._place(spec, None if spec.entrypoint else "train")
        shared = spec.together if isinstance(spec.together, HostNetwork) else None
        own = None if spec.together else self._enclosure(spec)
        joined = shared or own
        variables = {**_half_of_the_cores(), **spec.environment, **(joined.variables() if joined else {})}
        words = self._words(spec, spec.entrypoint or command_lines.training(workspace))
        with LazyFolders(spec.root, spec.lazy) as folders:
            toolkit = not spec.entrypoint and not workspace.own_programs
            command = self._command(workspace, words, spec, variables, spare_main=toolkit, handed=folders.handed)
            if command.namespaces:
                more = {"read_only": list(spec.read_only), "join": joined.process_id if joined else None}
                command.namespaces.update(lazy=folders.mounts(), **more)
            program = SupervisedProgram(command, spec.log, own.close if own else lambda: None)
            folders.serve()
        return program

    def process(self, spec: ContainerSpec) -> SupervisedProgram:
        """See `Runtime.process`. AWS's framework images have no default program for processing."""
        workspace = self._place(spec, None if spec.entrypoint else "process")
        words = self._words(spec, spec.entrypoint or command_lines.processing(workspace))
        variables = {**_half_of_the_cores(), **spec.environment}
        command, own = self._command(workspace, words, spec, variables), self._enclosure(spec)
        if command.namespaces and own:
            command.namespaces["join"] = own.process_id
        return SupervisedProgram(command, spec.log, own.close if own else lambda: None)

    def foreground(self, spec: ContainerSpec) -> Command:
        """The command of `inside/workbench.py` with the image's environment and surroundings, for `foreground.run`."""
        command_lines.check_needs(self._images.find(spec.image).image)
        workspace = self._place(spec, None)
        variables = {**_half_of_the_cores(), **spec.environment}
        return self._command(workspace, [*command_lines.workbench(workspace), *spec.arguments], spec, variables)

    def serve(self, spec: ContainerSpec) -> SupervisedModelServer:
        """See `Runtime.serve`. As many requests run in parallel as there are cores, each on one thread."""
        own = "serve" in command_lines.own_programs(self._images.find(spec.image).image)
        port = self._port(spec) if own else None
        workspace = self._place(spec, "serve")
        variables = {"OMP_NUM_THREADS": "1", "SAGEMAKER_MODEL_SERVER_WORKERS": str(_cores()), **spec.environment}
        network = self._server_network(spec) if port else self._enclosure(spec)
        variables |= network.variables() if network else {}
        try:
            with open_listener() as listener:
                variables["SAGEMAKER_BIND_TO_PORT"] = str(port or listener.getsockname()[1])
                words = command_lines.serving(workspace, listener.fileno(), port)
                options: dict[str, Any] = {"keep_open": (listener.fileno(),), "spare_main": own}
                command = self._command(workspace, words, spec, variables, **options)
                if command.namespaces and network:
                    command.namespaces["join"] = network.process_id
                return SupervisedModelServer(command, listener, spec.log, network.close if network else lambda: None)
        except BaseException:
            if network:
                network.close()
            raise

    def _port(self, spec: ContainerSpec) -> int | None:
        """The port for an image's own server; None, after a line in the log, if the machine's are shared by all."""
        if self.level != Level.PLAIN:
            return int(spec.environment.get("SAGEMAKER_BIND_TO_PORT", SERVER_PORT))
        spec.log(
            "This machine gives no Linux namespaces, so port 8080 is the machine's: the server must listen on the port "
            "in SAGEMAKER_BIND_TO_PORT. On AWS it is 8080."
        )
        return None

    def _server_network(self, spec: ContainerSpec) -> HostNetwork | None:
        """A network for one server, in which its port is free. An isolated server has one anyway."""
        return _network(spec) if spec.network else None

    def _enclosure(self, spec: ContainerSpec) -> HostNetwork | None:
        """A network for one program in a VPC without a way to the internet; an isolated one has none to leave."""
        if not spec.network or spec.internet:
            return None
        if self.level != Level.PLAIN:
            return _network(spec)
        spec.log("This machine gives no Linux namespaces: the program reaches the internet, which its VPC does not.")
        return None

    def _words(self, spec: ContainerSpec, program: Sequence[str]) -> list[str]:
        words = [*program, *spec.arguments]
        return [to_plain(word, spec.root) for word in words] if self.level == Level.PLAIN else words

    def _place(self, spec: ContainerSpec, program: str | None) -> Place:
        """Create a folder for a program, the image's or the caller's, with an environment that it may change."""
        match = self._images.find(spec.image)
        if program:
            command_lines.check(match.image, spec.image, program)
        if match.notice:
            spec.log(match.notice)
        environment = self._environments.ensure(match.image, spec.log, check=self.level == Level.PLAIN)
        scratch = self._scratch.create(
            environment, overlay=self.level == Level.OVERLAY, links=self.level == Level.PLAIN
        )
        return Place(match.image, environment, scratch, program)

    def _command(
        self, workspace: Place, words: list[str], spec: ContainerSpec, variables: Mapping[str, str], **options: Any
    ) -> Command:
        namespaces = self._surroundings.prepare(
            spec.root, workspace.scratch, workspace.environment, network=spec.network, log=spec.log
        )
        options["environment"] = program_variables(
            {**self._shared, **workspace.image.environment, **variables},
            spec.root,
            workspace.scratch,
            namespaces=namespaces is not None,
            network=spec.network and spec.internet,
            programs=workspace.own_programs,
        )
        return Command(
            arguments=words,
            folder="/opt/ml" if namespaces else str(spec.root),
            scratch=str(workspace.scratch),
            namespaces=namespaces,
            **options,
        )


def _network(spec: ContainerSpec) -> HostNetwork:
    endpoint = spec.environment.get("AWS_ENDPOINT_URL")
    return HostNetwork([], network=True, reach=[endpoint] if endpoint else [], internet=spec.internet)


def _half_of_the_cores() -> dict[str, str]:
    """Native libraries' share, so that two parallel jobs use the whole machine without competing."""
    return {"OMP_NUM_THREADS": str(max(1, _cores() // 2))}


def _cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
