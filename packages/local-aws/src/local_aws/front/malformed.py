"""Errors for input that breaks the emulator's own readers, which would report a server error (HTTP 500), or take it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from local_aws.api.errors import AwsError, Response
from local_aws.api.numbers import INTEGER

WHOLE_IN_S3 = ("max-keys", "max-parts", "max-uploads", "max-buckets", "part-number-marker", "partNumber")
"""Members of S3's queries that are integers in botocore's model."""
Handler = Callable[..., Awaitable[Response]]
NO_NUMBER = re.compile(r"invalid literal for int\(\) with base 10: (?P<value>.*)")


def refusing_malformed(service: str, inner: Handler, refuse: Callable[[str, AwsError, Any], Response]) -> Handler:
    """Wrap a service's handler to refuse text that is not UTF-8, and words where EC2 and S3's queries want numbers.

    ``refuse`` formats an error for the service, for a request with these headers.
    """

    async def handler(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
        for name in WHOLE_IN_S3 if service == "s3" and query else ():
            if any(not INTEGER.fullmatch(text) for text in _texts(query.get(name))):
                words = f"Provided {name} not an integer or within integer range"
                return refuse(service, AwsError("InvalidArgument", words), headers)
        try:
            return await inner(method, path, headers, body, query)
        except UnicodeDecodeError:
            code = "MalformedXML" if service == "s3" else "SerializationException"
            return refuse(service, AwsError(code, "The request body is not UTF-8 text."), headers)
        except ValueError as error:
            number = NO_NUMBER.fullmatch(str(error))
            if service != "ec2" or number is None:
                raise
            message = f"Value ({number['value']}) is invalid: an integer is expected."
            return refuse(service, AwsError("InvalidParameterValue", message), headers)

    return handler


def _texts(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]
