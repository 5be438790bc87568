"""Model Monitor and Clarify, as an account sees them that is new to them.

AWS closed both to new customers on 2026-07-30. What it answers to such an account is not documented: the words of the
refusals are ours. Capturing data needs neither of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import StructureShape

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Operation, Scope, service_model

CLOSED = "{what}: Amazon SageMaker {service} is no longer open to new customers, and this account is one. {instead}"
INSTEAD_OF_MONITOR = (
    "Capture data with DataCaptureConfig, and compare it with a baseline in a processing job that EventBridge starts."
)
INSTEAD_OF_CLARIFY = "Explain predictions in the model's own container, such as with the library shap."
OPERATIONS = re.compile(
    r"(?P<verb>Create|Describe|Update|Delete|Start|Stop|List)"
    r"(?P<noun>Monitoring\w+|(DataQuality|ModelQuality|ModelBias|ModelExplainability)JobDefinitions?)"
)


class ModelMonitor:
    """The operations of Model Monitor: nothing can be created, so there is nothing to describe, and lists are empty."""

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return dict(self._operations())

    def recover(self) -> None:
        """Nothing was kept."""

    def _operations(self) -> Iterator[tuple[str, Operation]]:
        for name in service_model("sagemaker").operation_names:
            match = OPERATIONS.fullmatch(name)
            if match is None:
                continue
            if match["verb"] == "Create":
                yield name, _refusing(name)
            elif match["verb"] == "List" and not _of_a_schedule(name):
                yield name, _empty(name)
            else:
                yield name, _missing


def check_explainer(config: dict[str, Any]) -> None:
    """Raise ValidationException for an endpoint configuration that Clarify would explain."""
    if "ExplainerConfig" in config:
        raise validation_error(CLOSED.format(what="ExplainerConfig", service="Clarify", instead=INSTEAD_OF_CLARIFY))


def _refusing(name: str) -> Operation:
    def refuse(_scope: Scope, _request: dict[str, Any]) -> None:
        raise validation_error(CLOSED.format(what=name, service="Model Monitor", instead=INSTEAD_OF_MONITOR))

    return refuse


def _of_a_schedule(name: str) -> bool:
    """Whether the operation lists parts of a schedule that the request must name."""
    shape = service_model("sagemaker").operation_model(name).input_shape
    return isinstance(shape, StructureShape) and "MonitoringScheduleName" in shape.required_members


def _empty(name: str) -> Operation:
    shape = service_model("sagemaker").operation_model(name).output_shape
    assert isinstance(shape, StructureShape)  # noqa: S101 (every list operation returns members)
    response: dict[str, Any] = {key: [] for key, member in shape.members.items() if member.type_name == "list"}
    return lambda _scope, _request: response


def _missing(scope: Scope, request: dict[str, Any]) -> None:
    name = request.get("MonitoringScheduleName") or request.get("JobDefinitionName", "")
    kind = "monitoring schedule" if "MonitoringScheduleName" in request else "job definition"
    raise AwsError("ResourceNotFound", f"Could not find {kind} {name} of account {scope.account}.")
