"""What is examined: one environment as it would be deployed now, with the account that it goes to."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from launchpad.cloud_assembly import resolved
from launchpad.doctor.assembly import Assembly
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings

SESSION = "launchpad-doctor"
READ_SECONDS = 15.0
"""How long one call may take. It is tried twice, so that a lost network is reported within a minute."""


@dataclass(frozen=True)
class Deployment:
    """One environment, its cloud assembly, and clients for its account; each may be missing, with the reason."""

    settings: EnvironmentSettings
    connection: Connection | None = None
    unreachable: str = ""
    """Why there is no connection."""
    assembly: Assembly | None = None
    synth_failure: str = ""
    """Why there is no assembly."""
    images: Sequence[AssemblyImage] = ()
    """The images that are pushed to Amazon ECR; none for the local AWS, which runs their folders."""
    _clients: dict[tuple[str, bool], Any] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is the environment of the local AWS."""
        return bool(self.connection and self.connection.local)

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables that the CDK CLI gets."""
        return self.connection.variables() if self.connection else {}

    @property
    def command(self) -> str:
        """The option that names it on the command line."""
        return f"--env {self.settings.name}"

    def client(self, service: str) -> Any:
        """A client with the caller's credentials."""
        return self._client(service, as_cdk=False)

    def cdk_client(self, service: str) -> Any:
        """A client with the role that the CDK CLI deploys with, or with the caller's credentials if that is refused.

        So the caller needs no more permissions than for the deploy. The CDK CLI falls back in the same way.
        """
        return self._client(service, as_cdk=True)

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """The caller (STS GetCallerIdentity), which no policy can deny."""
        with self._lock:
            return dict(self.client("sts").get_caller_identity())

    @property
    def account(self) -> str:
        """The account that it is deployed to."""
        return self.settings.account or self.identity["Account"]

    def resolved(self, text: str) -> str:
        """An ARN or a name from the assembly, without the CDK CLI's placeholders."""
        return resolved(text, self.account, self.settings.region)

    def _client(self, service: str, *, as_cdk: bool) -> Any:
        # Making clients is not thread-safe in boto3; using them is.
        with self._lock:
            key = service, as_cdk
            if key not in self._clients:
                assert self.connection  # noqa: S101 -- checks that ask AWS run only with a connection
                credentials = self._cdk_credentials if as_cdk else {}
                self._clients[key] = self.connection.client(
                    service, read_timeout=READ_SECONDS, attempts=2, credentials=credentials
                )
            return self._clients[key]

    @cached_property
    def _cdk_credentials(self) -> Mapping[str, str]:
        role = self.assembly.deploy_role if self.assembly else None
        if role is None or self.connection is None:
            return {}
        return self.connection.role_credentials(self.resolved(role), SESSION)
