"""EMR's errors, and its identifiers."""

from __future__ import annotations

import secrets
import string

from local_aws.api.errors import AwsError

ALPHABET = string.ascii_uppercase + string.digits


def invalid_request(message: str) -> AwsError:
    """EMR's answer to most mistakes."""
    return AwsError("InvalidRequestException", message)


def new_id(prefix: str, length: int = 13) -> str:
    """An identifier as EMR makes them."""
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


def new_serverless_id() -> str:
    """An identifier of EMR Serverless."""
    return "00" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(14))
