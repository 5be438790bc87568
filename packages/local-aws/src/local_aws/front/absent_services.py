"""Names the operation that a request is for, of a service of AWS that is not here: the refusal says what was called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import botocore.session
from botocore.model import ServiceModel

from local_aws.api.errors import AwsError
from local_aws.api.rest_service import RestRoutes
from local_aws.api.service import service_model

SCOPE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")
"""The name for which a request is signed, in its credential scope."""


def is_service(name: str) -> bool:
    """Whether requests to a service of AWS are signed for this name."""
    return name in _services() or name in _services_by_name()


def called(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> tuple[str, str]:
    """What a request calls, such as ``braket:CreateJob``, and the protocol of its service."""
    scope = SCOPE.search(headers.get("authorization", ""))
    name, protocol = scope[1] if scope else "the service", ""
    for model in _models(name):
        protocol = protocol or model.metadata["protocol"]
        if operation := _operation(model, method, path, headers, body, query):
            return f"{model.service_name}:{operation}", model.metadata["protocol"]
    return f"{name}: {method} {path}", protocol


def _models(name: str) -> Iterator[ServiceModel]:
    """The models of the services whose requests are signed for this name, first the one that is called so."""
    if name in _services():
        yield service_model(name)
    for other in sorted(_services_by_name().get(name, set()) - {name}):
        yield service_model(other)


def _operation(
    model: ServiceModel, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> str | None:
    if model.metadata["protocol"].startswith("rest"):
        with suppress(AwsError):
            return str(RestRoutes(model).find(method, path, query)[0].name)
        return None
    called_by_path = path.rpartition("/operation/")[2]  # Smithy's RPC v2 CBOR
    action = parse_qs(body.decode("latin-1")).get("Action", [""])[0]
    names = (headers.get("x-amz-target", "").rpartition(".")[2], called_by_path, action)
    return next((name for name in names if name in model.operation_names), None)


@cache
def _services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


@cache
def _services_by_name() -> Mapping[str, set[str]]:
    """Services by all of their names; reads all models, which takes seconds, and keeps none of them."""
    session, names = botocore.session.get_session(), defaultdict[str, set[str]](set)
    for service in _services():
        metadata = session.get_service_model(service).metadata
        for name in (metadata.get("endpointPrefix"), metadata.get("signingName")):
            names[name or service].add(service)
    return names
