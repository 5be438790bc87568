"""`make iam-report`: what each role is allowed and what it used, in a run of everything with IAM enforced.

Writes `build/iam-report.json` and `build/iam-report.md`. An action that its role never used needs a reason in
`unused.yaml`, or must be removed from the stacks.
"""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.config_files.yaml_source import parse
from security.enforced_run import EnforcedRun, enforced_run
from security.enforced_steps import everything

REASONS = Path(__file__).with_name("unused.yaml")
TARGET = paths.BUILD / "iam-report"


@dataclass
class RoleUse:
    """One role: its used and unused actions, and what it was refused."""

    role: str
    """The stack and construct, such as `access/TrainingRole`."""
    used: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


def main() -> int:
    """Run everything and write the report; return 1 if a role was refused something, or has an unexplained action."""
    with enforced_run() as run:
        everything(run)
        roles, calls = policies(run), run.calls
    role_uses = use(roles, calls)
    write(role_uses)
    problems = [
        *unexplained(role_uses),
        *(f"{role_use.role}: was refused {action}" for role_use in role_uses for action in role_use.refused),
    ]
    sys.stdout.writelines(f"{line}\n" for line in problems)
    sys.stdout.write(f"{len(role_uses)} roles; see {TARGET}.md\n")
    return 1 if problems else 0


def policies(run: EnforcedRun) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """The IAM name and policy statements of each of the platform's roles."""
    iam = run.client("iam")
    policies_by_role = {}
    for role, name in sorted(run.roles.items()):
        documents = [
            iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        policies_by_role[role] = name, [statement for document in documents for statement in document["Statement"]]
    return policies_by_role


def use(roles: Mapping[str, tuple[str, list[dict[str, Any]]]], calls: Iterable[Mapping[str, Any]]) -> list[RoleUse]:
    """Compare the allowed actions with IAM's decisions."""
    decided = list(calls)
    reports = []
    for role, (name, statements) in roles.items():
        own = [call for call in decided if f":assumed-role/{name}/" in call["principal"]]
        report = RoleUse(role, refused={call["action"] for call in own if not call["allowed"]})
        for statement in statements:
            for action in _list(statement["Action"]) if statement["Effect"] == "Allow" else []:
                used = any(_covers(statement, action, call) for call in own)
                (report.used if used else report.unused).add(action)
        report.unused -= report.used
        reports.append(report)
    return reports


def reasons(section: str = "unused") -> dict[str, dict[str, str]]:
    """The reasons, by role and action: of the platform's roles, or of people's (`unused_by_people`)."""
    table: dict[str, dict[str, str]] = parse(REASONS).value[section]
    return table


def unexplained(role_uses: Iterable[RoleUse], section: str = "unused") -> list[str]:
    """Allowed actions that were not used and have no reason."""
    reasons_by_role = reasons(section)
    return [
        f"{role_use.role}: {action}"
        for role_use in role_uses
        for action in sorted(role_use.unused - set(reasons_by_role.get(role_use.role, {})))
    ]


def needless(role_uses: Iterable[RoleUse], section: str = "unused") -> list[str]:
    """Reasons for actions that were used after all, or are no longer allowed."""
    unused = {role_use.role: role_use.unused for role_use in role_uses}
    return [
        f"{role}: {action}"
        for role, actions in sorted(reasons(section).items())
        for action in sorted(set(actions) - unused.get(role, set()))
    ]


def write(role_uses: Iterable[RoleUse]) -> None:
    """Write both files."""
    rows = list(role_uses)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    content = [
        {
            "role": role_use.role,
            "used": sorted(role_use.used),
            "unused": sorted(role_use.unused),
            "refused": sorted(role_use.refused),
        }
        for role_use in rows
    ]
    TARGET.with_suffix(".json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    TARGET.with_suffix(".md").write_text(document(rows), "utf-8")


def document(role_uses: Iterable[RoleUse]) -> str:
    """The readable report."""
    reasons_by_role = reasons()
    parts = ["# What the roles used\n\nA run of everything on the local AWS with IAM enforced (`make iam-report`).\n"]
    for role_use in role_uses:
        lines = [f"## {role_use.role}\n", f"Used: {_shown(role_use.used)}.\n"]
        lines += [f"**Refused**: {_shown(role_use.refused)}.\n"] if role_use.refused else []
        for action in sorted(role_use.unused):
            lines.append(
                f"- not used: `{action}`. {reasons_by_role.get(role_use.role, {}).get(action, '**Nobody said why.**')}"
            )
        parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def _covers(statement: Mapping[str, Any], action: str, call: Mapping[str, Any]) -> bool:
    patterns = _list(statement["Resource"])
    return bool(
        call["allowed"]
        and call["action"].lower() == action.lower()
        and any(fnmatch.fnmatchcase(call["resource"], pattern.replace("[", "[[]")) for pattern in patterns)
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shown(actions: Iterable[str]) -> str:
    return ", ".join(f"`{action}`" for action in sorted(actions)) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
