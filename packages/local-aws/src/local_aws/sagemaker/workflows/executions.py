"""Executions of pipelines in the API: start, stop, retry, describe, list, and the callbacks of their steps."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.paging import list_operation, offset
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import SERVER_STOPPED
from local_aws.sagemaker.workflows.definition import Definition, parameter_value, parse
from local_aws.sagemaker.workflows.execution_run import ENDED, ExecutionRun
from local_aws.sagemaker.workflows.pipelines import executions_of, pipeline_of, refuse_unsupported
from local_aws.sagemaker.workflows.step_work import CallbackWork
from local_aws.sagemaker.workflows.workflow_kinds import PIPELINE_EXECUTION

PAGE = 10
ID_LENGTH = 12
TAKEN_OVER = ("PipelineExecutionDescription", "PipelineExecutionDisplayName", "ParallelismConfiguration")
UNSUPPORTED = {
    "SelectiveExecutionConfig": "start the whole pipeline; CacheConfig lets steps keep their results",
    "MlflowExperimentName": "leave it out, and set the experiment in the job",
}


class PipelineExecutions:
    """The operations, and the current runs."""

    def __init__(self, context: Context) -> None:
        self._context, self._store = context, context.store
        self._runs: dict[str, ExecutionRun] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "StartPipelineExecution": self.start,
            "StopPipelineExecution": self.stop,
            "RetryPipelineExecution": self.retry,
            "UpdatePipelineExecution": self.update,
            "DescribePipelineExecution": lambda scope, request: self._get(scope, request).details,
            "DescribePipelineDefinitionForExecution": lambda scope, request: self._get(scope, request).details,
            "ListPipelineExecutions": self.list,
            "ListPipelineExecutionSteps": self.list_steps,
            "ListPipelineParametersForExecution": self.list_parameters,
            "SendPipelineExecutionStepSuccess": self.succeed,
            "SendPipelineExecutionStepFailure": self.fail,
        }

    def recover(self) -> None:
        """End the executions that the last server had in progress."""
        for record in self._store.every(PIPELINE_EXECUTION):
            if record.details["PipelineExecutionStatus"] not in ENDED:
                failed = {"StepStatus": "Failed", "FailureReason": SERVER_STOPPED}
                steps = [
                    state if state["StepStatus"] in ENDED else {**state, **failed} for state in record.details["Steps"]
                ]
                record.update(Steps=steps, PipelineExecutionStatus="Failed", FailureReason=SERVER_STOPPED)

    def close(self) -> None:
        """End every run at once, because the server stops."""
        for run in [*self._runs.values()]:
            run.abandon()

    def start(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """StartPipelineExecution: the same token again is the same execution."""
        refuse_unsupported(request)
        for name, instead in UNSUPPORTED.items():
            if request.get(name):
                raise not_implemented(f"pipeline executions with {name}: {instead}")
        pipeline = pipeline_of(self._context, scope, request)
        for execution in executions_of(self._context, pipeline):
            if execution.details["Token"] == request["ClientRequestToken"]:
                return {"PipelineExecutionArn": execution.arn}
        text = pipeline.details["PipelineDefinition"]
        definition = parse(text)
        given = request.get("PipelineParameters", ())
        chosen = {parameter["Name"]: parameter["Value"] for parameter in given}
        if len(chosen) < len(given):
            raise validation_error("PipelineParameters has the same parameter several times.")
        _parameters(definition, chosen)  # raises for what AWS refuses
        details = {
            **{name: pipeline.details[name] for name in ("ParallelismConfiguration",) if name in pipeline.details},
            **{name: request[name] for name in TAKEN_OVER if name in request},
            "PipelineArn": pipeline.arn,
            "PipelineName": pipeline.details["PipelineName"],
            "PipelineDefinition": text,
            "PipelineExecutionStatus": "Executing",
            "PipelineVersionId": pipeline.details["Version"],
            "RoleArn": request.get("RoleArn", pipeline.details["RoleArn"]),
            "Chosen": chosen,
            "Steps": [],
            "CreatedBy": {},
            "LastModifiedBy": {},
            "Token": request["ClientRequestToken"],
        }
        identifier = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(ID_LENGTH))
        details.setdefault("PipelineExecutionDisplayName", f"execution-{identifier}")
        record = self._store.create(PIPELINE_EXECUTION, scope, f"{pipeline.name}/execution/{identifier}", details)
        run_time = record.details["CreationTime"]
        pipeline.details = {**pipeline.details, "LastRunTime": run_time, "LastExecutionTime": run_time}
        self._run(record, definition)
        return {"PipelineExecutionArn": record.arn}

    def stop(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """StopPipelineExecution: returns at once, and jobs stop within their grace period."""
        record = self._get(scope, request)
        status = record.details["PipelineExecutionStatus"]
        if status in ENDED:
            raise validation_error(
                f"Pipeline execution with ARN {record.arn} has status {status}. "
                "Only pipelines with 'Executing' status can be stopped."
            )
        if run := self._runs.get(record.arn):
            run.stop()
        return {"PipelineExecutionArn": record.arn}

    def retry(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """RetryPipelineExecution: runs the steps that have not succeeded, in the same execution."""
        record = self._get(scope, request)
        status = record.details["PipelineExecutionStatus"]
        if status not in ("Failed", "Stopped"):
            raise validation_error(
                f"Pipeline execution with ARN {record.arn} has status {status}. "
                "Only pipelines with 'Failed' or 'Stopped' status can be retried."
            )
        succeeded = [state for state in record.details["Steps"] if state["StepStatus"] == "Succeeded"]
        parallel = {name: request[name] for name in ("ParallelismConfiguration",) if name in request}
        record.update(PipelineExecutionStatus="Executing", FailureReason=None, Steps=succeeded, **parallel)
        self._run(record, parse(record.details["PipelineDefinition"]))
        return {"PipelineExecutionArn": record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdatePipelineExecution."""
        record = self._get(scope, request)
        record.update(**{name: request[name] for name in TAKEN_OVER if name in request})
        return {"PipelineExecutionArn": record.arn}

    def list(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelineExecutions, by the pipeline's name or ARN."""
        refuse_unsupported(request)
        pipeline = pipeline_of(self._context, scope, request)
        listed = list_operation(
            self._store,
            PIPELINE_EXECUTION,
            "ListPipelineExecutions",
            only=lambda record: record.details["PipelineArn"] == pipeline.arn,
        )
        response = listed(scope, {name: part for name, part in request.items() if name != "PipelineName"}) or {}
        for summary in response["PipelineExecutionSummaries"]:
            details = self._get(scope, summary).details
            summary["StartTime"] = details["CreationTime"]
            summary["PipelineExecutionFailureReason"] = details.get("FailureReason")
        return response

    def list_steps(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelineExecutionSteps: the newest first, unless the request says otherwise."""
        if "PipelineExecutionArn" not in request:
            raise validation_error("PipelineExecutionArn is required.")
        states = list(self._get(scope, request).details["Steps"])
        if request.get("SortOrder", "Descending") == "Descending":
            states.reverse()
        return _page(request, "PipelineExecutionSteps", states)

    def list_parameters(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelineParametersForExecution: with the defaults of those that were not given."""
        details = self._get(scope, request).details
        definition, chosen = parse(details["PipelineDefinition"]), details["Chosen"]
        declared = definition.parameters
        values = {name: chosen[name] if name in chosen else _text(declared[name]) for name in declared}
        return _page(request, "PipelineParameters", [{"Name": name, "Value": text} for name, text in values.items()])

    def succeed(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """SendPipelineExecutionStepSuccess: with all outputs that the step declares."""
        run, work = self._callback(scope, request["CallbackToken"])
        outputs = request.get("OutputParameters", [])
        if missing := sorted({*work.step.output_names} - {output["Name"] for output in outputs}):
            raise validation_error(f"OutputParameters lacks {', '.join(missing)}, which the callback step declares.")
        work.succeed(outputs)
        return {"PipelineExecutionArn": run.record.arn}

    def fail(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """SendPipelineExecutionStepFailure."""
        run, work = self._callback(scope, request["CallbackToken"])
        work.fail(request.get("FailureReason"))
        return {"PipelineExecutionArn": run.record.arn}

    def _callback(self, scope: Scope, token: str) -> tuple[ExecutionRun, CallbackWork]:
        for run in [*self._runs.values()]:
            if run.record.scope == scope and (work := run.callback(token)):
                return run, work
        raise AwsError("ResourceNotFound", f"No callback step waits for the token {token}.")

    def _run(self, record: Record, definition: Definition) -> None:
        def earlier(step: str, key: str, since: float) -> dict[str, Any] | None:
            return self._earlier(record, step, key, since)

        def ended() -> None:  # a retry may have begun meanwhile
            if self._runs.get(record.arn) is run:
                del self._runs[record.arn]

        parameters = _parameters(definition, record.details["Chosen"])
        run = self._runs[record.arn] = ExecutionRun(self._context, record, definition, parameters, earlier, ended)
        run.submit()

    def _earlier(self, record: Record, step: str, key: str, since: float) -> dict[str, Any] | None:
        """The newest success of a step with the same cache key in the pipeline's other executions."""
        candidates = [
            {**state, "CacheHitResult": {"SourcePipelineExecutionArn": execution.arn}}
            for execution in self._store.all(PIPELINE_EXECUTION, record.scope)
            if execution.details["PipelineArn"] == record.details["PipelineArn"] and execution is not record
            for state in execution.details["Steps"]
            if state["StepName"] == step and state.get("CacheKey") == key and state["StepStatus"] == "Succeeded"
            if "CacheHitResult" not in state and state["EndTime"] >= since
        ]
        return max(candidates, key=lambda state: float(state["EndTime"]), default=None)

    def _get(self, scope: Scope, request: Mapping[str, Any]) -> Record:
        arn = str(request["PipelineExecutionArn"]).lower()
        return self._store.get(PIPELINE_EXECUTION, scope, arn.removeprefix(scope.arn("sagemaker", "pipeline/")))


def _parameters(definition: Definition, chosen: Mapping[str, str]) -> dict[str, Any]:
    """The values of all parameters; raises `AwsError` for what AWS refuses."""
    if unknown := sorted(chosen.keys() - definition.parameters.keys()):
        raise validation_error(f"The pipeline has no parameters {', '.join(unknown)}.")
    values: dict[str, Any] = {}
    for name, declared in definition.parameters.items():
        if name not in chosen:
            values[name] = declared.get("DefaultValue")
            if values[name] is None:
                raise validation_error(f"The parameter {name} has no default value: PipelineParameters must have it.")
            continue
        try:
            values[name] = parameter_value(declared, chosen[name])
        except ValueError:
            raise validation_error(f"The value of parameter {name} is no {declared['Type']}.") from None
        if declared.get("EnumValues") is not None and values[name] not in declared["EnumValues"]:
            raise validation_error(f"The value of parameter {name} is not in its enum values.")
    return values


def _text(declared: Mapping[str, Any]) -> str:
    default = declared["DefaultValue"]
    return str(default).lower() if isinstance(default, bool) else str(default)


def _page(request: Mapping[str, Any], member: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    unknown = validation_error("The token in the request is not valid: use one that this operation gave.")
    start = offset(request.get("NextToken"), unknown)
    end = start + int(request.get("MaxResults", PAGE))
    response: dict[str, Any] = {member: items[start:end]}
    return {**response, "NextToken": str(end)} if end < len(items) else response
