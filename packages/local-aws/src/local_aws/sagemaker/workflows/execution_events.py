"""EventBridge's events of executions and of their steps, by "Automating SageMaker AI with Amazon EventBridge"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context

EXECUTION_CHANGE = "SageMaker Model Building Pipeline Execution Status Change"
STEP_CHANGE = "SageMaker Model Building Pipeline Execution Step Status Change"
ENDED = ("Succeeded", "Failed", "Stopped")


def publish_execution_change(context: Context, record: Record, before: str | None) -> None:
    """Send an execution's new status."""
    details = record.details
    status = details["PipelineExecutionStatus"]
    ended = {"executionEndTime": _time(details["LastModifiedTime"])} if status in ENDED else {}
    detail = {
        **_common(record),
        "pipelineExecutionDescription": details.get("PipelineExecutionDescription", ""),
        "pipelineExecutionDisplayName": details.get("PipelineExecutionDisplayName", ""),
        "currentPipelineExecutionStatus": status,
        **({"previousPipelineExecutionStatus": before} if before else {}),
        "executionStartTime": _time(details["CreationTime"]),
        **ended,
    }
    _publish(context, record, EXECUTION_CHANGE, detail)


def publish_step_change(context: Context, record: Record, state: Mapping[str, Any], before: str | None) -> None:
    """Send a step's new status."""
    ended = {"stepEndTime": _time(state["EndTime"])} if "EndTime" in state else {}
    detail = {
        **_common(record),
        "stepName": state["StepName"],
        "stepType": state["StepType"],
        "currentStepStatus": state["StepStatus"],
        **({"previousStepStatus": before} if before else {}),
        "metadata": state.get("Metadata", {}),
        "stepStartTime": _time(state["StartTime"]),
        **ended,
    }
    _publish(context, record, STEP_CHANGE, detail)


def _common(record: Record) -> dict[str, Any]:
    return {"pipelineArn": record.details["PipelineArn"], "pipelineExecutionArn": record.arn}


def _publish(context: Context, record: Record, detail_type: str, detail: Mapping[str, Any]) -> None:
    entry = {
        "Source": "aws.sagemaker",
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
        "Resources": [record.details["PipelineArn"], record.arn],
    }
    context.emulator.put_event(record.scope, entry)


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
