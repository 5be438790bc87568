"""State changes for EventBridge: source `aws.sagemaker`, with Describe's response as the detail."""

from __future__ import annotations

import json
import re
from typing import Any

from local_aws.api.service import select, service_model
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.kinds import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    MODEL,
    MODEL_PACKAGE,
    PROCESSING_JOB,
    TRAINING_JOB,
    TRANSFORM_JOB,
    TUNING_JOB,
)
from local_aws.sagemaker.workspace_kinds import NOTEBOOK_INSTANCE, NOTEBOOK_LIFECYCLE_CONFIG

DETAIL_TYPES = {
    TRAINING_JOB: "SageMaker Training Job State Change",
    TUNING_JOB: "SageMaker HyperParameter Tuning Job State Change",
    PROCESSING_JOB: "SageMaker Processing Job State Change",
    TRANSFORM_JOB: "SageMaker Transform Job State Change",
    ENDPOINT: "SageMaker Endpoint State Change",
    ENDPOINT_CONFIG: "SageMaker Endpoint Config State Change",
    MODEL: "SageMaker Model State Change",
    MODEL_PACKAGE: "SageMaker Model Package State Change",
    NOTEBOOK_INSTANCE: "SageMaker Notebook Instance State Change",
    NOTEBOOK_LIFECYCLE_CONFIG: "SageMaker Notebook Lifecycle Config State Change",
}
"""The detail types of the kinds here, all in EventBridge's reference ("Amazon SageMaker AI events"); groups and
repositories have none. AWS shows the detail of neither models, endpoint configurations nor notebooks; programs read
Describe's members."""
DEPLOYMENT_CHANGE = "SageMaker Endpoint Deployment State Change"
"""An endpoint's instances or traffic change while its status stays."""


def publish_state_change(context: Context, record: Record, detail_type: str | None = None) -> None:
    """Send the change to EventBridge's default bus. From any thread; returns at once: rules run on the event loop."""
    entry = {
        "Source": "aws.sagemaker",
        "DetailType": detail_type or DETAIL_TYPES[record.kind],
        "Detail": json.dumps(_detail(record)),
        "Resources": [record.arn],
    }
    context.emulator.put_event(record.scope, entry)


def _detail(record: Record) -> dict[str, Any]:
    """Describe's response as an event has it: times in milliseconds, and tags as a map."""
    shape = service_model("sagemaker").operation_model(f"Describe{record.kind.member}").output_shape
    detail = _in_milliseconds(select(shape, record.details))
    if record.kind is ENDPOINT:  # events say IN_SERVICE where Describe says InService; jobs' statuses are the same
        detail["EndpointStatus"] = re.sub(r"(?<!^)(?=[A-Z])", "_", detail["EndpointStatus"]).upper()
    return {**detail, "Tags": record.tags}


def _in_milliseconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: int(item * 1000) if name.endswith("Time") and isinstance(item, float) else _in_milliseconds(item)
            for name, item in value.items()
        }
    return [_in_milliseconds(item) for item in value] if isinstance(value, list) else value
