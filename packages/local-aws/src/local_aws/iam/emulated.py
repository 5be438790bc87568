"""Checks that AWS makes and the emulator's own enforcement lacks: objects' keys, metrics' namespaces, rules' targets,
functions' logs. Each wrapper documents AWS's behavior.
"""

from __future__ import annotations

import functools
import json
import logging
import urllib.parse
from collections.abc import Callable
from typing import Any

from local_aws.api.service import Scope
from local_aws.iam.enforcement import Enforcement, Need, refusal
from local_aws.iam.recording import Recorder

log = logging.getLogger("local_aws.iam")

EVENTS, LAMBDA = "events.amazonaws.com", "lambda.amazonaws.com"
ALGORITHM, KEY = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"
READS = ("s3:GetObject", "s3:GetObjectVersion")
TARGET_ACTIONS = {"states": "states:StartExecution", "sns": "sns:Publish"}
"""EventBridge targets that are called with a role, and the action that the role needs."""


def enforce_with_keys(
    evaluator: Any, s3: Any, enforcement: Enforcement, recorder: Recorder, scope: Callable[[], Scope]
) -> Callable[..., Any]:
    """The gateway's check, recorded; with S3 it also requires the permissions for an object's key."""
    inner = evaluator.enforce

    def enforce(
        access_key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        denied = inner(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        if isinstance(denied, evaluator.AuthError):
            return denied
        identity = evaluator.resolve_caller_identity(access_key) or {}
        recorder.record(identity.get("userArn", ""), action, resource_arn, allowed=denied is None)
        if denied is not None or service != "s3":
            return denied
        for need in _key_needs(s3, scope(), action, resource_arn, service_context or {}):
            if enforcement.decide(scope(), access_key, need):
                log.warning("%s", refusal(identity.get("userArn", ""), need))
                return evaluator.EvalResult("ImplicitDeny", principal_arn=identity.get("userArn", ""))
        return None

    return enforce


def _key_needs(s3: Any, scope: Scope, action: str, arn: str, context: dict[str, Any]) -> list[Need]:
    """AWS decrypts and encrypts an object with the caller's own permissions for its key."""
    bucket, _, name = arn.removeprefix("arn:aws:s3:::").partition("/")
    if action in READS:
        item = s3._buckets.get(bucket, {}).get("objects", {}).get(name)
        headers = item.get("preserved_headers", {}) if item else {}
        actions = ["kms:Decrypt"]
    elif action == "s3:PutObject":
        headers = {ALGORITHM: "aws:kms", KEY: context[f"s3:{KEY}"]} if context.get(f"s3:{KEY}") else {}
        headers = headers or s3._bucket_default_sse_headers(bucket)
        actions = ["kms:GenerateDataKey"]
    else:
        return []
    key = headers.get(KEY, "")
    if headers.get(ALGORITHM) != "aws:kms" or not key or "alias/aws/" in key:
        return []
    key_arn = key if key.startswith("arn:") else scope.arn("kms", f"key/{key}")
    via = (("kms:viaservice", f"s3.{scope.region}.amazonaws.com"),)
    return [Need(key_action, key_arn, via) for key_action in actions]


def with_write_key(inner: Callable[..., Any]) -> Callable[..., Any]:
    """The condition keys of S3 requests, with the key that a write names."""

    def context(action: str, query: Any, path: str = "", headers: Any = None) -> dict[str, Any]:
        keys: dict[str, Any] = inner(action, query, path, headers)
        if action == "s3:PutObject" and (headers or {}).get(KEY):
            keys[f"s3:{KEY}"] = headers[KEY]
        return keys

    return context


def with_repositories(inner: Callable[..., str]) -> Callable[..., str]:
    """The resource that a request is authorized on: DescribeRepositories names repositories in a list."""

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        arn = inner(service, method, path, headers, body, *rest)
        if service != "ecr" or arn != "*":
            return arn
        names = _member(body, "repositoryNames")
        if not isinstance(names, list):
            return arn
        _, region, account = rest
        return f"arn:aws:ecr:{region}:{account}:repository/{names[0]}" if len(names) == 1 else arn

    return resource


def with_service_keys(inner: Callable[..., Any]) -> Callable[..., Any]:
    """The condition keys of a request, with those of PutMetricData and AddJobFlowSteps."""

    def context(service: str, action: str, body: bytes, params: Any) -> dict[str, Any]:
        keys: dict[str, Any] = inner(service, action, body, params)
        if action == "cloudwatch:PutMetricData":
            keys["cloudwatch:namespace"] = _namespace(body, params)
        if action == "elasticmapreduce:AddJobFlowSteps":
            keys["elasticmapreduce:ExecutionRoleArn"] = _member(body, "ExecutionRoleArn")
        return keys

    return context


def _member(body: bytes, name: str) -> Any:
    """A member of a JSON body; None if it is absent, or if the body is invalid and the service will refuse it."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return request.get(name) if isinstance(request, dict) else None


def _namespace(body: bytes, params: Any) -> str | None:
    parameter = params.get("Namespace") if params else None
    if parameter:
        return str(parameter[0] if isinstance(parameter, list) else parameter)
    if body[:1] == b"{":
        namespace = _member(body, "Namespace")
        return None if namespace is None else str(namespace)
    return urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Namespace", [None])[0]


def over_tls(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Count requests as sent over TLS, as policies may demand: no other machine can read this one's loopback."""
    return lambda key, context: "true" if key.lower() == "aws:securetransport" else inner(key, context)


def guarded_targets(eventbridge: Any, topics: Any, enforcement: Enforcement, scope: Callable[[], Scope]) -> None:
    """EventBridge calls state machines, and topics with a role, with that role; without permission, not at all."""
    inner = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: Any, rule: Any, view: Any = None) -> Any:
        role, arn = target.get("RoleArn") or (rule or {}).get("RoleArn"), target.get("Arn", "")
        action = TARGET_ACTIONS.get(arn.split(":")[2] if arn.count(":") > 2 else "")
        if role and action:
            needs = [Need(action, arn), *_topic_key_needs(topics, arn)]
            if not _may(enforcement, scope(), role, EVENTS, needs):
                return None
        return inner(target, event, rule, view)

    eventbridge._invoke_target = invoke


def _topic_key_needs(topics: Any, arn: str) -> list[Need]:
    """The key permissions that publishing to an encrypted topic requires."""
    topic = topics._topics.get(arn)
    key = topic["attributes"].get("KmsMasterKeyId", "") if topic else ""
    return [Need(action, key) for action in ("kms:Decrypt", "kms:GenerateDataKey")] if key.startswith("arn:") else []


def guarded_functions(lambda_service: Any, runtime: Any, enforcement: Enforcement, scope: Callable[[], Scope]) -> None:
    """A function runs and logs with its own role: Lambda decrypts its variables and writes its logs only with it."""
    logs = lambda_service._emit_lambda_logs

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        role, key = config.get("Role", ""), config.get("KMSKeyArn")
        needs = [Need("kms:Decrypt", key)] if key else []
        if not _may(enforcement, scope(), role, LAMBDA, needs):
            raise PermissionError(f"Lambda can't assume {role}, or it may not use the key of the function's variables.")
        return enforcement.credentials(scope(), role, config.get("FunctionName", "")[:64]).environment()

    def emit(function: dict[str, Any], *rest: Any, **options: Any) -> Any:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        stream = scope().arn("logs", f"log-group:{group}:log-stream:any")
        needs = [Need("logs:CreateLogStream", stream), Need("logs:PutLogEvents", stream)]
        if _may(enforcement, scope(), config.get("Role", ""), LAMBDA, needs):
            logs(function, *rest, **options)

    for module in (runtime, lambda_service):
        module.execution_credentials = execution_credentials
    lambda_service._emit_lambda_logs = functools.wraps(logs)(emit)


def _may(enforcement: Enforcement, scope: Scope, role: str, service: str, needs: list[Need]) -> bool:
    if not enforcement.trusts(scope, role, service):
        log.warning("%s does not trust %s", role, service)
        return False
    key = enforcement.credentials(scope, role, service.partition(".")[0]).access_key
    denied = [denial for need in needs if (denial := enforcement.decide(scope, key, need))]
    for reason in denied:
        log.warning("%s", reason)
    return not denied
