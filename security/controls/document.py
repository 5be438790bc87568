"""`docs/controls.md`, from the table."""

from __future__ import annotations

from collections.abc import Sequence

from security.acknowledgements import acknowledgements
from security.controls.control import Control
from security.controls.table import ABSENT_TYPES, CHECKOV_FOR_TERRAFORM, LAUNCHES, MONITORING, SECURITY_HUB

_HEADER = """\
# Controls

What the platform is held to. Tests hold each control against the templates of every environment and sample, and against
the requests of every workload; one that is held against nothing fails them, too. Made from
`security/controls/table.py` by `make security-docs`.
"""
_MONITORING = """\
## Model Monitor's controls, and what holds for the platform's own monitoring

AWS closed Model Monitor to new customers on 2026-07-30. Here monitoring is a processing job, for which Security Hub has
no control. It keeps those of every processing job, under any `monitoring` section.
"""
_SECTIONS: dict[str, Sequence[Control]] = {
    "Security Hub: AI Security Best Practices v1.0.0, and the controls for SageMaker": SECURITY_HUB,
    "checkov's checks that exist for Terraform only": CHECKOV_FOR_TERRAFORM,
    "Launches: what no scanner sees": LAUNCHES,
}


def document() -> str:
    """The whole page."""
    sections = [_section(title, controls) for title, controls in _SECTIONS.items()]
    return "\n".join([_HEADER, *sections, _absent(), _monitoring(), _exceptions()])


def _section(title: str, controls: Sequence[Control]) -> str:
    lines = [f"## {title}\n", "| control | | held against |", "|---|---|---|"]
    for control in sorted(controls, key=_order):
        against = ", ".join(f"`{kind}`" for kind in control.on) if control.applies else f"nothing: {control.because}"
        names = f"{control.id}, {control.also}" if control.also else control.id
        lines.append(f"| {names} | {control.title} | {against} |")
    return "\n".join([*lines, ""])


def _absent() -> str:
    lines = ["## Types that the platform has none of\n", "| controls | type | why |", "|---|---|---|"]
    rows = [f"| {', '.join(ids)} | `AWS::SageMaker::{name}` | {reason} |" for name, reason, ids in ABSENT_TYPES]
    return "\n".join([*lines, *rows, ""])


def _monitoring() -> str:
    lines = [_MONITORING, "| control | of Model Monitor | instead |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {names} | {title} | {', '.join(ours)} |" for names, title, ours in MONITORING), ""])


def _exceptions() -> str:
    ids = {control.id for controls in _SECTIONS.values() for control in controls}
    rows = [row for row in acknowledgements() if row.rule in ids]
    lines = ["## Exceptions\n", "| control | resource | why |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {row.rule} | `{row.resource}` | {row.reason} |" for row in rows), ""])


def _order(control: Control) -> tuple[str, int]:
    """The sort key, by number: SageMaker.2 before SageMaker.10."""
    words = control.id.replace("_", ".").split(".")
    return words[0], int(words[-1])
