"""What scalable targets mean for SageMaker's own operations: UpdateEndpoint and DeleteEndpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.application_autoscaling.registry import TARGET
from local_aws.application_autoscaling.service import ApplicationAutoScaling

Guard = Callable[[Scope, str, Mapping[str, Any]], None]
DENIED = (
    "An Application AutoScaling scalable target exists for a variant being deleted, and the IAM identity used to "
    "invoke DeleteEndpoint does not have application-autoscaling:DeregisterScalableTarget permission to deregister "
    "the scalable target."
)
"""The message as users of the API quote it."""


def minding_targets(
    operations: Mapping[str, Operation],
    scaling: Callable[[], ApplicationAutoScaling],
    guard: Callable[[], Guard | None],
) -> dict[str, Operation]:
    """SageMaker's operations; ``guard`` returns the check of the caller's permissions, if IAM is enforced."""
    update, delete = operations["UpdateEndpoint"], operations["DeleteEndpoint"]

    def update_endpoint(scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        if scaled := scaling().changed_variants(scope, request["EndpointName"], request["EndpointConfigName"]):
            names = ", ".join(f'"{name}"' for name in scaled)
            raise validation_error(
                f"The variant(s) [{names}] must be deregistered as scalable targets with AWS Auto Scaling before they "
                "can be removed or have their instance type updated."
            )
        return update(scope, request)

    def delete_endpoint(scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        targets = scaling().of_endpoint(scope, request["EndpointName"])
        check = guard()
        if check:
            _check_all(check, scope, targets)
        response = delete(scope, request)
        for target in targets:
            scaling().deregister(scope, target)
        return response

    return {**operations, "UpdateEndpoint": update_endpoint, "DeleteEndpoint": delete_endpoint}


def _check_all(check: Guard, scope: Scope, targets: Iterable[dict[str, Any]]) -> None:
    for target in targets:
        try:
            check(scope, "DeregisterScalableTarget", {name: target[name] for name in TARGET})
        except AwsError as error:
            raise AwsError("AccessDeniedException", DENIED) from error
