"""The services that state machines can call in addition to those of the emulator's engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.service import JsonService, Scope
from local_aws.step_functions.emr import EmrIntegration
from local_aws.step_functions.emr_serverless import EmrServerlessIntegration
from local_aws.step_functions.sagemaker import SageMakerIntegration
from local_aws.step_functions.task import Integration

SDK_SERVICES: Mapping[str, Mapping[str, Any]] = {
    "sagemaker": {
        "call": {"target_prefix": "SageMaker", "protocol": "json", "service_key": "sagemaker"},
        "prefix": "SageMaker",
        "errors": {
            "ResourceInUse": "ResourceInUseException",
            "ResourceNotFound": "ResourceNotFoundException",
            "ResourceLimitExceeded": "ResourceLimitExceededException",
            "ValidationException": "SageMakerException",
        },
    },
    "emr": {
        "call": {"target_prefix": "ElasticMapReduce", "protocol": "json", "service_key": "elasticmapreduce"},
        "prefix": "Emr",
        "errors": {"ValidationException": "EmrException"},
    },
}
"""`arn:aws:states:::aws-sdk:<name>:...`: how to call it, and its errors' prefix in AWS's SDK for Java."""


def integrations(
    sagemaker: JsonService,
    emr: Callable[[], JsonService],
    emr_serverless: Callable[[], JsonService],
    scope: Callable[[], Scope],
) -> dict[str, Integration]:
    """The integrations of our services by their resource's prefix.

    ``scope`` returns the account and region of the calling thread. EMR's services are created on first use.
    """
    return {
        "arn:aws:states:::sagemaker:": SageMakerIntegration(sagemaker, scope),
        "arn:aws:states:::emr-serverless:": EmrServerlessIntegration(emr_serverless, scope),
        "arn:aws:states:::elasticmapreduce:": EmrIntegration(emr, scope),
    }
