"""Requests that no SDK would send, signed as an SDK signs: for what is wrong with them besides."""

from __future__ import annotations

from typing import Any

import urllib3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_aws.launcher import LocalAws


def signed_headers(
    aws: LocalAws,
    service: str,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    **keys: str,
) -> dict[str, str]:
    """The request's headers with its signature. ``keys`` as clients take them; the account's own by default."""
    credentials = Credentials(
        keys.get("aws_access_key_id", aws.environment["AWS_ACCESS_KEY_ID"]),
        keys.get("aws_secret_access_key", aws.secret),
        keys.get("aws_session_token"),
    )
    request = AWSRequest(method, aws.url + path, headers=headers or {}, data=body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, aws.environment["AWS_REGION"]).add_auth(request)
    return dict(request.headers.items())


def send(
    aws: LocalAws,
    service: str,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    **keys: str,
) -> Any:
    """Send a signed request; urllib3's response."""
    signed = signed_headers(aws, service, method, path, headers, body, **keys)
    return urllib3.request(method, aws.url + path, body=body, headers=signed, retries=False, redirect=False)
