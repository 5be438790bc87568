"""Requests as a VPC endpoint sees them: the endpoint's service, and the actions and resources for its policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from ministack.core import iam_actions, router
from ministack.services import s3

from local_aws.api.service import Scope
from local_aws.api.wire import read_json
from local_aws.front.signatures import SignedRequest
from local_aws.iam import needs
from local_aws.iam.enforcement import Need
from local_aws.ministack.signatures import with_bucket
from local_aws.mlflow import actions

SIGNED = re.compile(r"[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
ENDPOINT_NAMES = {
    "ecr": "ecr.api",
    "email": "email-smtp",
    "firehose": "kinesis-firehose",
    "kinesis": "kinesis-streams",
    "sagemaker": "sagemaker.api",
}
"""The last part of an endpoint's service name, where it is not the name that requests are signed for. Source: "AWS
services that integrate with AWS PrivateLink"."""
APP, SERVER = "x-sm-mlflow-app-arn", "x-mlflow-sm-tracking-server-arn"
"""The headers of MLflow's clients."""
APPS = "the MLflow App"


@dataclass(frozen=True)
class EndpointRequest:
    """A request, with the region and the service that it is signed for."""

    request: SignedRequest
    region: str
    service: str

    @classmethod
    def of(cls, request: SignedRequest) -> EndpointRequest:
        """Read the signature, which has been verified. URLs that S3 presigned with version 2 name no region."""
        text = request.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
        text = text or (request.query.get("X-Amz-Credential") or [""])[0]
        signed = SIGNED.fullmatch(unquote(text).strip())
        if signed is None:
            return cls(request, router.extract_region(request.headers, request.query), "s3")
        return cls(request, signed["region"], signed["service"])

    @property
    def endpoint(self) -> str:
        """The service name of the VPC endpoint."""
        if self.service == "sagemaker-mlflow":
            return f"aws.sagemaker.{self.region}.experiments"
        if self.is_app:
            return f"{APPS} ({self.request.headers[APP]})"
        name = ENDPOINT_NAMES.get(self.service, self.service)
        if self.service == "sagemaker" and self.request.path.startswith("/endpoints/"):
            name = "sagemaker.runtime"
        return f"com.amazonaws.{self.region}.{name}"

    @property
    def is_app(self) -> bool:
        """Whether it is for an MLflow App. AWS documents no endpoint for them: only NAT leads there (not confirmed)."""
        return APP in self.request.headers and "x-amz-target" not in self.request.headers


def needs_of(target: EndpointRequest, scope: Scope, body: bytes) -> Iterator[Need]:
    """What an endpoint's policy must allow. An action that can't be read is ``service:Unknown``."""
    request = target.request
    if arn := request.headers.get(SERVER):
        action = actions.of_client("mlflow-tracking-server", request.method, unquote(request.path))
        yield Need(action or "sagemaker-mlflow:Unknown", arn)
    elif target.service == "sagemaker":
        yield _of_sagemaker(target, scope, body)
    else:
        yield from _of_ministack(target, scope, body)


def bucket_owner(resource: str, scope: Scope) -> str | None:
    """The account that owns the bucket of a resource; None for one that no account of this server has."""
    bucket = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    if bucket in ("", "*"):
        return scope.account
    owners = [account for account, name in list(s3._buckets._data) if name == bucket]
    return scope.account if scope.account in owners else next(iter(owners), None)


def _of_sagemaker(target: EndpointRequest, scope: Scope, body: bytes) -> Need:
    request = target.request
    parts = request.path.split("/")
    if request.path.startswith("/endpoints/") and len(parts) > 3:
        asynchronous = parts[3] == "async-invocations"
        resource = scope.arn("sagemaker", f"endpoint/{unquote(parts[2]).lower()}")
        return Need(f"sagemaker:InvokeEndpoint{'Async' if asynchronous else ''}", resource)
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2] or "Unknown"
    try:
        return next(iter(needs.of_the_caller(scope, operation, dict(read_json(body or b"{}")))))
    except (ValueError, TypeError, KeyError):  # a malformed request, which the service refuses
        return Need(f"sagemaker:{operation}")


def _of_ministack(target: EndpointRequest, scope: Scope, body: bytes) -> Iterator[Need]:
    request = target.request
    path = unquote(with_bucket(request) if target.service == "s3" else request.path)
    service = router.detect_service(request.method, path, request.headers, request.query)
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    query = {**parse_qs(body.decode("latin-1")), **request.query} if form else request.query
    read = (service, request.method, path, request.headers, body, query)
    action = iam_actions.extract_iam_action(*read) or f"{service}:Unknown"
    resource = iam_actions.extract_resource_arn(*read, target.region, scope.account)
    if service != "s3":
        yield Need(action, resource)
        return
    context = iam_actions.s3_service_context(action, request.query, path, request.headers)
    yield Need(action, resource, tuple((key.lower(), value) for key, value in context.items()))
    for more, arn in iam_actions.s3_additional_checks(request.method, path, request.headers, body, request.query):
        yield Need(more, arn)
