"""IAM's SimulatePrincipalPolicy and SimulateCustomPolicy, decided by the evaluator that enforces policies.

ministack simulates one resource, no boundary and no context, and takes an unknown principal for one without policies.

Note: on AWS the keys of a request, such as `aws:SourceIp`, are missing unless they are passed; so they are here. What
AWS lists as matched statements, with positions in a policy's text, is left out. That AWS counts only the conditions of
statements on the simulated action and resource as missing is an assumption.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

OPERATION, CUSTOM = "SimulatePrincipalPolicy", "SimulateCustomPolicy"
EVERYTHING = "*"
DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}
STRICTEST = ("explicitDeny", "implicitDeny", "allowed")
ENTITY = re.compile(r"arn:aws:iam::\d{12}:(?P<kind>user|role)/(?:.*/)?(?P<name>[^/]+)")
OF_A_REQUEST = ("aws:securetransport", "aws:sourceip")
"""Keys that the evaluator takes from the request in hand, which is not the simulated one."""
UNSUPPORTED = {
    OPERATION: ("CallerArn", "PolicyExclusionList.member.1", "PolicyInputList.member.1", "ResourcePolicy"),
    CUSTOM: ("CallerArn", "PolicyExclusionList.member.1", "ResourcePolicy"),
}
"""The parameters that each operation refuses."""
Params = Mapping[str, Any]
Statements = list[list[Any]]


class RefusedError(Exception):
    """IAM refuses the request: status, code and message."""


@dataclass(frozen=True)
class Principal:
    """A user or role: its policies, and the boundary that limits them."""

    arn: str
    kind: str
    policies: Statements
    boundary: list[Statements]
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """The result for one action on one resource."""

    resource: str
    decision: str
    missing: list[str]
    within_boundary: bool | None
    """None for a principal without a boundary."""


def extend_iam() -> None:
    """Replace ministack's operations."""
    for operation in (OPERATION, CUSTOM):
        iam._IAM_HANDLERS[operation] = partial(simulate, operation)


def simulate(operation: str, params: Params) -> Any:
    """Answer one request."""
    try:
        principal = _custom(params) if operation == CUSTOM else _principal(iam._p(params, "PolicySourceArn"))
        given = [name.partition(".")[0] for name in UNSUPPORTED[operation] if iam._p(params, name)]
        if given:
            raise RefusedError(400, "InvalidInput", f"The local AWS does not simulate {given[0]}.")
        context, resources = _context(params), _members(params, "ResourceArns") or [EVERYTHING]
        results = [
            _result(action, [_decide(principal, action, resource, context) for resource in resources])
            for action in _actions(params)
        ]
    except RefusedError as refused:
        status, code, message = refused.args
        return iam._error(status, code, escape(message), ns="iam")
    body = f"<EvaluationResults>{''.join(results)}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return iam._xml(200, f"{operation}Response", f"<{operation}Result>{body}</{operation}Result>", ns="iam")


def _principal(arn: str) -> Principal:
    match = ENTITY.fullmatch(arn)
    if match is None:
        message = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        raise RefusedError(400, "InvalidInput", message)
    kind, name, account = match["kind"], match["name"], get_account_id()
    store = iam._users if kind == "user" else iam._roles
    entity = store.get(name)
    if entity is None or entity["Arn"] != arn:
        raise RefusedError(404, "NoSuchEntity", f"The {kind} with name {name} cannot be found.")
    gather = iam_evaluator._gather_user_policies if kind == "user" else iam_evaluator._gather_role_policies
    keys = {f"aws:principaltag/{tag['Key'].lower()}": tag["Value"] for tag in entity.get("Tags") or ()}
    if kind == "user":
        keys |= {"aws:username": name, "aws:userid": entity.get("UserId", "")}
    boundary = iam_evaluator._permissions_boundary(store, name, account)
    return Principal(arn, kind, gather(name, account), boundary, keys)


def _custom(params: Params) -> Principal:
    """No principal but the account's root, with the policies of the request."""
    policies = [_parsed(document) for document in _members(params, "PolicyInputList")]
    if not policies:
        message = "1 validation error detected: Value at 'policyInputList' failed to satisfy constraint: "
        raise RefusedError(400, "ValidationError", f"{message}Member must not be null")
    limits = [_parsed(document) for document in _members(params, "PermissionsBoundaryPolicyInputList")]
    return Principal(f"arn:aws:iam::{get_account_id()}:root", "user", policies, [limits] if limits else [], {})


def _parsed(document: str) -> list[Any]:
    if problem := iam_evaluator.validate_policy_document(document):
        raise RefusedError(400, "InvalidInput", problem)
    return list(iam_evaluator.parse_policy_document(document))


def _decide(principal: Principal, action: str, resource: str, context: Mapping[str, Any]) -> Decision:
    request = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type="User" if principal.kind == "user" else "AssumedRole",
        principal_account=get_account_id(),
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={"aws:tagkeys": None, **context},
        principal_keys=dict(principal.keys),
    )
    missing = _missing([principal.policies, *principal.boundary], request)
    result = iam_evaluator.evaluate(request, principal.policies, *principal.boundary)
    within = all(iam_evaluator.evaluate(request, limit).decision == "Allow" for limit in principal.boundary)
    decision = DECISIONS[result.decision]
    if decision == "allowed" and any(key.lower() in OF_A_REQUEST for key in missing):
        decision = "implicitDeny"
    return Decision(resource, decision, missing, within if principal.boundary else None)


def _missing(layers: list[Statements], request: Any) -> list[str]:
    """The condition keys of statements on this action and resource that neither principal nor request answers."""
    keys: dict[str, str] = {}
    for statement in (statement for layer in layers for policy in layer for statement in policy):
        concerned = iam_evaluator._action_matches(request.action, statement.actions, statement.not_actions)
        if concerned and iam_evaluator._resource_matches(
            request.resource_arn, statement.resources, statement.not_resources
        ):
            keys |= {key.lower(): key for block in statement.conditions.values() for key in block}
    return sorted(key for name, key in keys.items() if not _answered(name, request))


def _answered(key: str, request: Any) -> bool:
    if key in OF_A_REQUEST:
        return key in request.service_context
    return iam_evaluator._resolve_condition_key(key, request) is not None


def _result(action: str, decisions: list[Decision]) -> str:
    """One member of `EvaluationResults`: the strictest decision, and those on each resource if any is named."""
    strictest = min(decisions, key=lambda each: STRICTEST.index(each.decision))
    whole = [each.resource for each in decisions] == [EVERYTHING]
    specific = "" if whole else "".join(f"<member>{_on_resource(each)}</member>" for each in decisions)
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        f"<EvalDecision>{strictest.decision}</EvalDecision><MatchedStatements/>"
        f"{_missing_values(strictest.missing if whole else [])}{_boundary(strictest)}"
        f"<ResourceSpecificResults>{specific}</ResourceSpecificResults></member>"
    )


def _on_resource(decision: Decision) -> str:
    return (
        f"<EvalResourceName>{escape(decision.resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{decision.decision}</EvalResourceDecision><MatchedStatements/>"
        f"{_missing_values(decision.missing)}{_boundary(decision)}"
    )


def _missing_values(keys: list[str]) -> str:
    members = "".join(f"<member>{escape(key)}</member>" for key in keys)
    return f"<MissingContextValues>{members}</MissingContextValues>"


def _boundary(decision: Decision) -> str:
    if decision.within_boundary is None:
        return ""
    allowed = str(decision.within_boundary).lower()
    detail = f"<AllowedByPermissionsBoundary>{allowed}</AllowedByPermissionsBoundary>"
    return f"<PermissionsBoundaryDecisionDetail>{detail}</PermissionsBoundaryDecisionDetail>"


def _actions(params: Params) -> list[str]:
    actions = _members(params, "ActionNames")
    if not actions:
        message = (
            "1 validation error detected: Value at 'actionNames' failed to satisfy constraint: Member must not be null"
        )
        raise RefusedError(400, "ValidationError", message)
    return actions


def _context(params: Params) -> dict[str, Any]:
    """The condition keys that the caller passed, in lower case."""
    entries: dict[str, Any] = {}
    for number in _numbers(params, "ContextEntries", ".ContextKeyName"):
        prefix = f"ContextEntries.member.{number}"
        values = _members(params, f"{prefix}.ContextKeyValues")
        is_list = iam._p(params, f"{prefix}.ContextKeyType").endswith("List")
        entries[iam._p(params, f"{prefix}.ContextKeyName").lower()] = values if is_list else "".join(values[:1])
    return entries


def _members(params: Params, name: str) -> list[str]:
    return [iam._p(params, f"{name}.member.{number}") for number in _numbers(params, name)]


def _numbers(params: Params, name: str, suffix: str = "") -> Iterator[int]:
    number = 1
    while iam._p(params, f"{name}.member.{number}{suffix}"):
        yield number
        number += 1
