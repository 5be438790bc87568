"""One container of a model instance: its files, program and log.

The thread that starts the program watches it until it ends, because a child ends with the thread that started it.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files import storage
from local_aws.files.reasons import fault, without_paths
from local_aws.files.storage import DownloadError
from local_aws.files.volumes import Volume
from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError, MissingProgramError, ModelServer
from local_aws.sagemaker.hosting.container_start import Role, await_ping, start_failure
from local_aws.sagemaker.hosting.place import Place, StartError
from local_aws.sagemaker.job_folder import JobFolder
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.model_checks import is_multi_model
from local_aws.sagemaker.models import model_data
from local_aws.sagemaker.vpc import NO_MODEL, reaches_internet, reaches_s3, vpc_of

log = logging.getLogger("local_aws.hosting")

STOP_GRACE_SECONDS = 5.0
MODELS = "models"
"""The folder of a multi-model container's models, in /opt/ml."""


class ModelContainer:
    """One container. ``changed`` is called when it is ready, has failed to start, or has ended unasked."""

    def __init__(
        self,
        context: Context,
        place: Place,
        model: Record,
        definition: dict[str, Any],
        role: Role,
        changed: Callable[[ModelContainer], None],
    ) -> None:
        self.place, self.definition, self.role = place, definition, role
        self.ready, self.ended = threading.Event(), threading.Event()
        self.stopping = self.has_ended = False
        self.failure: str | None = None
        """Why it could not start."""
        self._context, self._model, self._changed = context, model, changed
        self._vpc = vpc_of(model.details)
        self._environment: dict[str, str] = {}
        self._server: ModelServer | None = None
        self._folder: JobFolder | None = None
        self.logs = LogStream(
            self.client("logs"),
            place.log_group or f"/aws/sagemaker/Endpoints/{place.endpoint.name}",
            role.log_stream,
        )

    @property
    def name(self) -> str:
        """What AWS's messages and metrics call it: its ContainerHostname, or ``primary``."""
        return self.role.name

    @property
    def is_multi_model(self) -> bool:
        """Whether it serves any model below its ModelDataUrl."""
        return is_multi_model(self.definition)

    @property
    def log_stream_arn(self) -> str:
        """The log stream of this container's output."""
        return self.place.endpoint.scope.arn("logs", f"log-group:{self.logs.group}:log-stream:{self.logs.stream}")

    @property
    def url(self) -> str:
        """Its address, once it is ready."""
        assert self._server  # noqa: S101 (only a ready container is called)
        return self._server.url

    @property
    def models_folder(self) -> Path:
        """The folder of a multi-model container's models, on this machine."""
        assert self._folder  # noqa: S101 (only a ready container is called)
        return self._folder.root / MODELS

    @property
    def models_path(self) -> str:
        """The same folder, as the container's program sees it."""
        assert self._server  # noqa: S101 (only a ready container is called)
        return f"{self._server.opt_ml}/{MODELS}"

    @property
    def programs(self) -> list[tuple[int, Path]]:
        """Process id and /opt/ml of the running program, to measure its usage."""
        return [(self._server.process_id, self._folder.root)] if self._server and self._folder else []

    def start(self) -> None:
        """Start it, in a separate thread."""
        threading.Thread(target=self._live, name=f"model {self.place.endpoint.name}", daemon=True).start()

    def answers_ping(self) -> bool:
        """Ping once, with SageMaker's time-out of 2 seconds."""
        return bool(self._server and self._server.ready())

    def stop(self) -> None:
        """End the program, and return once it has ended and its folder is deleted."""
        self.stopping = True
        if self._server:
            self._server.terminate(STOP_GRACE_SECONDS)
        self.ended.wait(STOP_GRACE_SECONDS * 2)

    def death(self) -> str:
        """Why it ended, with its last lines of output."""
        words = " ".join(line.strip() for line in self.logs.last_lines[-5:] if line.strip())
        return f"The {self.role.title} for {self.place.title} ended. Its last words: {words}"

    def client(self, service: str) -> Any:
        """A client that acts as the model's role; for threads only."""
        return self._context.client(service, self._model.scope, self._role_arn, self._vpc)

    def volume(self, target: Path) -> Volume:
        """The volume of VolumeSizeInGB; otherwise the disk is as large as this machine's (on AWS: as the type's)."""
        gigabytes = self.place.gigabytes
        return Volume.of_gigabytes(gigabytes) if gigabytes else Volume(shutil.disk_usage(target).free)

    # In the container's own thread

    def _live(self) -> None:
        jobs = self._context.settings.jobs
        folder = self._folder = JobFolder(jobs / f"{self.place.endpoint.name}-{time.time_ns()}{self.role.suffix}")
        try:
            self._serve(folder)
        except MissingProgramError as error:
            self.failure = start_failure(self, error)
        except (ImageNotFoundError, DownloadError, StartError) as error:
            self.failure = without_paths(str(error), jobs)
        except Exception as error:  # the thread's last resort: DescribeEndpoint must report the reason
            log.exception("endpoint %s", self.place.endpoint.name)
            self.failure = without_paths(fault(error), jobs)
        finally:
            if self._server:
                self._server.terminate(STOP_GRACE_SECONDS)
            self.has_ended = True
            self._changed(self)
            self._context.leave_vpc(self._environment)
            self.logs.close()
            folder.remove()
            self.ended.set()

    def _serve(self, folder: JobFolder) -> None:
        self._fetch(folder)
        isolated = bool(self._model.details["EnableNetworkIsolation"])
        own = self._environment = self._context.container_environment(
            self._model.scope, self._role_arn, network=not isolated, vpc=self._vpc, log=self.logs
        )
        mode = {"SAGEMAKER_MULTI_MODEL": "true"} if self.is_multi_model else {}
        variables = {**self.definition.get("Environment", {}), **self.place.environment, **self.role.environment}
        spec = ContainerSpec(
            image=self.definition["Image"],
            root=folder.root,
            environment={**variables, **mode, **own},
            network=not isolated,
            internet=reaches_internet(self._context, self._model.scope, self._vpc),
            log=self.logs,
        )
        self._server = self._context.runtime.serve(spec)
        await_ping(self, self._server)
        self.ready.set()
        self._changed(self)
        self._server.wait()

    def _fetch(self, folder: JobFolder) -> None:
        if self.is_multi_model:
            (folder.root / MODELS).mkdir()
            return
        location = model_data(self.definition)
        if location is None:
            return
        if not reaches_s3(self._context, self._model.scope, self._vpc):
            raise DownloadError(NO_MODEL.format(location))
        source = self.definition.get("ModelDataSource", {}).get("S3DataSource", {})
        s3, target = self.client("s3"), folder.model.folder
        if source.get("CompressionType", "Gzip") == "Gzip":
            name = self.definition.get("ContainerHostname", "container_1")
            storage.download_archive(s3, location, target, self.volume(target), name)
        else:
            storage.download_prefix(s3, location, target, self.volume(target))

    @property
    def _role_arn(self) -> str:
        return str(self._model.details.get("ExecutionRoleArn", ""))
