"""Condition keys and resources that AWS derives from a request, and the emulator does not.

Each function wraps the emulator's, and documents AWS's behavior.
"""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Callable
from typing import Any

WRITE_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
"""The header with the key that S3 encrypts an object with."""


def with_write_key(inner: Callable[..., Any]) -> Callable[..., Any]:
    """The condition keys of S3 requests, with the key that a write names."""

    def context(action: str, query: Any, path: str = "", headers: Any = None) -> dict[str, Any]:
        keys: dict[str, Any] = inner(action, query, path, headers)
        if action == "s3:PutObject" and (headers or {}).get(WRITE_KEY):
            keys[f"s3:{WRITE_KEY}"] = headers[WRITE_KEY]
        return keys

    return context


TAG_OPERATIONS = ("ListTagsForResource", "TagResource", "UntagResource")
"""Operations of CloudWatch Logs that are authorized on a log group's ARN as it is (`LogGroup.logGroupArn`)."""


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


def with_alarms(inner: Callable[..., str]) -> Callable[..., str]:
    """The resource that a request is authorized on: DescribeAlarms and DeleteAlarms name alarms in a list.

    The emulator checks one ARN, AWS checks each. Of several names it is what all begin with, so a pattern that matches
    it matches each of them. Composite alarms are only described to callers with a permission that is scoped to ``*``
    (API reference of DescribeAlarms).
    """

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *rest: Any) -> str:
        arn = inner(service, method, path, headers, body, query, *rest)
        if service != "monitoring" or arn != "*" or "CompositeAlarm" in (_member(body, "AlarmTypes") or ()):
            return arn
        names = _member(body, "AlarmNames") or [
            value[0] if isinstance(value, list) else value
            for name, value in (query or {}).items()
            if name.startswith("AlarmNames.member.")
        ]
        if not isinstance(names, list) or not names:
            return arn
        region, account = rest
        common = os.path.commonprefix([str(name) for name in names])  # noqa: RUF071 -- names, not paths
        return f"arn:aws:cloudwatch:{region}:{account}:alarm:{common}"

    return resource


def with_clusters(inner: Callable[..., str]) -> Callable[..., str]:
    """The resource that a request is authorized on: TerminateJobFlows names clusters in a list; see `with_alarms`."""

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        arn = inner(service, method, path, headers, body, *rest)
        names = _member(body, "JobFlowIds") if service == "elasticmapreduce" and arn == "*" else None
        if not isinstance(names, list) or not names:
            return arn
        region, account = rest[-2:]
        common = os.path.commonprefix([str(name) for name in names])  # noqa: RUF071 -- names, not paths
        return f"arn:aws:elasticmapreduce:{region}:{account}:cluster/{common}"

    return resource


def with_log_streams(inner: Callable[..., str]) -> Callable[..., str]:
    """The resource that a request is authorized on: CloudWatch Logs' are on a log stream, which may have no name.

    So a policy must name a group's ARN with `:*` behind it, as `LogGroup.arn` in the API reference has it. AWS refuses
    "on resource: arn:aws:logs:...:log-group:NAME:log-stream:NAME", with nothing behind the last colon for an operation
    that names no stream.
    """

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        arn = inner(service, method, path, headers, body, *rest)
        operation = headers.get("x-amz-target", "").rpartition(".")[2] if service == "logs" else ""
        if not operation or operation in TAG_OPERATIONS or ":log-group:" not in arn:
            return arn
        return f"{arn.removesuffix(':*')}:log-stream:{_member(body, 'logStreamName') or ''}"

    return resource


def with_simulated_principals(inner: Callable[..., str]) -> Callable[..., str]:
    """The resource of a request, with the user or role that SimulatePrincipalPolicy is authorized on."""

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *rest: Any) -> str:
        arn = inner(service, method, path, headers, body, query, *rest)
        simulated = (query or {}).get("PolicySourceArn")
        if service != "iam" or arn != "*" or not simulated:
            return arn
        return str(simulated[0] if isinstance(simulated, list) else simulated)

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
    namespaces = params.get("Namespace") if params else None
    if namespaces:
        return str(namespaces[0] if isinstance(namespaces, list) else namespaces)
    if body[:1] == b"{":
        namespace = _member(body, "Namespace")
        return None if namespace is None else str(namespace)
    return urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Namespace", [None])[0]


def over_tls(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Count requests as sent over TLS, as policies may demand: no other machine can read this one's loopback."""
    return lambda key, context: "true" if key.lower() == "aws:securetransport" else inner(key, context)


def with_role_arns(inner: Callable[..., Any], arn_of: Callable[[str, str], str | None]) -> Callable[..., Any]:
    """Compare a session's role, with its path, with `aws:PrincipalArn`, and not the session.

    "IAM roles: the request context contains the ARN of the role that was assumed" (global condition context keys).
    ``arn_of`` maps an account and a role's name to the role's ARN.
    """

    def resolve(key: str, context: Any) -> Any:
        value = inner(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(value):
            return value
        account, name = value.split(":")[4], value.split("/")[1]
        return arn_of(account, name) or value

    return resolve
