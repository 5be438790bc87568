"""Checks templates and requests against the controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from launchpad.requests import Definition
from security.acknowledgements import acknowledgements, reason_for
from security.controls.control import Content, Control, Violation
from security.controls.table import CONTROLS
from security.environments import Stack
from security.requests import requests_of

Things = list[tuple[str, str, str, Content]]
"""Tuples of kind, location for messages, construct path or `workloads/NAME/OPERATION`, and content."""


def in_templates(stacks: Iterable[Stack]) -> Things:
    """Every resource."""
    return [
        (resource["Type"], f"{stack.environment.name}/{path}", path, resource.get("Properties", {}))
        for stack in stacks
        for path, resource in stack.resources
    ]


def in_requests(workloads: Mapping[str, Definition]) -> Things:
    """Every request of every workload."""
    return [
        (operation, f"{name}: {operation}", f"workloads/{name}/{operation}", request)
        for name, definition in sorted(workloads.items())
        for operation, request in requests_of(definition)
    ]


def violations(things: Things, controls: Iterable[Control] = CONTROLS) -> list[Violation]:
    """Everything that violates a control, or that exists although the table says that the platform has none."""
    return sorted(
        Violation(control.id, where)
        for control in controls
        for kind, where, path, content in things
        if kind in control.on
        and not (control.applies and control.kept_by(content))
        and reason_for(acknowledgements(), path, control.id) is None
    )


def untested(things: Things, controls: Iterable[Control] = CONTROLS) -> list[tuple[str, str]]:
    """Controls and kinds that were never checked against anything."""
    kinds = {kind for kind, *_ in things}
    return [(control.id, kind) for control in controls if control.applies for kind in control.on if kind not in kinds]
