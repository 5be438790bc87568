"""Copies a promoted model, with all that is pinned with it, to the own model bucket after its digest was proven.

The bytes pass through this machine, because only who reads them can compare their SHA-256 before they are written where
an endpoint would read them. A copy that was interrupted leaves nothing: S3 shows an object when it is complete.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.promotions.artifacts import Progress, put, read_digest, stored_digest
from launchpad.promotions.checks import Doubt, other_bytes, other_copy, registered
from launchpad.promotions.denials import DeniedError, is_denied
from launchpad.promotions.promotion import Clients, Promotion


def copy(clients: Clients, promotion: Promotion, bucket: str, progress: Progress) -> int:
    """Copy a model and all that is pinned with it, and return its size; what another deploy is copying is the same.

    Raises:
        DeniedError: the role may not read or write it, perhaps not yet.
        LaunchpadError: it is not approved, can't be read, or is not what was pinned. The object was not written.
    """
    refuse([promotion], list(registered(clients, promotion)))
    return sum(
        _copied(clients, promotion, bucket, key, pinned, progress) for key, pinned in promotion.promoted.files.items()
    )


def _copied(clients: Clients, promotion: Promotion, bucket: str, key: str, pinned: str, progress: Progress) -> int:
    """Copy one object unless the bucket has it, and return its size."""
    source, s3 = f"s3://{promotion.promoted.bucket}/{key}", clients.client("s3")
    with tempfile.TemporaryFile() as content:
        try:
            digest = read_digest(s3, promotion.promoted.bucket, key, progress, content)
        except ClientError as error:
            raise _error(error)(
                f"{source} can't be read: {error.response['Error'].get('Message', error)}; it was deleted,"
                f" or bucket and key of {promotion.source} do not let this environment in: deploy {promotion.source}"
            ) from error
        if digest != pinned:
            refuse([promotion], [other_bytes(source, digest, pinned)])
        size = content.seek(0, os.SEEK_END)
        try:
            put(s3, bucket, key, content, size, pinned)
        except ClientError as error:
            message = error.response["Error"].get("Message", error)
            raise _error(error)(f"s3://{bucket}/{key} can't be written: {message}; deploy again") from error
    stored = stored_digest(s3, bucket, key, progress)
    if stored is None:
        raise DeniedError(f"s3://{bucket}/{key} was written, and can't be read; deploy again")
    if stored != pinned:
        refuse([promotion], [other_copy(f"s3://{bucket}/{key}", stored, pinned)])
    return size


def refuse(promotions: list[Promotion], reasons: list[Doubt]) -> None:
    """Refuse to serve promoted models.

    Raises:
        DeniedError: nothing is known to be wrong, but it may not be asked.
        LaunchpadError: there is a reason.
    """
    if reasons:
        names = "; ".join(promotion.words for promotion in promotions)
        kind = LaunchpadError if any(reason.is_certain for reason in reasons) else DeniedError
        raise kind("\n".join([f"{names} is not served:", *_lines(reasons)]))


def _error(error: ClientError) -> type[LaunchpadError]:
    return DeniedError if is_denied(error) else LaunchpadError


def _lines(reasons: list[Doubt]) -> Iterator[str]:
    for reason in reasons:
        yield f"  {reason.text}"
        yield f"    → {reason.remedy}"
