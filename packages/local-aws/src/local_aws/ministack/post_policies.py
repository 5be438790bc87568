"""The signature of an upload form's policy, of version 4 or 2, among the form's fields.

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

VERSION_4 = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
VERSION_2 = ("awsaccesskeyid", "signature")


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
