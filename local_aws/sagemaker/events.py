"""State changes to EventBridge: `aws.sagemaker`, with what Describe answers as the detail."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from local_aws.api.service import select, service_model
from local_aws.api.store import Record

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws.events")

DETAIL_TYPES = {
    "training job": "SageMaker Training Job State Change",
    "endpoint": "SageMaker Endpoint State Change",
}


def publish_state_change(backend: Backend, record: Record) -> None:
    """Tell EventBridge's default bus. From any thread; returns at once, rules run on the server's event loop."""
    detail = _described(record)
    backend.emit_event(
        record.scope,
        {
            "Source": "aws.sagemaker",
            "DetailType": DETAIL_TYPES[record.kind.name],
            "Detail": json.dumps(detail),
            "Resources": [record.arn],
        },
    )


def _described(record: Record) -> object:
    """Times are milliseconds in events, as AWS has them, and tags are a map."""
    shape = service_model("sagemaker").operation_model(f"Describe{record.kind.member}").output_shape
    detail = select(shape, record.details)
    return {**_milliseconds(detail), "Tags": record.tags}


def _milliseconds(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: int(item * 1000) if name.endswith("Time") and isinstance(item, float) else _milliseconds(item)
            for name, item in value.items()
        }
    return [_milliseconds(item) for item in value] if isinstance(value, list) else value
