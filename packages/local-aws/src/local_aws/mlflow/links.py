"""Presigned URLs of MLflow's UI, and the browser sessions that they open.

Each UI has a host name below `mlflow.localhost`, as each has one on AWS: browsers resolve it to this machine, and keep
the pages of one host from those of all others, and from this server's API. A URL works once; all end with the server.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.api.store import Record
from local_aws.settings import Settings

DOMAIN = "mlflow.localhost"
EXPIRES_SECONDS = 300
SESSION_SECONDS = 43200
"""Defaults, as CreatePresignedDomainUrl documents them; those of MLflow's URLs are not documented."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a URL, or the cookie that it was exchanged for, gives access to."""

    record: Record
    caller: str
    """The access key that created the URL: the pages do what its policies allow."""
    expires: float
    seconds: float
    """How long a session lasts."""


class Links:
    """Thread-safe. ``caller`` returns the access key of the current request."""

    def __init__(self, settings: Settings, caller: Callable[[], str | None]) -> None:
        self._settings, self._caller = settings, caller
        self._lock = threading.Lock()
        self._links: dict[str, Session] = {}
        self._sessions: dict[str, Session] = {}

    def address(self, record: Record) -> str:
        """The URL of a resource's UI."""
        return f"http://{host_of(record)}:{self._settings.port}"

    def create(self, record: Record, request: Mapping[str, Any]) -> str:
        """The AuthorizedUrl for the request of a CreatePresigned operation."""
        expires = time.time() + request.get("ExpiresInSeconds", EXPIRES_SECONDS)
        seconds = request.get("SessionExpirationDurationInSeconds", SESSION_SECONDS)
        token = secrets.token_urlsafe(32)
        with self._lock:
            _forget_expired(self._links)
            self._links[token] = Session(record, self._caller() or "", expires, seconds)
        return f"{self.address(record)}/auth?authToken={token}"

    def open(self, host: str, token: str) -> tuple[str, int] | None:
        """Exchange a URL's token for a session: its cookie and its seconds; None if it is used up or not for a host."""
        with self._lock:
            link = self._links.get(token)
            if link is None or host_of(link.record) != host:
                return None
            del self._links[token]
            if link.expires < time.time():
                return None
            _forget_expired(self._sessions)
            cookie = secrets.token_urlsafe(32)
            self._sessions[cookie] = Session(link.record, link.caller, time.time() + link.seconds, link.seconds)
            return cookie, int(link.seconds)

    def session(self, host: str, cookie: str) -> Session | None:
        """The session of a cookie, if it is one of this host."""
        with self._lock:
            session = self._sessions.get(cookie)
        valid = session is not None and session.expires > time.time() and host_of(session.record) == host
        return session if valid else None


def host_of(record: Record) -> str:
    """The host name of a resource's UI: an App's id, or `t-` and a digest of a tracking server's ARN."""
    label = record.name.lower()
    if not record.name.startswith("app-") or record.kind.arn_type != "mlflow-app":
        label = "t-" + hashlib.sha256(record.arn.encode()).hexdigest()[:12]
    return f"{label}.{DOMAIN}"


def _forget_expired(sessions: dict[str, Session]) -> None:
    for key in [key for key, session in sessions.items() if session.expires < time.time()]:
        del sessions[key]
