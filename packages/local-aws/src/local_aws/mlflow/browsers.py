"""What browsers send to MLflow's pages: the host, the site that a request comes from, and the session's cookie."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.front.browsers import on_loopback

COOKIE = "mlflow-session"
Headers = Iterable[tuple[bytes, bytes]]


def host_of(headers: Headers) -> str:
    """The host name of a request, without the port; empty unless there is exactly one, on loopback."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not on_loopback(hosts[0]):
        return ""
    return hosts[0].lower().decode("latin-1").partition(":")[0]


def refuse_other_sites(scope: dict[str, Any]) -> None:
    """Raise `AwsError` for a request that another site's page has caused, except to open a page in its own window."""
    headers = {name: value for name, value in scope["headers"] if name.startswith((b"sec-fetch-", b"origin", b"host"))}
    opened = scope["method"] == "GET" and headers.get(b"sec-fetch-mode") == b"navigate"
    own = headers.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin")
    if b"origin" in headers and headers[b"origin"].lower() != b"http://" + headers[b"host"].lower():
        own = opened = False
    if not (own or (opened and headers.get(b"sec-fetch-dest") == b"document")):
        raise AwsError("AccessDeniedException", "MLflow's pages do not answer other sites.", 403)


def cookie(value: str, seconds: int) -> bytes:
    """The header that gives a browser its session."""
    return f"{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax".encode()


def cookie_of(headers: Headers) -> str:
    """The session's cookie; empty without one."""
    cookies = SimpleCookie()
    try:
        cookies.load("; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie"))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""
