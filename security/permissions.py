"""`docs/permissions.md`: every `*` in the platform's allowed resources, with its reason.

Each wildcard of a role has its reason in `acknowledgements.yaml`. Elsewhere the kind of policy is the reason: a
resource's own policy applies only to that resource.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from security import command_needs
from security.acknowledgements import WILDCARD, acknowledgements, reason_for, reason_names
from security.environments import Stack
from security.statements import IDENTITY, Statement, statements

OF_A_RESOURCE = {
    "AWS::KMS::Key": "In a key's own policy, `*` is that key.",
    "AWS::S3::BucketPolicy": "The objects of the bucket that the policy is of.",
    "AWS::EC2::VPCEndpoint": (
        "An endpoint's policy allows nothing that a caller's own policies don't. It caps what goes through the endpoint"
        " to this account's principals or buckets; a list of actions would break whatever a role is allowed next."
    ),
}
"""Kinds of policy that apply only to the resource that they are attached to."""
CAPS = ("AWS::EC2::VPCEndpoint",)
"""Policies that only limit what others allow: only in these may an action be a wildcard."""

_HEADER = """\
# Permissions

Every `*` in a resource that some policy of the platform allows, in the samples, which have every feature together, and
why nothing narrower does. Made by `make security-docs` from `security/acknowledgements.yaml` and the samples'
templates, so that no environment's account or region changes it. A `*` without a reason fails the tests, in
environments too. No policy that allows something has a `*` in its actions, except those of VPC endpoints (below).
`{environment}`, `{region}` and `{account}` stand for the environment's own.
`{version-before}` stands for the account and the versions of each environment before it, `{promoted-folder}` for the
folders of the models that it pins.

[What each command needs](#what-each-command-needs) of the person who runs it is at the end.
"""


def unexplained(stacks: Iterable[Stack]) -> list[tuple[str, str]]:
    """The resource and the pattern of each `*` without a reason."""
    wildcards = {
        (statement.path, pattern)
        for statement in _allowing(stacks)
        for pattern in statement.wildcards
        if _reason(statement, pattern) is None
    }
    return sorted(wildcards)


def wildcard_actions(stacks: Iterable[Stack]) -> list[tuple[str, str]]:
    """The resource and the action of each allowed action with a `*`, except in policies that only limit others."""
    allowed = {
        (statement.path, action) for statement in _allowing(stacks) for action in statement.actions if "*" in action
    }
    caps = {statement.path for statement in _allowing(stacks) if statement.kind in CAPS}
    return sorted((path, action) for path, action in allowed if path not in caps)


def document(stacks: Iterable[Stack]) -> str:
    """The whole page."""
    actions: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for statement in _allowing(stacks):
        for pattern in statement.wildcards:
            actions[_section(statement), _place(statement)][pattern].update(statement.actions)
    parts = [_HEADER]
    for section in dict.fromkeys(section for section, _ in sorted(actions)):
        parts.append(f"## {section}\n")
        for (of, heading), patterns in sorted(actions.items()):
            if of == section:
                parts.append(_table(heading, patterns))
    return "\n".join([*parts, _reasons(), command_needs.section()])


def _table(holder: str, patterns: dict[str, set[str]]) -> str:
    lines = [f"### {holder}\n", "| resource | actions | why |", "|---|---|---|"]
    for pattern, actions in sorted(patterns.items()):
        action_list = ", ".join(f"`{action}`" for action in sorted(actions))
        lines.append(f"| `{pattern}` | {action_list} | {_link(holder, pattern)} |")
    return "\n".join([*lines, ""])


def _link(holder: str, pattern: str) -> str:
    own = reason_for(acknowledgements(), holder, WILDCARD, pattern)
    reason = own or OF_A_RESOURCE.get(holder.rpartition(" ")[2], "**nobody said why**")
    name = reason_names().get(reason)
    return f"[{name}](#{name})" if name else reason


def _reasons() -> str:
    used = {row.reason for row in acknowledgements() if row.rule == WILDCARD}
    reasons = {name: reason for reason, name in reason_names().items() if reason in used}
    return "\n".join(["## Reasons\n", *(f"### {name}\n\n{reason}\n" for name, reason in sorted(reasons.items()))])


def _allowing(stacks: Iterable[Stack]) -> list[Statement]:
    return [statement for statement in statements(stacks) if statement.allows]


def _section(statement: Statement) -> str:
    return "Roles" if statement.kind in IDENTITY else "Policies of resources"


def _place(statement: Statement) -> str:
    """The row of a statement: a role's own, or one per kind of resource policy, because their reason is the same."""
    return statement.path if statement.kind in IDENTITY else f"{statement.path.split('/')[0]}: {statement.kind}"


def _reason(statement: Statement, pattern: str) -> str | None:
    if statement.kind in IDENTITY:
        return reason_for(acknowledgements(), statement.path, WILDCARD, pattern)
    return OF_A_RESOURCE.get(statement.kind)
