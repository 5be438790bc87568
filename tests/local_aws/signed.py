"""Requests as no SDK would send them, yet signed: any body, headers, method and path."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_aws.launcher import LocalAws

JSON_1_1 = "application/x-amz-json-1.1"
SECONDS = 20
"""A request that takes longer than this hangs."""
_pool = urllib3.PoolManager(maxsize=10, retries=False)


def send(
    aws: LocalAws,
    service: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/",
) -> urllib3.BaseHTTPResponse:
    """One request, signed for ``service`` (the name in credential scopes) with the server's own credentials."""
    variables = aws.environment
    credentials = Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest(method=method, url=aws.url + path, data=body, headers=dict(headers or {}))
    SigV4Auth(credentials, service, variables["AWS_REGION"]).add_auth(request)
    return _pool.request(method, aws.url + path, body=body, headers=dict(request.headers.items()), timeout=SECONDS)


def call(
    aws: LocalAws, target: str, body: bytes, *, service: str = "sagemaker", method: str = "POST"
) -> urllib3.BaseHTTPResponse:
    """One request of AWS's JSON protocol; ``target`` is the X-Amz-Target, such as SageMaker.ListModels."""
    return send(aws, service, body, {"Content-Type": JSON_1_1, "X-Amz-Target": target}, method=method)
