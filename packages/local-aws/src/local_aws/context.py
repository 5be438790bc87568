"""What every service of the local AWS gets: settings, resources, threads, programs and clients. It knows no service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Semaphore
from typing import Any

from local_aws.api.service import Scope
from local_aws.api.store import Store
from local_aws.clients import Clients
from local_aws.clock import Clock
from local_aws.process.processes import mark
from local_aws.protocols import Emulator, VpcNetwork
from local_aws.runtimes.base import Runtime
from local_aws.settings import MLFLOW_ENDPOINT, Settings

SLOT_POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Context:
    """One per server. Services share their records through `store`; a service that calls another one takes it too."""

    settings: Settings
    runtime: Runtime
    clients: Clients
    emulator: Emulator
    jobs: ThreadPoolExecutor
    slots: Semaphore
    """One per program that may run at once. Jobs hold none before and after their program."""
    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=Clock)
    """How fast AWS's waiting times pass."""

    def client(self, service: str, scope: Scope, role_arn: str | None, vpc: VpcNetwork | None = None) -> Any:
        """A boto3 client that acts as ``role_arn``, or as the account itself; for threads only.

        What SageMaker transfers from and to S3 passes through the job's VPC. Its logs and metrics don't.
        """
        if vpc and service == "s3":
            return self.clients.get(service, scope, self.emulator.networks.join(scope, role_arn, vpc))
        return self.clients.get(service, scope, self.emulator.role_credentials(scope, role_arn))

    def stack_client(self, service: str, scope: Scope, role_arn: None = None) -> Any:
        """A client of CloudFormation, which alone sets tags that begin with `aws:`; for threads only."""
        return self.clients.get(service, scope, self.emulator.role_credentials(scope, role_arn), stacks=True)

    @contextmanager
    def slot(self, check: Callable[[], None]) -> Iterator[float]:
        """Wait for a free place to run a program, and hold it; yields the seconds waited.

        ``check`` is called while waiting, and may raise.
        """
        begun = time.monotonic()
        while not self.slots.acquire(timeout=SLOT_POLL_SECONDS):
            check()
        try:
            yield time.monotonic() - begun
        finally:
            self.slots.release()

    def container_environment(
        self,
        scope: Scope,
        role_arn: str,
        *,
        network: bool,
        vpc: VpcNetwork | None = None,
        log: Callable[[str], object] | None = None,
    ) -> dict[str, str]:
        """The variables that SageMaker sets in every container; an isolated one gets no credentials and no endpoint.

        In a VPC, the ``log`` gets a line for each service that the VPC does not reach; `leave_vpc` ends that.
        """
        region = {"AWS_REGION": scope.region, "AWS_DEFAULT_REGION": scope.region, **mark()}
        if not network:
            return region
        if vpc:
            credentials = self.emulator.networks.join(scope, role_arn, vpc, log).environment()
        else:
            credentials = self.emulator.role_credentials(scope, role_arn).environment()
        endpoint = self.settings.endpoint_url
        return {**region, **credentials, "AWS_ENDPOINT_URL": endpoint, MLFLOW_ENDPOINT: endpoint}

    def leave_vpc(self, environment: Mapping[str, str]) -> None:
        """End what `container_environment` began in a VPC, once the container has ended."""
        self.emulator.networks.leave(environment.get("AWS_ACCESS_KEY_ID", ""))
