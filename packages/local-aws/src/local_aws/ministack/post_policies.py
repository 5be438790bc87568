"""The fields of an upload form for S3, and the signature of its policy among them, of version 4 or 2.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html. ministack decides the policy's conditions and
its expiry, but looks at the signature only where IAM is enforced.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from ministack.core import sigv4

from local_aws.api.errors import AwsError

MOST_FIELDS = 20 << 10
"""Bytes of a form without its file: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html"""
CREDENTIALS = ("x-amz-credential", "awsaccesskeyid")
VERSION_4 = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
VERSION_2 = ("awsaccesskeyid", "signature")
Part = tuple[str, str | None, dict[str, str], bytes]
"""A field's name, its file's name, its headers and its content."""


def ignore_fields_below_files() -> None:
    """Let S3 ignore what follows a form's file, such as its button in AWS's example; safe to call again."""
    from ministack.services import s3  # here, because it loads the service

    inner = s3._parse_multipart_form
    if not hasattr(inner, "inner"):

        def parse(content_type: str, body: bytes) -> list[Part]:
            parts: list[Part] = inner(content_type, body)
            names = [name for name, *_ in parts]
            return parts[: names.index("file") + 1] if "file" in names else parts

        parse.inner = inner  # type: ignore[attr-defined]
        s3._parse_multipart_form = parse


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form without its file, by their names in lower case.

    Raises `AwsError` for more of them than S3 takes, and for credentials that are there twice: ministack would take
    one for the signer and the other for the caller.
    """
    from ministack.services import s3

    parts = s3._parse_multipart_form(content_type, body)
    file = sum(len(content) for name, _, _, content in parts if name == "file")
    if len(body) - file > MOST_FIELDS:
        message = "Your POST request fields preceding the upload file were too large."
        raise AwsError("MaxPostPreDataLengthExceededError", message)
    names = [name.lower() for name, *_ in parts]
    if sum(names.count(name) for name in CREDENTIALS) > 1:
        raise AwsError("IncompleteSignature", "The request names its credentials more than once.")
    return {name.lower(): content.decode("utf-8", "replace") for name, _, _, content in parts if name != "file"}


@dataclass(frozen=True, slots=True)
class PolicySignature:
    """Who signed a policy, and how."""

    access_key: str
    policy: str
    signature: str
    date: str = ""
    region: str = ""
    """Both are empty in version 2."""

    def matches(self, secret: str) -> bool:
        """Whether this secret gives this signature."""
        if self.date:
            expected = sigv4.calculate_signature(secret, self.date, self.region, "s3", self.policy)
        else:
            digest = hmac.new(secret.encode(), self.policy.encode(), hashlib.sha1).digest()
            expected = base64.b64encode(digest).decode()
        return hmac.compare_digest(expected.encode(), self.signature.encode())


def signature_of(fields: Mapping[str, str]) -> PolicySignature | None:
    """The signature among the fields of a form, or None if it has no complete one. Names are in lower case."""
    if any(name in fields for name in VERSION_4):
        scope = fields.get("x-amz-credential", "").split("/")
        if len(scope) != 5 or scope[3:] != ["s3", "aws4_request"] or {*VERSION_4, "policy"} - fields.keys():
            return None
        return PolicySignature(scope[0], fields["policy"], fields["x-amz-signature"], scope[1], scope[2])
    if {*VERSION_2, "policy"} - fields.keys():
        return None
    return PolicySignature(fields["awsaccesskeyid"], fields["policy"], fields["signature"])
