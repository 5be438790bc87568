"""Checks with a role or a key that AWS makes and ministack lacks: objects' keys, rules' targets, functions' logs.

Each wrapper documents AWS's behavior.
"""

from __future__ import annotations

import functools
import logging
from typing import Any

from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.core.responses import request_scope
from ministack.services import eventbridge, lambda_svc, s3, sns

from local_aws.api.service import Scope
from local_aws.iam.condition_keys import WRITE_KEY
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.ministack.accounts import owner_of
from local_aws.ministack.enforcement import MinistackEnforcement
from local_aws.ministack.scope import current_scope

log = logging.getLogger("local_aws.iam")

EVENTS, LAMBDA, SCHEDULER = "events.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"
ALGORITHM = "x-amz-server-side-encryption"
READS = ("s3:GetObject", "s3:GetObjectVersion")
TARGET_ACTIONS = {"states": "states:StartExecution", "sns": "sns:Publish"}
"""EventBridge targets that are called with a role, and the action that the role needs."""


def check_keys(enforcement: MinistackEnforcement) -> None:
    """Record the gateway's decisions, and also require the permissions for the key of an object or a topic."""
    inner = iam_evaluator.enforce

    def enforce(
        access_key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        denied = inner(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        if isinstance(denied, iam_evaluator.AuthError):
            return denied
        identity = iam_evaluator.resolve_caller_identity(access_key) or {}
        enforcement.recorder.record(identity.get("userArn", ""), action, resource_arn, allowed=denied is None)
        if denied is not None:
            return denied
        for need in _needs_of_keys(service, action, resource_arn, service_context or {}):
            if words := enforcement.decide(current_scope(), access_key, need):
                log.warning("%s", words)
                return iam_evaluator.AuthError(iam_actions._DENIED_CODES.get(service, "AccessDenied"), words)
        return None

    iam_evaluator.enforce = enforce


def _needs_of_keys(service: str, action: str, arn: str, context: dict[str, Any]) -> list[Need]:
    """The permissions for the key that encrypts what a request reads, writes or publishes to."""
    if action == "sns:Publish":
        return _topic_key_needs(arn)
    return _key_needs(action, arn, context) if service == "s3" else []


def _key_needs(action: str, arn: str, context: dict[str, Any]) -> list[Need]:
    """AWS decrypts and encrypts an object with the caller's own permissions for its key."""
    scope = current_scope()
    bucket, _, name = arn.removeprefix("arn:aws:s3:::").partition("/")
    owner = owner_of(arn) or scope.account
    if action in READS:
        found = (s3._buckets.get_scoped(owner, None, bucket) or {}).get("objects", {}).get(name)
        headers = found.get("preserved_headers", {}) if found else {}
        actions = ["kms:Decrypt"]
    elif action == "s3:PutObject":
        key = context.get(f"s3:{WRITE_KEY}")
        with request_scope(owner, scope.region):
            headers = {ALGORITHM: "aws:kms", WRITE_KEY: key} if key else s3._bucket_default_sse_headers(bucket)
        actions = ["kms:GenerateDataKey"]
    else:
        return []
    key = headers.get(WRITE_KEY, "")
    managed = "alias/aws/" in key
    if headers.get(ALGORITHM) != "aws:kms" or not key or (managed and owner == scope.account):
        return []
    owners = Scope(owner, scope.region)
    if managed:  # the policy of a key that AWS manages can't be changed: it lets in its own account only
        key_arn = owners.arn("kms", "alias/aws/s3")
    else:
        key_arn = key if key.startswith("arn:") else owners.arn("kms", f"key/{key}")
    via = (("kms:viaservice", f"s3.{scope.region}.amazonaws.com"),)
    return [Need(each, key_arn, via) for each in actions]


def check_targets(enforcement: Enforcement) -> None:
    """EventBridge calls state machines, and topics with a role, with that role; without permission, not at all.

    The emulator's Scheduler calls its targets through the same function.
    """
    inner = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: Any, rule: Any, view: Any = None) -> Any:
        role, arn = target.get("RoleArn") or (rule or {}).get("RoleArn"), target.get("Arn", "")
        action = TARGET_ACTIONS.get(arn.split(":")[2] if arn.count(":") > 2 else "")
        if role and action:
            needs = [Need(action, arn), *_topic_key_needs(arn)]
            scheduled = isinstance(event, dict) and event.get("Source") == "aws.scheduler"
            if not _may(enforcement, role, SCHEDULER if scheduled else EVENTS, needs):
                return None
        return inner(target, event, rule, view)

    eventbridge._invoke_target = invoke


def _topic_key_needs(arn: str) -> list[Need]:
    """The key permissions that publishing to an encrypted topic requires."""
    topic = sns._topics.get(arn)
    key = topic["attributes"].get("KmsMasterKeyId", "") if topic else ""
    return [Need(action, key) for action in ("kms:Decrypt", "kms:GenerateDataKey")] if key.startswith("arn:") else []


def check_functions(enforcement: Enforcement) -> None:
    """A function runs and logs with its own role: Lambda decrypts its variables and writes its logs only with it."""
    logs = lambda_svc._emit_lambda_logs

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        role, key = config.get("Role", ""), config.get("KMSKeyArn")
        needs = [Need("kms:Decrypt", key)] if key else []
        if not _may(enforcement, role, LAMBDA, needs):
            raise PermissionError(f"Lambda can't assume {role}, or it may not use the key of the function's variables.")
        return enforcement.credentials(current_scope(), role, config.get("FunctionName", "")[:64]).environment()

    def emit(function: dict[str, Any], *rest: Any, **options: Any) -> Any:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        stream = current_scope().arn("logs", f"log-group:{group}:log-stream:any")
        needs = [Need("logs:CreateLogStream", stream), Need("logs:PutLogEvents", stream)]
        if _may(enforcement, config.get("Role", ""), LAMBDA, needs):
            logs(function, *rest, **options)

    for module in (lambda_runtime, lambda_svc):
        module.execution_credentials = execution_credentials
    lambda_svc._emit_lambda_logs = functools.wraps(logs)(emit)


def _may(enforcement: Enforcement, role: str, service: str, needs: list[Need]) -> bool:
    scope = current_scope()
    if not enforcement.trusts(scope, role, service):
        log.warning("%s does not trust %s", role, service)
        return False
    key = enforcement.credentials(scope, role, service.partition(".")[0]).access_key
    denied = [found for need in needs if (found := enforcement.decide(scope, key, need))]
    for reason in denied:
        log.warning("%s", reason)
    return not denied
