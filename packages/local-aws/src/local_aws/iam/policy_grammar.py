"""What IAM refuses of a policy's text, in its own words.

Sources: "Grammar of the IAM JSON policy language" and "IAM and AWS STS quotas" in the IAM user guide; the words by
users' reports, and for a trust policy that is no JSON by a published test against AWS. Those for an action without a
vendor, or with another character in it, are of moto's tests, which run without AWS. Not confirmed are those for a trust
policy that has no principal or allows what is no action of STS, and which mistake IAM reports first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.api.documents import as_list

VERSIONS = ("2008-10-17", "2012-10-17")
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
EFFECTS = ("Allow", "Deny")
COMMON = {"Sid", "Effect", "Action", "NotAction", "Condition"}
OF_AN_IDENTITY = {*COMMON, "Resource", "NotResource"}
OF_A_TRUST = {*COMMON, "Principal", "NotPrincipal"}
"""The members of statements of each kind of policy."""
KINDS_OF_PRINCIPALS = {"AWS", "Service", "Federated", "CanonicalUser"}
CONDITION = re.compile(
    r"((ForAnyValue|ForAllValues):)?"
    r"(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?"
    r"|Date(Not)?Equals|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?",
    re.IGNORECASE,
)
SID = re.compile(r"[0-9A-Za-z]*", re.ASCII)
VENDOR = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)
PARTITION = re.compile(r"aws(-[a-z]+)*|\*")
ARN_PARTS = 6
WITHOUT_REGION = {
    "iam": "IAM resource {} cannot contain region information.",
    "s3": "Resource {} can not contain region information.",
}
SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
SPACES = re.compile(r"\s")
MANAGED, INLINE, TRUST = 6144, {"role": 10240, "user": 2048, "group": 5120}, 2048
"""Characters of a managed policy, of all inline policies of a principal, and of a trust policy, without white space."""


class MalformedError(ValueError):
    """The document is none that IAM takes; the message is IAM's."""


def size(document: str) -> int:
    """The characters that IAM counts."""
    return len(SPACES.sub("", document))


def check_identity_policy(document: str, *, managed: bool = False) -> None:
    """Raise `MalformedError` for a policy of a principal; a managed one needs the newer version of the language."""
    policy = _policy(document, SYNTAX)
    for statement in _statements(policy):
        if {"Principal", "NotPrincipal"} & statement.keys():
            raise MalformedError("Policy document should not specify a principal.")
        _check_syntax(statement, OF_AN_IDENTITY)
    if managed and policy.get("Version") != VERSIONS[-1]:
        raise MalformedError("Policy document must be version 2012-10-17 or greater.")
    _check_sids(policy)
    for statement in _statements(policy):
        if statement["Effect"] not in EFFECTS:
            raise MalformedError(LEGACY)
        for resource in _texts(statement, "Resource", "NotResource"):
            _check_resource(resource)
        _require(statement, "Action", "actions")
        _require(statement, "Resource", "resources")
        _check_actions(statement)


def check_trust_policy(document: str, missing: Callable[[str], bool]) -> None:
    """Raise `MalformedError` for a trust policy; ``missing`` says of an ARN whether it is of no role and no user."""
    policy = _policy(document, "This policy contains invalid Json")
    for statement in _statements(policy):
        if prohibited := {"Resource", "NotResource"} & statement.keys():
            raise MalformedError(f"Has prohibited field {min(prohibited)}")
        _check_syntax(statement, OF_A_TRUST)
    _check_sids(policy)
    for statement in _statements(policy):
        if not {"Principal", "NotPrincipal"} & statement.keys():
            raise MalformedError("Missing required field Principal")
        _require(statement, "Action", "actions")
        _check_actions(statement)
        if any(not action.lower().startswith("sts:") for action in _texts(statement, "Action", "NotAction")):
            raise MalformedError("AssumeRole policy may only specify STS AssumeRole actions.")
        _check_principals(statement.get("Principal", "*"), missing)


def _policy(document: str, words: str) -> dict[str, Any]:
    try:
        policy = json.loads(document)
    except (ValueError, RecursionError):
        raise MalformedError(words) from None
    if not isinstance(policy, dict) or policy.keys() - {"Version", "Id", "Statement"}:
        raise MalformedError(SYNTAX)
    if policy.get("Version", VERSIONS[0]) not in VERSIONS or not isinstance(policy.get("Id", ""), str):
        raise MalformedError(SYNTAX)
    return policy


def _statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    statements = as_list(policy.get("Statement"))
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise MalformedError(SYNTAX)
    return statements


def _check_syntax(statement: Mapping[str, Any], known: set[str]) -> None:
    both = any({name, f"Not{name}"} <= statement.keys() for name in ("Action", "Resource", "Principal"))
    lists = [statement[name] for name in ("Action", "NotAction", "Resource", "NotResource") if name in statement]
    wrong = (
        statement.keys() - known
        or both
        or not all(_is_text_or_list(texts) for texts in lists)
        or str(statement.get("Effect")).capitalize() not in EFFECTS
        or not isinstance(statement.get("Sid", ""), str)
        or not _is_condition(statement.get("Condition", {}))
    )
    if wrong:
        raise MalformedError(SYNTAX)


def _is_text_or_list(texts: Any) -> bool:
    return isinstance(texts, str) or (isinstance(texts, list) and all(isinstance(text, str) for text in texts))


def _is_condition(condition: Any) -> bool:
    return isinstance(condition, dict) and all(
        isinstance(keys, dict) and (not keys or CONDITION.fullmatch(operator)) for operator, keys in condition.items()
    )


def _check_sids(policy: Mapping[str, Any]) -> None:
    sids = [sid for statement in _statements(policy) if (sid := statement.get("Sid"))]
    if any(not SID.fullmatch(sid) for sid in sids):
        raise MalformedError(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        )
    if len({*sids}) < len(sids):
        raise MalformedError("Statement IDs (SID) in a single policy must be unique.")


def _require(statement: Mapping[str, Any], name: str, words: str) -> None:
    if not list(_texts(statement, name, f"Not{name}")):
        raise MalformedError(f"Policy statement must contain {words}.")


def _texts(statement: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        yield from as_list(statement.get(name, []))


def _check_actions(statement: Mapping[str, Any]) -> None:
    for action in _texts(statement, "Action", "NotAction"):
        vendor, colon, rest = action.partition(":")
        if action == "*":
            continue
        if not colon:
            raise MalformedError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if ":" in rest:
            raise MalformedError("Actions/Condition can contain only one colon.")
        if "*" in vendor or "?" in vendor:
            raise MalformedError("Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.")
        if not VENDOR.fullmatch(vendor):
            raise MalformedError(f"Vendor {vendor} is not valid")


def _check_resource(resource: str) -> None:
    if resource == "*":
        return
    parts = resource.split(":", ARN_PARTS - 1)
    if len(parts) == 1:
        raise MalformedError(f'Resource {resource} must be in ARN format or "*".')
    if not PARTITION.fullmatch(parts[1]):
        shown = ":".join([*parts[1:], *["*"] * (ARN_PARTS - len(parts))])
        raise MalformedError(f'Partition "{parts[1]}" is not valid for resource "arn:{shown}".')
    if len(parts) == 2:
        raise MalformedError("Resource vendor must be fully qualified and cannot contain regexes.")
    if words := WITHOUT_REGION.get(parts[2]) if len(parts) > 3 and parts[3] else None:
        raise MalformedError(words.format(resource))
    if not parts[2] or (len(parts) < ARN_PARTS and "::" in resource):
        raise MalformedError(LEGACY)


def _check_principals(principals: Any, missing: Callable[[str], bool]) -> None:
    if principals == "*":
        return
    if not isinstance(principals, dict) or not principals or principals.keys() - KINDS_OF_PRINCIPALS:
        raise MalformedError(SYNTAX)
    if not all(_is_text_or_list(names) for names in principals.values()):
        raise MalformedError(SYNTAX)
    for name in _texts(principals, "Service"):
        if not SERVICE.fullmatch(name):
            raise MalformedError(f'Invalid principal in policy: "SERVICE":"{name}"')
    for name in _texts(principals, "AWS"):
        if missing(name):
            raise MalformedError(f'Invalid principal in policy: "AWS":"{name}"')
