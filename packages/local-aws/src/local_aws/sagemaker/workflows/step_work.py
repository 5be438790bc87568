"""What a step does: it makes a resource, calls a function, waits for a callback, or decides at once.

Everything is called by boto3 as the pipeline's role, as SageMaker Pipelines does.
"""

from __future__ import annotations

import json
import secrets
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.store import Store
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.kinds import MODEL_PACKAGE_GROUP
from local_aws.sagemaker.workflows import step_policies as policies
from local_aws.sagemaker.workflows.conditions import holds
from local_aws.sagemaker.workflows.definition import Step
from local_aws.sagemaker.workflows.step_types import CALLBACK, CONDITION, FAIL, LAMBDA, STEP_TYPES, StepType
from local_aws.sagemaker.workflows.values import Values

NAME_LENGTH, TUNING_STEP_LENGTH, RANDOM_LENGTH = 63, 7, 10
"""The lengths of a job's name, of the step's part in a tuning job's name, and of the random end of both."""
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class StepOutcome:
    """How an attempt of a step ended."""

    status: str
    reason: str | None = None
    exception: str | None = None
    """The type by which a retry policy names the failure."""
    members: Mapping[str, Any] = field(default_factory=dict)
    """Metadata, and the Properties that other steps refer to."""


class StepWork:
    """One attempt of a step that ends as soon as it starts; the other kinds derive from it."""

    def __init__(self, values: Values, store: Store, step: Step) -> None:
        self.values, self.store, self.step = values, store, step
        self.metadata: dict[str, Any] = {}

    def start(self) -> StepOutcome | None:
        """Begin; returns the outcome of what has ended already."""
        raise NotImplementedError

    def look(self) -> StepOutcome | None:
        """The outcome, once there is one."""
        return None

    def stop(self) -> None:
        """Ask it to end early."""


class ConditionWork(StepWork):
    """Decides which branch runs."""

    def start(self) -> StepOutcome:
        """All conditions have to hold."""
        outcome = all(holds(condition, self.values.resolved) for condition in self.step.arguments["Conditions"])
        text = str(outcome)
        return StepOutcome(
            "Succeeded", members={"Metadata": {"Condition": {"Outcome": text}}, "Properties": {"Outcome": text}}
        )


class FailWork(StepWork):
    """Ends the execution with a message."""

    def start(self) -> StepOutcome:
        """Fail."""
        message = str(self.values.resolved(self.step.arguments.get("ErrorMessage", "")))
        return StepOutcome("Failed", message or None, members={"Metadata": {"Fail": {"ErrorMessage": message}}})


class ResourceWork(StepWork):
    """Makes a job, a model or a model package, and waits for its end."""

    @property
    def _type(self) -> StepType:
        return STEP_TYPES[self.step.type]

    def start(self) -> StepOutcome | None:
        """Call the Create operation."""
        kind, name = self._type, self._name()
        request = self.values.resolved(self.step.arguments, name)
        if self.step.type != "RegisterModel":
            request[kind.kind.name_member] = name
        client = self.values.client("sagemaker")
        try:
            self._make_group(client, request)
            response = getattr(client, f"create_{_snake(kind.noun)}")(**request)
        except (ClientError, BotoCoreError) as error:
            return _not_invoked(f"sagemaker:Create{kind.noun}", error)
        arn = str(response[kind.kind.arn_member])
        self.name = arn if self.step.type == "RegisterModel" else name
        self.metadata = {"Metadata": {kind.metadata: {"Arn": arn}}}
        return None if kind.job else self._described()

    def look(self) -> StepOutcome | None:
        """The job's end."""
        kind = self._type.kind
        record = self.store.find(kind, self.values.record.scope, self.name)
        status = record.details[f"{kind.member}Status"] if record else "Failed"
        if status not in FINISHED:
            return None
        if status == "Completed":
            return self._described()
        reason = str(record.details.get("FailureReason", "")) if record else f"{self.name} was deleted."
        if status == "Stopped":
            return StepOutcome("Stopped", None, None, self.metadata)
        return StepOutcome("Failed", f"ClientError: {reason}", _exception(self.step.type, reason), self.metadata)

    def stop(self) -> None:
        """Stop the job."""
        client = self.values.client("sagemaker")
        try:
            getattr(client, f"stop_{_snake(self._type.noun)}")(**{self._type.kind.name_member: self.name})
        except ClientError:  # it has just ended
            return

    def _make_group(self, client: Any, request: Mapping[str, Any]) -> None:
        """Create the group of a model package, if there is none: a pipeline does that."""
        group = request.get("ModelPackageGroupName")
        by_name = self.step.type == "RegisterModel" and group and not str(group).startswith("arn:")
        if by_name and self.store.find(MODEL_PACKAGE_GROUP, self.values.record.scope, str(group)) is None:
            client.create_model_package_group(ModelPackageGroupName=group)

    def _described(self) -> StepOutcome:
        kind, client = self._type, self.values.client("sagemaker")
        try:
            properties = getattr(client, f"describe_{_snake(kind.noun)}")(**{kind.kind.name_member: self.name})
            if self.step.type == "Tuning":
                properties |= self._summaries(client, properties)
        except (ClientError, BotoCoreError) as error:
            return _not_invoked(f"sagemaker:Describe{kind.noun}", error)
        properties.pop("ResponseMetadata", None)
        plain = json.loads(json.dumps(properties, default=lambda moment: moment.isoformat()))
        return StepOutcome("Succeeded", members={**self.metadata, "Properties": plain})

    def _summaries(self, client: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The tuning job's training jobs, the best first."""
        objective = properties["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
        order = "Ascending" if objective.get("Type") == "Minimize" else "Descending"
        listed = client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=self.name,
            SortBy="FinalObjectiveMetricValue",
            SortOrder=order,
            MaxResults=100,
        )
        return {"TrainingJobSummaries": listed["TrainingJobSummaries"]}

    def _name(self) -> str:
        execution = self.values.record.arn.rpartition("/")[2]
        end = _random(RANDOM_LENGTH)
        prefix_argument = self.step.arguments.get(self._type.kind.name_member)
        if prefix_argument is not None:  # a prefix, by the SDK's PipelineDefinitionConfig
            prefix, own = str(self.values.resolved(prefix_argument)), f"-{execution}-{end}"
            return f"{prefix[: NAME_LENGTH - len(own)]}{own}"
        step = self.step.name.replace("_", "-").strip("-")
        if self.step.type == "Tuning":
            return f"{execution}-{step[:TUNING_STEP_LENGTH].strip('-')}-{end}"
        room = NAME_LENGTH - len(f"pipelines-{execution}--{end}")
        return f"pipelines-{execution}-{step[:room].strip('-')}-{end}"


class LambdaWork(StepWork):
    """Calls a function with the step's arguments; its result's members are the step's outputs."""

    def start(self) -> None:
        """Call it in a thread, because it may take ten minutes."""
        self._outcome: StepOutcome | None = None
        payload = json.dumps(self.values.resolved(self.step.arguments))
        function = str(self.values.resolved(self.step.definition["FunctionArn"]))
        threading.Thread(target=self._call, args=(function, payload), daemon=True).start()

    def look(self) -> StepOutcome | None:
        """The call's result."""
        return self._outcome

    def _call(self, function: str, payload: str) -> None:
        try:
            response = self.values.client("lambda").invoke(FunctionName=function, Payload=payload)
            text = response["Payload"].read().decode()
        except (ClientError, BotoCoreError) as error:
            self._outcome = _not_invoked("lambda:InvokeFunction", error)
            return
        arn = {"Arn": function}
        if "FunctionError" in response:
            reason = f"ClientError: Lambda function {function} failed: {text}"
            self._outcome = StepOutcome("Failed", reason, members={"Metadata": {"Lambda": arn}})
            return
        self._outcome = self._succeeded(json.loads(text or "null"), arn)

    def _succeeded(self, result: Any, arn: dict[str, str]) -> StepOutcome:
        declared = self.step.output_names
        outputs = result if isinstance(result, dict) else {}
        if missing := [name for name in declared if name not in outputs]:
            return StepOutcome(
                "Failed",
                f"ClientError: The Lambda function did not return the outputs {', '.join(missing)}.",
                members={"Metadata": {"Lambda": arn}},
            )
        listed = [{"Name": name, "Value": str(outputs[name])} for name in declared]
        return StepOutcome(
            "Succeeded",
            members={
                "Metadata": {"Lambda": {**arn, "OutputParameters": listed}},
                "Properties": {"OutputParameters": {name: outputs[name] for name in declared}},
            },
        )


class CallbackWork(StepWork):
    """Sends a token to a queue, and waits for SendPipelineExecutionStepSuccess or Failure."""

    def start(self) -> StepOutcome | None:
        """Send the message."""
        self.token = _random(RANDOM_LENGTH)
        self.queue = str(self.values.resolved(self.step.definition["SqsQueueUrl"]))
        self._outcome: StepOutcome | None = None
        self.metadata = {"Metadata": {"Callback": {"CallbackToken": self.token, "SqsQueueUrl": self.queue}}}
        return self._send("Executing")

    def look(self) -> StepOutcome | None:
        """What was called back."""
        return self._outcome

    def stop(self) -> None:
        """Tell the queue; the step goes on until its callback."""
        self._send("Stopping")

    def succeed(self, outputs: list[dict[str, str]]) -> None:
        """SendPipelineExecutionStepSuccess."""
        callback = {**self.metadata["Metadata"]["Callback"], "OutputParameters": outputs}
        properties = {"OutputParameters": {output["Name"]: output["Value"] for output in outputs}}
        self._outcome = StepOutcome("Succeeded", members={"Metadata": {"Callback": callback}, "Properties": properties})

    def fail(self, reason: str | None) -> None:
        """SendPipelineExecutionStepFailure."""
        self._outcome = StepOutcome("Failed", reason, members=self.metadata)

    def _send(self, status: str) -> StepOutcome | None:
        body = {
            "token": self.token,
            "pipelineExecutionArn": self.values.record.arn,
            "arguments": self.values.resolved(self.step.arguments),
            "status": status,
        }
        try:
            self.values.client("sqs").send_message(QueueUrl=self.queue, MessageBody=json.dumps(body))
        except (ClientError, BotoCoreError) as error:
            return _not_invoked("sqs:SendMessage", error)
        return None


WORK: dict[str, Callable[[Values, Store, Step], StepWork]] = {
    CONDITION: ConditionWork,
    FAIL: FailWork,
    LAMBDA: LambdaWork,
    CALLBACK: CallbackWork,
    **dict.fromkeys(STEP_TYPES, ResourceWork),
}
"""The work by the step's type."""


def _random(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _snake(noun: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in noun).lstrip("_")


def _not_invoked(operation: str, error: Exception) -> StepOutcome:
    code, details = "", str(error)
    if isinstance(error, ClientError):
        code, details = str(error.response["Error"]["Code"]), str(error.response["Error"]["Message"])
    exception = {"ThrottlingException": policies.THROTTLING, "ResourceLimitExceeded": policies.RESOURCE_LIMIT}.get(code)
    if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 and code:
        exception = None if code == "NotImplementedException" else policies.SERVICE_FAULT
    return StepOutcome("Failed", f"ClientError: Failed to invoke {operation}. Error Details: {details}", exception)


def _exception(kind: str, reason: str) -> str | None:
    if reason.startswith("InternalServerError") and kind != "Tuning":  # tuning jobs retry by themselves
        return policies.INTERNAL_ERROR
    return policies.CAPACITY_ERRORS[0] if reason.startswith(("CapacityError", "InsufficientCapacity")) else None
