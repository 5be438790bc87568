"""What S3 refuses of a request to read, by the request alone: numbers, versions, tokens and parts.

Confirmed by users' reports and published tests against AWS are the words and codes. Not confirmed is how S3 tells an
identifier that no version can have: what is neither one of this server's nor has 32 characters is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import service_model

MOST = 2**31 - 1
PAGES = {"max-keys": "maxKeys", "max-uploads": "max-uploads", "max-parts": "max-parts"}
"""Parameters with the size of a page, and their names in S3's words."""
MOST_BUCKETS = MOST_PARTS = 10_000
VERSION = re.compile(r"null|[\w.-]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ENCRYPTION = "x-amz-server-side-encryption"


def refuse_reading(method: str, headers: Mapping[str, str], query: Mapping[str, Any], *, of_an_object: bool) -> None:
    """Raise `AwsError` for what S3 does not read."""
    parameters = {name: texts[0] if isinstance(texts, list) else texts for name, texts in query.items()}
    _check_pages(parameters)
    if of_an_object:
        _check_version(parameters)
    if of_an_object and method in ("GET", "HEAD"):
        _check_object(headers, parameters)
    elif method == "GET":
        _check_markers(parameters)


def _check_pages(parameters: Mapping[str, str]) -> None:
    limits = {name: (spelling, 0, MOST) for name, spelling in PAGES.items()}
    for name, (spelling, least, most) in {**limits, "max-buckets": ("max-buckets", 1, MOST_BUCKETS)}.items():
        size = int(parameters.get(name) or least)
        if size > MOST:
            raise _invalid(f"Provided {name} not an integer or within integer range")
        if not least <= size <= most:
            raise _invalid(f"Argument {spelling} must be an integer between {least} and {most}")


def _check_version(parameters: Mapping[str, str]) -> None:
    version = parameters.get("versionId")
    if version == "":
        raise _invalid("Version id cannot be the empty string")
    if version is not None and not VERSION.fullmatch(version):
        raise _invalid("Invalid version id specified")


def _check_object(headers: Mapping[str, str], parameters: Mapping[str, str]) -> None:
    part = parameters.get("partNumber")
    if part is not None and "range" in headers:
        raise AwsError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    if part is not None and not 1 <= int(part) <= MOST_PARTS:
        raise _invalid(f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive")
    if ENCRYPTION in headers:
        raise _invalid(f"{ENCRYPTION} header is not supported for this operation.")
    attributes = headers.get("x-amz-object-attributes", "") if "attributes" in parameters else ""
    attribute_names = service_model("s3").shape_for("ObjectAttributes").enum
    if any(name.strip() not in attribute_names for name in attributes.split(",") if name.strip()):
        raise _invalid("Invalid attribute name specified.")


def _check_markers(parameters: Mapping[str, str]) -> None:
    token = parameters.get("continuation-token")
    if parameters.get("list-type") == "2" and token is not None and not _is_token(token):
        raise _invalid("The continuation token provided is incorrect")
    if parameters.get("version-id-marker") and not parameters.get("key-marker"):
        raise _invalid("A version-id marker cannot be specified without a key marker.")


def _is_token(token: str) -> bool:
    """Whether a token can be one that ministack gives: a key in base64."""
    try:
        return bool(base64.b64decode(token, validate=True).decode())
    except ValueError:
        return False


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidArgument", words)
