"""AWS's errors: a code that SDKs dispatch on, and a message for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Response = tuple[int, dict[str, str], bytes]
"""HTTP status, headers and body, as a ministack handler returns them."""


class AwsError(Exception):
    """An error for the client; boto3 shows `code` as ``error.response["Error"]["Code"]``."""

    def __init__(self, code: str, message: str, status: int = 400, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})

    def response(self, content_type: str = "application/x-amz-json-1.1") -> Response:
        """The error as an HTTP response; REST services read the code from the header, JSON services from the body."""
        body = {"__type": self.code, "message": self.message, "Message": self.message, **self.members}
        headers = {"Content-Type": content_type, "x-amzn-errortype": self.code}
        return self.status, headers, json.dumps(body).encode()


def validation_error(message: str) -> AwsError:
    """SageMaker's error for most mistakes, including a missing resource."""
    return AwsError("ValidationException", message)


def not_implemented(feature: str) -> AwsError:
    """The error for a feature that AWS has and the local AWS lacks; not a 500, which SDKs would retry."""
    return AwsError("NotImplementedException", f"The local AWS does not implement {feature}.", status=501)
