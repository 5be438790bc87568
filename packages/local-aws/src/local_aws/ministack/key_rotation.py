"""KMS: RotateKeyOnDemand and ListKeyRotations, which ministack lacks.

As on AWS, the key keeps its ARN, and what it encrypted before stays readable. Here the key material itself stays the
same: only the record of the rotation is new, and it is complete at once.
"""

from __future__ import annotations

import time
from typing import Any

from local_aws.api.numbers import is_digits
from local_aws.ministack.added_operations import add_operations

MOST_ON_DEMAND = 25
"""Rotations on demand of one key ("a maximum of 25 times per KMS key", API reference of RotateKeyOnDemand)."""
ROTATIONS = "_rotations"
LISTED = 100
"""Rotations in an answer without a Limit (API reference of ListKeyRotations)."""


def rotate_keys() -> None:
    """Add the operations to ministack's module."""
    from ministack.services import kms

    def key_of(request: dict[str, Any]) -> tuple[Any, Any]:
        """The key, and an error if it can't be rotated."""
        key = kms._resolve_key(request.get("KeyId", ""))
        if not key:
            message = f"Key '{request.get('KeyId')}' does not exist"
            return None, kms.error_response_json("NotFoundException", message, 400)
        if key.get("KeySpec") != "SYMMETRIC_DEFAULT" or key.get("Origin") != "AWS_KMS":
            message = f"{key['Arn']} can't be rotated: it is no symmetric key of KMS's own material."
            return key, kms.error_response_json("UnsupportedOperationException", message, 400)
        return key, None

    def rotate(request: dict[str, Any]) -> Any:
        key, error = key_of(request)
        if error := error or kms._check_key_state(key):
            return error
        rotations = key.setdefault(ROTATIONS, [])
        if len(rotations) >= MOST_ON_DEMAND:
            message = f"The maximum number of on-demand rotations ({MOST_ON_DEMAND}) of {key['Arn']} is reached."
            return kms.error_response_json("LimitExceededException", message, 400)
        rotations.append({"KeyId": key["Arn"], "RotationDate": int(time.time()), "RotationType": "ON_DEMAND"})
        return kms.json_response({"KeyId": key["Arn"]})

    def listed(request: dict[str, Any]) -> Any:
        key, error = key_of(request)
        if error:
            return error
        rotations, marker = key.get(ROTATIONS, []), str(request.get("Marker", "0"))
        if not is_digits(marker) or int(marker) > len(rotations):
            return kms.error_response_json("InvalidMarkerException", "Invalid marker.", 400)
        end = int(marker) + int(request.get("Limit", LISTED))
        page = {"Rotations": rotations[int(marker) : end], "Truncated": end < len(rotations)}
        return kms.json_response({**page, "NextMarker": str(end)} if page["Truncated"] else page)

    add_operations(kms, {"RotateKeyOnDemand": rotate, "ListKeyRotations": listed})
