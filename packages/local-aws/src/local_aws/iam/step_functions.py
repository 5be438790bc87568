"""The permissions that a state machine's role needs: before each task, and for the rules that report a job's end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.iam import needs
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.iam.state_tasks import needs_of_task
from local_aws.step_functions.task import TaskError

LOG_DELIVERY = "delivery.logs.amazonaws.com"
STATES = "states.amazonaws.com"
SESSION = "StepFunctions"
RULES = {
    "TrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "ProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "HyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "TransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
}
RULE_ACTIONS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
LOGGING = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
TRACING = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")


def check_machine(enforcement: Enforcement, scope: Scope, properties: dict[str, Any]) -> None:
    """Refuse, as AWS does, a state machine whose role can't be assumed or may not write to the machine's log group."""
    role = properties["RoleArn"]
    if not enforcement.trusts(scope, role, STATES):
        raise AwsError("AccessDeniedException", f"{STATES} is not authorized to assume the provided role {role}.")
    session = enforcement.credentials(scope, role, SESSION).access_key
    if (properties.get("LoggingConfiguration") or {}).get("Level", "OFF") != "OFF":
        for action in LOGGING:
            enforcement.require(scope, session, Need(action))
        _check_log_key(enforcement, scope, (properties.get("EncryptionConfiguration") or {}).get("KmsKeyId"))
    if (properties.get("TracingConfiguration") or {}).get("Enabled"):
        for action in TRACING:  # without them there are no traces, but no other error
            enforcement.decide(scope, session, Need(action))


def _check_log_key(enforcement: Enforcement, scope: Scope, key: str | None) -> None:
    """Refuse a machine whose logs its own key locks up: the delivery service has to decrypt them with that key.

    Source: "Data at rest encryption in Step Functions", and CDK's StateMachine, which adds the statement to the key.
    AWS may create the machine and deliver nothing; there are no deliveries here that could be missing.
    """
    if not key:
        return
    sources = (("kms:encryptioncontext:sourcearn", scope.arn("logs", "*")),)
    if not enforcement.serves(scope, LOG_DELIVERY, Need("kms:Decrypt", key, sources)):
        message = "The state machine IAM Role is not authorized to access the Log Destination"
        raise AwsError("AccessDeniedException", message)


def check_task(enforcement: Enforcement, scope: Scope, machine: dict[str, Any], resource: str, arguments: Any) -> str:
    """The access key of the machine's role. Raises `TaskError` unless the role may run the task."""
    key = enforcement.credentials(scope, machine["roleArn"], SESSION).access_key
    try:
        for need in (*_key_needs(machine), *task_needs(scope, resource, arguments)):
            enforcement.require(scope, key, need)
    except AwsError as error:
        raise _failure(resource, error) from error
    return key


def _key_needs(machine: dict[str, Any]) -> Iterator[Need]:
    """The permissions for the key that encrypts an execution's data, which the machine's role needs."""
    key = (machine.get("encryptionConfiguration") or {}).get("kmsKeyId")
    if key:
        yield from (Need(action, key) for action in ("kms:Decrypt", "kms:GenerateDataKey"))


def task_needs(scope: Scope, resource: str, arguments: Any) -> Iterator[Need]:
    """The permissions of one task in addition to those of the operations that its integration calls with the role."""
    service, _, operation = resource.partition(":::")[2].removeprefix("aws-sdk:").partition(":")
    operation, _, pattern = operation.partition(".")
    name = operation[:1].upper() + operation[1:]
    if resource.startswith("arn:aws:lambda:"):
        yield Need("lambda:InvokeFunction", resource)
    elif service == "lambda" and name == "Invoke":
        yield Need("lambda:InvokeFunction", str(arguments.get("FunctionName", "")))
    elif service == "sagemaker" and "aws-sdk:" in resource:
        yield from needs.of_the_caller(scope, name, arguments)
    elif service == "sagemaker" and pattern == "sync":
        noun = name.removeprefix("Create")
        rule = scope.arn("events", f"rule/{RULES[noun]}")
        yield from (Need(action, rule) for action in RULE_ACTIONS)
        # In every policy of "IAM policies for calling Amazon SageMaker AI" (Step Functions' developer guide).
        yield Need("sagemaker:ListTags", _job_arn(scope, noun, arguments))
        # Step Functions stops the job when its execution is stopped, which few runs show.
        yield from needs.of_the_caller(scope, f"Stop{noun}", arguments)
    elif service and service != "sagemaker":
        yield from needs_of_task(scope, service, name, pattern, arguments if isinstance(arguments, dict) else {})


def _job_arn(scope: Scope, noun: str, arguments: Any) -> str:
    (stop, *_) = needs.of_the_caller(scope, f"Stop{noun}", arguments)
    return stop.resource


NAMES = {
    "dynamodb": "DynamoDB",
    "elasticmapreduce": "ElasticMapReduce",
    "emr-serverless": "EMRServerless",
    "events": "EventBridge",
    "sns": "SNS",
    "sqs": "SQS",
    "states": "StepFunctions",
}
"""Services as their errors begin. What comes after it where access is denied is not documented for all of them."""


def _failure(resource: str, error: AwsError) -> TaskError:
    integration = resource.partition(":::")[2].partition(":")[0]
    if integration in NAMES:
        return TaskError(f"{NAMES[integration]}.{error.code}", error.message)
    service, name = (
        ("Lambda", "AWSLambdaException") if ":lambda:" in resource else ("SageMaker", "AmazonSageMakerException")
    )
    if "aws-sdk:" in resource:
        name = "SageMakerException"
    code = f"Service: {service}; Status Code: {error.status}; Error Code: {error.code}"
    return TaskError(f"{service}.{name}", f"{error.message} ({code})")
