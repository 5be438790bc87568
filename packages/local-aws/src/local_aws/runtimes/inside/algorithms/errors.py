"""The error that AWS's algorithms report as the customer's, with exit code 2."""

from __future__ import annotations

CUSTOMER_EXIT_CODE = 2
"""SageMaker shows the reason of a job that ends with it as a ClientError."""


class CustomerError(ValueError):
    """A mistake in the job's hyperparameters, channels or files."""


def unreadable(channel: str, content_type: str, reason: object) -> CustomerError:
    """AWS's words for a file that does not match its content type."""
    return CustomerError(
        f"Unable to read data channel '{channel}'. Requested content-type is '{content_type}'. Please verify the data "
        f"matches the requested content-type. (caused by {reason})"
    )
