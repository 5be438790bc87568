"""IAM's policies: what breaks their grammar or quotas is refused, of a request and of a template.

ministack takes any document that has statements with an effect, of any length, and any number of policies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.responses import get_account_id
from ministack.services import iam

from local_aws.iam.policy_grammar import (
    INLINE,
    MANAGED,
    TRUST,
    MalformedError,
    check_identity_policy,
    check_trust_policy,
    size,
)

Params = Mapping[str, Any]
Properties = Mapping[str, Any]
MOST_ATTACHED, MOST_KEYS = 10, 2
"""Managed policies of a principal, and access keys of a user ("IAM and AWS STS quotas", IAM user guide)."""
MANAGED_DOCUMENTS = ("CreatePolicy", "CreatePolicyVersion")


class LimitError(Exception):
    """A quota would be exceeded; the message is IAM's."""


def refuse_malformed_policies() -> None:
    """Change IAM. Once per process."""
    for kind in INLINE:
        _check_first(f"Put{kind.capitalize()}Policy", _checking_inline(kind))
        _check_first(f"Attach{kind.capitalize()}Policy", _checking_attached(kind))
    for operation in MANAGED_DOCUMENTS:
        _check_first(operation, lambda params: _check_managed(iam._p(params, "PolicyDocument")))
    _check_first("CreateRole", lambda params: _check_trust(iam._p(params, "AssumeRolePolicyDocument")))
    _check_first("UpdateAssumeRolePolicy", lambda params: _check_trust(iam._p(params, "PolicyDocument")))
    _check_first("CreateAccessKey", _check_keys)


def template_problem(type_name: str, properties: Properties) -> str | None:
    """IAM's words for the policies of a template's resource, if it would not take them."""
    try:
        for check, document in _of_a_template(type_name, properties):
            check(_text(document))
    except MalformedError as error:
        return f"{error} (Service: Iam, Status Code: 400)"
    except LimitError as error:
        return f"{error} (Service: Iam, Status Code: 409)"
    return None


def _of_a_template(type_name: str, properties: Properties) -> Iterator[tuple[Callable[[str], None], Any]]:
    if document := properties.get("AssumeRolePolicyDocument"):
        yield _check_trust, document
    if document := properties.get("PolicyDocument"):
        yield (_check_managed if type_name == "AWS::IAM::ManagedPolicy" else check_identity_policy), document
        for name in properties.get("Roles") or () if type_name == "AWS::IAM::Policy" else ():
            yield partial(_check_inline, "role", str(name), str(properties.get("PolicyName"))), document
    policies = [policy.get("PolicyDocument") or {} for policy in properties.get("Policies") or ()]
    for document in policies:
        yield check_identity_policy, document
    kind = type_name.rpartition(":")[2].lower()
    if kind in INLINE and sum(size(_text(document)) for document in policies) > INLINE[kind]:
        raise LimitError(_too_large(kind, str(properties.get(f"{kind.capitalize()}Name", ""))))
    if kind in INLINE and len(properties.get("ManagedPolicyArns") or ()) > MOST_ATTACHED:
        raise LimitError(f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: {MOST_ATTACHED}")


def _check_first(operation: str, check: Callable[[Params], None]) -> None:
    inner = iam._IAM_HANDLERS[operation]

    def handler(params: Params) -> Any:
        try:
            check(params)
        except MalformedError as error:
            return iam._error(400, "MalformedPolicyDocument", escape(str(error)), ns="iam")
        except LimitError as error:
            return iam._error(409, "LimitExceeded", escape(str(error)), ns="iam")
        return inner(params)

    iam._IAM_HANDLERS[operation] = handler


def _checking_inline(kind: str) -> Callable[[Params], None]:
    def check(params: Params) -> None:
        document = iam._p(params, "PolicyDocument")
        check_identity_policy(document)
        _check_inline(kind, iam._p(params, f"{kind.capitalize()}Name"), iam._p(params, "PolicyName"), document)

    return check


def _check_inline(kind: str, name: str, policy: str, document: str) -> None:
    """All inline policies of a principal count together; ``policy`` is replaced."""
    others = [text for other, text in _inline(kind, name).items() if other != policy]
    if sum(map(size, [document, *others])) > INLINE[kind]:
        raise LimitError(_too_large(kind, name))


def _too_large(kind: str, name: str) -> str:
    return f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind} {name}"


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _inline(kind: str, name: str) -> dict[str, str]:
    """The inline policies of a principal."""
    stores = {"user": iam._user_inline_policies, "group": iam._group_inline_policies}
    policies = stores[kind].get(name) if kind in stores else (iam._roles.get(name) or {}).get("InlinePolicies")
    return {policy: _text(document) for policy, document in (policies or {}).items()}


def _checking_attached(kind: str) -> Callable[[Params], None]:
    store = {"role": iam._roles, "user": iam._users, "group": iam._groups}[kind]

    def check(params: Params) -> None:
        principal = store.get(iam._p(params, f"{kind.capitalize()}Name")) or {}
        attached = principal.get("AttachedPolicies") or ()
        if iam._p(params, "PolicyArn") not in attached and len(attached) >= MOST_ATTACHED:
            raise LimitError(f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: {MOST_ATTACHED}")

    return check


def _check_managed(document: str) -> None:
    check_identity_policy(document, managed=True)
    if size(document) > MANAGED:
        raise LimitError(f"Cannot exceed quota for PolicySize: {MANAGED}")


def _check_trust(document: str) -> None:
    check_trust_policy(document, is_missing)
    if size(document) > TRUST:
        raise LimitError(f"Cannot exceed quota for ACLSizePerRole: {TRUST}")


def is_missing(principal: str) -> bool:
    """True for a role or user of this account that it does not have; what other accounts have is not looked up."""
    parts = principal.split(":")
    if len(parts) < 6 or parts[2] != "iam" or parts[4] != get_account_id():
        return False
    kind, _, rest = parts[5].partition("/")
    store = {"role": iam._roles, "user": iam._users}.get(kind)
    return store is not None and (store.get(rest.rpartition("/")[2]) or {}).get("Arn") != principal


def _check_keys(params: Params) -> None:
    name = iam._p(params, "UserName")
    if name and sum(key.get("UserName") == name for key in iam._access_keys.values()) >= MOST_KEYS:
        raise LimitError(f"Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}")
