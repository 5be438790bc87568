"""Boto3 clients of this server, with the credentials of the role that a job or a model server runs as.

Only threads may use them: a call from the event loop would wait for a response that the same loop has to send.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from local_aws.api.reserved_tags import HEADER, STACKS
from local_aws.api.service import Scope
from local_aws.settings import Settings

READ_SECONDS, INVOKE_SECONDS = 60, 960
"""How long a client waits for a response. A call of a Lambda function takes up to 15 minutes, and a Lambda step ten."""


@dataclass(frozen=True)
class Credentials:
    """The credentials that a program signs its calls with. A 12-digit access key stands for that account."""

    access_key: str
    secret_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """The credentials as the variables that AWS SDKs read."""
        values = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return {**values, "AWS_SESSION_TOKEN": self.session_token} if self.session_token else values


class Clients:
    """Creates and caches clients, because creating one takes longer than most calls."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: dict[tuple[str, Scope, Credentials, bool], Any] = {}

    def get(self, service: str, scope: Scope, credentials: Credentials, *, stacks: bool = False) -> Any:
        """A client of ``service`` in the scope's region. Blocks on first use; thread-safe.

        ``stacks``: its calls are marked as CloudFormation's.
        """
        key = (service, scope, credentials, stacks)
        with self._lock:  # boto3 sessions create one client at a time
            if key not in self._made:
                client = self._session.client(service, **self._arguments(service, scope, credentials))
                if stacks:
                    client.meta.events.register("before-call", _mark)
                self._made[key] = client
            return self._made[key]

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session()

    def _arguments(self, service: str, scope: Scope, credentials: Credentials) -> Mapping[str, Any]:
        # A call of a function that took too long is not made again: the function may have done its work.
        invokes = service == "lambda"
        attempts, seconds = (1, INVOKE_SECONDS) if invokes else (3, READ_SECONDS)
        return {
            "endpoint_url": self._settings.endpoint_url,
            "region_name": scope.region,
            "aws_access_key_id": credentials.access_key,
            "aws_secret_access_key": credentials.secret_key,
            "aws_session_token": credentials.session_token,
            "config": Config(
                max_pool_connections=32, retries={"total_max_attempts": attempts}, read_timeout=seconds, proxies={}
            ),
        }


def _mark(params: dict[str, Any], **_: Any) -> None:
    params["headers"][HEADER] = STACKS
