"""A connection for threads: boto3's clients are safe in several threads, but their creation is not, and takes time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from launchpad.platform_client.connection import Connection

Options = tuple[str, float, int | None]


@dataclass(frozen=True)
class SharedClients(Connection):
    """The same environment, with one client per service and options."""

    _clients: dict[Options, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def of(cls, connection: Connection) -> SharedClients:
        """A connection to the same environment."""
        return cls(connection.settings, connection.local, connection.caller)

    def client(
        self,
        service: str,
        *,
        read_timeout: float = 60,
        attempts: int | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> Any:
        """A boto3 client, as `Connection.client`; the same one for the same arguments."""
        with self._lock:
            if credentials:
                return super().client(service, read_timeout=read_timeout, attempts=attempts, credentials=credentials)
            options = (service, read_timeout, attempts)
            if options not in self._clients:
                self._clients[options] = super().client(service, read_timeout=read_timeout, attempts=attempts)
            return self._clients[options]
