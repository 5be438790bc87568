"""Pipelines in the API: create, update, describe, list, delete. `executions` has what runs them."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.workflows.definition import parse
from local_aws.sagemaker.workflows.workflow_kinds import PIPELINE, PIPELINE_EXECUTION

UNSUPPORTED = {
    "PipelineDefinitionS3Location": "pass PipelineDefinition, which may have 1,048,576 characters",
    "PipelineVersionId": "leave it out: the newest definition is used",
    "PipelineVersionAlias": "leave it out: the newest definition is used",
    "PipelineVersionAliases": "leave it out: the newest definition is used",
}
CHANGEABLE = ("PipelineDisplayName", "PipelineDescription", "PipelineDefinition", "RoleArn", "ParallelismConfiguration")
IN_PROGRESS = ("Executing", "Stopping")


class Pipelines:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context, self._store = context, context.store

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "CreatePipeline": self.create,
            "UpdatePipeline": self.update,
            "DescribePipeline": self.describe,
            "ListPipelines": self.list,
            "DeletePipeline": self.delete,
        }

    def recover(self) -> None:
        """Nothing: a pipeline has no status that passes."""

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreatePipeline: the same token again is the same call."""
        refuse_unsupported(request)
        existing = self._store.find(PIPELINE, scope, request["PipelineName"].lower())
        if existing and existing.details["Token"] == request["ClientRequestToken"]:
            return {"PipelineArn": existing.arn}
        if "PipelineDefinition" not in request:
            raise validation_error("Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be given.")
        parse(request["PipelineDefinition"])
        members = {name: request[name] for name in CHANGEABLE if name in request}
        details = {
            "PipelineName": request["PipelineName"],
            "PipelineDisplayName": request["PipelineName"],
            **members,
            "PipelineStatus": "Active",
            "CreatedBy": {},
            "LastModifiedBy": {},
            "Version": 1,
            "Token": request["ClientRequestToken"],
        }
        name = request["PipelineName"].lower()  # AWS writes it in lower case in the ARN
        record = self._store.create(PIPELINE, scope, name, details, request.get("Tags", ()))
        return {"PipelineArn": record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdatePipeline: executions in progress keep their definition."""
        refuse_unsupported(request)
        record = pipeline_of(self._context, scope, request)
        if "PipelineDefinition" in request:
            parse(request["PipelineDefinition"])
        version = record.details["Version"] + 1
        record.update(**{name: request[name] for name in CHANGEABLE if name in request}, Version=version)
        return {"PipelineArn": record.arn, "PipelineVersionId": version}

    def describe(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DescribePipeline, by name or ARN."""
        refuse_unsupported(request)
        return pipeline_of(self._context, scope, request).details

    def list(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """ListPipelines."""
        if request.get("ManagedBy") is not None:
            raise not_implemented("ListPipelines with ManagedBy: leave it out, all pipelines are the customer's")
        prefix = request.get("PipelineNamePrefix", "")
        page = {name: part for name, part in request.items() if name != "PipelineNamePrefix"}
        listed = list_operation(
            self._store,
            PIPELINE,
            "ListPipelines",
            only=lambda record: record.details["PipelineName"].startswith(prefix),
        )
        return listed(scope, page)

    def delete(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DeletePipeline: with its executions, of which none may be in progress."""
        record = pipeline_of(self._context, scope, request)
        executions = executions_of(self._context, record)
        if any(execution.details["PipelineExecutionStatus"] in IN_PROGRESS for execution in executions):
            raise AwsError(
                "ConflictException",
                f"Pipeline '{record.arn}' has executions in progress: stop them by StopPipelineExecution.",
            )
        for execution in executions:
            self._store.remove(execution)
        self._store.remove(record)
        return {"PipelineArn": record.arn}


def refuse_unsupported(request: dict[str, Any]) -> None:
    """Raise for members that the local AWS does not have, with what to do instead."""
    for name, instead in UNSUPPORTED.items():
        if request.get(name):
            raise not_implemented(f"pipelines with {name}: {instead}")


def pipeline_of(context: Context, scope: Scope, request: dict[str, Any]) -> Record:
    """The pipeline that a request names, by its name or ARN."""
    name = str(request["PipelineName"]).lower().removeprefix(scope.arn("sagemaker", "pipeline/"))
    return context.store.get(PIPELINE, scope, name)


def executions_of(context: Context, pipeline: Record) -> list[Record]:
    """The executions of a pipeline, oldest first."""
    return [
        record
        for record in context.store.all(PIPELINE_EXECUTION, pipeline.scope)
        if record.details["PipelineArn"] == pipeline.arn
    ]
