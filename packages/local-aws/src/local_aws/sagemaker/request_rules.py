"""What every operation of SageMaker refuses beyond its model: roles of other accounts, and repeated tags.

Note: the codes and words of the refusals are those of other services; what SageMaker says is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.members import values, without_maps
from local_aws.api.service import Scope, service_model

ROLE_MEMBERS = ("RoleArn", "ExecutionRoleArn", "ExecutionRole")
ACCOUNT = 4
"""The field of an ARN with the account's number."""


def structure(operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request without its maps, in which roles, images and keys are found by the names of their members."""
    without: Mapping[str, Any] = without_maps(
        service_model("sagemaker").operation_model(operation).input_shape, request
    )
    return without


def check_request(scope: Scope, operation: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a role or tags that no operation accepts."""
    for role in values(structure(operation, request), *ROLE_MEMBERS):
        if role.split(":")[ACCOUNT] != scope.account:
            raise validation_error("Cross-account pass role is not allowed.")
    _check_tags([tag["Key"] for tag in request.get("Tags") or ()])


def _check_tags(keys: list[str]) -> None:
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise validation_error(f"Duplicate tag keys are not allowed: {', '.join(repeated)}")
