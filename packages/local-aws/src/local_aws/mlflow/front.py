"""Finds the requests for MLflow among all others: clients' by a header with the ARN, browsers' by the host name.

Clients sign with the service's name and get MLflow's REST API. Browsers get MLflow's pages, with a session that a
presigned URL opens. Each request needs the permission of its action, if IAM is enforced.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.api.store import Record, Store
from local_aws.front.browsers import Application
from local_aws.front.signatures import CALLER
from local_aws.mlflow import actions, browsers
from local_aws.mlflow.forward import body_of, forward
from local_aws.mlflow.links import DOMAIN, Links
from local_aws.mlflow.servers import MlflowServers
from local_aws.sagemaker.mlflow_kinds import serves

HEADERS = {
    b"x-sm-mlflow-app-arn": ("mlflow-app", "sagemaker"),
    b"x-mlflow-sm-tracking-server-arn": ("mlflow-tracking-server", "sagemaker-mlflow"),
}
"""The plugin's headers: the type of the ARN, and the service that the request is signed for."""
_ARN = re.compile(r"arn:aws:sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<kind>[a-z-]+)/[^/]+")
_CREDENTIAL = re.compile(rb"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class MlflowFront:
    """One per server."""

    store: Store
    servers: MlflowServers
    links: Links
    account_of: Callable[[str], str]
    """The account of an access key."""
    decide: Callable[[Scope, str, str, str], str | None]
    """Why a principal may not (scope, access key, action, resource), or None."""

    def clients(self, inner: Application) -> Application:
        """Wrap ``inner`` to respond to the plugin's requests, whose signatures have been checked."""

        async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
            headers = dict(scope["headers"]) if scope["type"] == "http" else {}
            name = next((name for name in HEADERS if name in headers), None)
            if name is None or b"x-amz-target" in headers:
                await inner(scope, receive, send)
                return
            try:
                record = self._addressed(name, headers)
                action = actions.of_client(record.kind.arn_type, scope["method"], scope["path"])
                self._admit(record, scope[CALLER], action, scope["path"])
                body = await body_of(receive)
                await forward(self.servers.threads, lambda: self.servers.running(record), scope, body, send)
            except AwsError as error:
                await _refuse(send, error)

        return application

    def pages(self, inner: Application) -> Application:
        """Wrap ``inner`` to respond to browsers' requests for MLflow's host names."""

        async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
            host = browsers.host_of(scope["headers"]) if scope["type"] == "http" else ""
            if not host.endswith(f".{DOMAIN}"):
                await inner(scope, receive, send)
                return
            try:
                browsers.refuse_other_sites(scope)
                if scope["path"] == "/auth":
                    await self._open(host, scope, send)
                else:
                    await self._page(host, scope, receive, send)
            except AwsError as error:
                await _refuse(send, error)

        return application

    async def _open(self, host: str, scope: dict[str, Any], send: Any) -> None:
        token = (parse_qs(scope["query_string"].decode("latin-1")).get("authToken") or [""])[0]
        session = self.links.open(host, token) if scope["method"] == "GET" else None
        if session is None:
            raise AwsError("AccessDeniedException", "The URL has expired or has been used: create another one.", 403)
        headers = [(b"location", b"/"), (b"set-cookie", browsers.cookie(*session)), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 302, "headers": [*headers, (b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _page(self, host: str, scope: dict[str, Any], receive: Any, send: Any) -> None:
        session = self.links.session(host, browsers.cookie_of(scope["headers"]))
        if session is None:
            message = "The session has expired: create a presigned URL and open it."
            raise AwsError("AccessDeniedException", message, 403)
        record = session.record
        action = actions.of_page(record.kind.arn_type, scope["method"], scope["path"])
        self._admit(record, session.caller, action, scope["path"])
        body = await body_of(receive)
        await forward(self.servers.threads, lambda: self.servers.running(record), scope, body, send)

    def _addressed(self, name: bytes, headers: dict[bytes, bytes]) -> Record:
        """The resource that a client's header names. Raises `AwsError` if there is none."""
        kind, service = HEADERS[name]
        arn = headers[name].decode("latin-1")
        parts = _ARN.fullmatch(arn)
        if parts is None or parts["kind"] != kind:
            raise AwsError("ValidationException", f"{arn} is no ARN of type {kind}.")
        signed = _CREDENTIAL.search(headers.get(b"authorization", b""))
        if signed is None or signed["service"].decode() != service:
            raise AwsError(
                "InvalidSignatureException", f"Credential should be scoped to correct service: '{service}'.", 403
            )
        record = self.store.by_arn(Scope(parts["account"], parts["region"]), arn)
        if record is None:
            raise AwsError("ResourceNotFound", f"{arn} does not exist.", 404)
        return record

    def _admit(self, record: Record, caller: str, action: str | None, path: str) -> None:
        """Raise `AwsError` unless the caller may, and MLflow runs."""
        if action is None:
            raise AwsError("UnknownOperationException", f"{path} is no path of SageMaker's MLflow.", 404)
        if self.account_of(caller) != record.scope.account:
            raise AwsError("AccessDeniedException", f"{record.arn} belongs to another account.", 403)
        if denied := self.decide(record.scope, caller, action, record.arn):
            raise AwsError("AccessDeniedException", denied, 403)
        if not serves(record) or self.store.by_arn(record.scope, record.arn) is not record:
            raise AwsError("ConflictException", f"{record.arn} is not active: start it first.", 409)


async def _refuse(send: Any, error: AwsError) -> None:
    status, headers, body = error.response("application/json")
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*pairs, length]})
    await send({"type": "http.response.body", "body": body})
