"""EMR's errors, and its identifiers."""

from __future__ import annotations

import secrets
import string

from local_aws.api.errors import AwsError

ALPHABET = string.ascii_uppercase + string.digits


def invalid_request(message: str) -> AwsError:
    """EMR's error for most mistakes."""
    return AwsError("InvalidRequestException", message)


def new_id(prefix: str, length: int = 13) -> str:
    """A new identifier in EMR's format."""
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


def new_serverless_id() -> str:
    """A new identifier in EMR Serverless's format."""
    return "00" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(14))
