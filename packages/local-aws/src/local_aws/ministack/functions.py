"""Functions: what Lambda refuses because of other resources, and of the payload of an invocation.

ministack takes code that is not there, queues and subnets that do not exist, and any payload. The words are those of
users' reports and of published tests against AWS. Those for a payload that is no JSON end in the words of Python's
parser, not of AWS's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ec2, lambda_svc, s3, sqs

from local_aws.front.function_limits import check_function

Members = Mapping[str, Any]
MOST_RESERVED, UNRESERVED = 900, 100
"""Concurrent executions that functions may reserve, of an account's 1000, and those that stay."""
PAYLOADS = {"RequestResponse": 6291456, "Event": 1048576}
"""Bytes of a payload, by the type of the invocation ("Lambda quotas")."""
TOO_LARGE = "RequestEntityTooLargeException"
"""The code that clients get; the model has RequestTooLargeException."""


def extend_functions() -> None:
    """Change Lambda. Once per process."""
    for name, position, problem in (
        ("_create_function", 0, lambda members: code_problem(members.get("Code") or {}) or network_problem(members)),
        ("_update_code", 1, code_problem),
        ("_update_config", 1, network_problem),
        ("_create_esm", 0, source_problem),
    ):
        setattr(lambda_svc, name, _refusing(getattr(lambda_svc, name), position, problem))
    lambda_svc._put_function_concurrency = _within_the_account(lambda_svc._put_function_concurrency)
    lambda_svc.handle_request = _checking_payloads(lambda_svc.handle_request)


def function_problem(properties: Members) -> str | None:
    """Lambda's words for a template's function that it would not create; raises `AwsError` beyond its limits."""
    code = properties.get("Code") or {}
    if properties.get("Runtime") or not code.get("ImageUri"):
        check_function(properties)
    return code_problem(code) or network_problem(properties)


def code_problem(code: Members) -> str | None:
    """Lambda's words for an archive that S3 does not have."""
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if not bucket or not key:
        return None
    if s3._bucket_owner_account(bucket) is None:
        error, words = "NoSuchBucket", "The specified bucket does not exist"
    elif lambda_svc._fetch_code_from_s3(bucket, key, version_id=code.get("S3ObjectVersion")) is None:
        error, words = "NoSuchKey", "The specified key does not exist."
    else:
        return None
    return f"Error occurred while GetObject. S3 Error Code: {error}. S3 Error Message: {words}"


def network_problem(members: Members) -> str | None:
    """Lambda's words for a subnet or security group that does not exist."""
    network = members.get("VpcConfig") or {}
    ec2._ensure_defaults_initialized()
    for subnet in network.get("SubnetIds") or ():
        if subnet not in ec2._subnets:
            words = f"The subnet ID '{subnet}' does not exist"
            return _of_ec2("DescribeSubnets", "InvalidSubnetID.NotFound", words)
    for group in network.get("SecurityGroupIds") or ():
        if group not in ec2._security_groups:
            words = f"The security group '{group}' does not exist"
            return _of_ec2("DescribeSecurityGroups", "InvalidGroup.NotFound", words)
    return None


def _of_ec2(operation: str, code: str, words: str) -> str:
    return f"Error occurred while {operation}. EC2 Error Code: {code}. EC2 Error Message: {words}"


def source_problem(members: Members) -> str | None:
    """Lambda's words for a queue that does not exist, or that shows a message again while the function still runs."""
    arn = str(members.get("EventSourceArn") or "")
    if ":sqs:" not in arn:
        return None
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        code, words = "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."
        return f"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: {words}"
    function = lambda_svc._functions.get(str(members.get("FunctionName") or "").rpartition("function:")[2])
    timeout = int(((function or {}).get("config") or {}).get("Timeout") or 0)
    visibility = int(queue["attributes"].get("VisibilityTimeout", 30))
    if visibility < timeout:
        return f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
    return None


def _refusing(inner: Callable[..., Any], position: int, problem: Callable[[Members], str | None]) -> Callable[..., Any]:
    def operation(*arguments: Any) -> Any:
        message = problem(arguments[position])
        return lambda_svc._invalid_parameter_value(message) if message else inner(*arguments)

    return operation


def _within_the_account(inner: Callable[..., Any]) -> Callable[..., Any]:
    def put_function_concurrency(name: str, members: Members) -> Any:
        others = sum(int(function.get("concurrency") or 0) for key, function in _functions() if key != name)
        if others + int(members.get("ReservedConcurrentExecutions") or 0) > MOST_RESERVED:
            message = (
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{UNRESERVED}]."
            )
            return lambda_svc._invalid_parameter_value(message)
        return inner(name, members)

    return put_function_concurrency


def _functions() -> list[tuple[str, dict[str, Any]]]:
    return list(lambda_svc._functions.items())


def _too_large(kind: str, size: int, limit: int) -> str:
    if kind == "Event":
        return f"{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"
    return f"Request must be smaller than {limit} bytes for the InvokeFunction operation"


def _checking_payloads(inner: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_request(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
        if method == "POST" and path.endswith("/invocations"):
            kind = headers.get("x-amz-invocation-type", "RequestResponse")
            limit = PAYLOADS.get(kind, 0)
            if limit and len(body) > limit:
                return lambda_svc.error_response_json(TOO_LARGE, _too_large(kind, len(body), limit), 413)
            try:
                json.loads(body or b"{}")
            except (ValueError, RecursionError) as error:
                message = f"Could not parse request body into json: Could not parse payload into json: {error}"
                return lambda_svc.error_response_json("InvalidRequestContentException", message, 400)
        return await inner(method, path, headers, body, query)

    return handle_request
