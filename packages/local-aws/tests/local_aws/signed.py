"""Requests as no SDK would send them, yet signed: any body, headers, method and path."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_aws.launcher import LocalAws

JSON_1_1 = "application/x-amz-json-1.1"
SECONDS = 20
"""A request that takes longer than this hangs."""
_pool = urllib3.PoolManager(maxsize=10, retries=False)


def signature(
    aws: LocalAws,
    service: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    path: str = "/",
    **keys: str,
) -> dict[str, str]:
    """The headers, with those that sign for ``service`` (its name in credential scopes).

    ``keys`` are credentials as clients take them; the server's own account's where there are none.
    """
    variables = aws.environment
    credentials = Credentials(
        keys.get("aws_access_key_id", variables["AWS_ACCESS_KEY_ID"]),
        keys.get("aws_secret_access_key", aws.secret),
        keys.get("aws_session_token"),
    )
    request = AWSRequest(method=method, url=aws.url + path, data=body, headers=dict(headers))
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, variables["AWS_REGION"]).add_auth(request)
    return dict(request.headers.items())


def send(
    aws: LocalAws,
    service: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/",
    **keys: str,
) -> urllib3.BaseHTTPResponse:
    """One signed request."""
    signed = signature(aws, service, body, headers or {}, method=method, path=path, **keys)
    return _pool.request(method, aws.url + path, body=body, headers=signed, timeout=SECONDS)


def call(
    aws: LocalAws, target: str, body: bytes, *, service: str = "sagemaker", method: str = "POST"
) -> urllib3.BaseHTTPResponse:
    """One request of AWS's JSON protocol; ``target`` is the X-Amz-Target, such as SageMaker.ListModels."""
    return send(aws, service, body, {"Content-Type": JSON_1_1, "X-Amz-Target": target}, method=method)
