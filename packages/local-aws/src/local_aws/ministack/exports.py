"""Exports of stacks: a change of Outputs only is a change, and an export that another stack imports is fixed.

AWS's rule ("Get exported outputs from a deployed CloudFormation stack", CloudFormation's user guide): "You can't modify
or remove an output value that is referenced by another stack." "For each AWS account, Export names must be unique
within a region." The words are those of the stack's events (aws/aws-cdk#4777, linz/geostore#630).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, stacks

Stack = dict[str, Any]
WITHOUT_IMPORTS = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})
"""The statuses of a stack that uses nothing, whatever its template says."""


def extend_exports() -> None:
    """Add the rules to the engine. Once per process."""
    stacks._resolve_stack_outputs = functools.partial(_outputs, stacks._resolve_stack_outputs)
    create = handlers._ACTION_HANDLERS["CreateChangeSet"]
    handlers._ACTION_HANDLERS["CreateChangeSet"] = functools.partial(_create_change_set, create)


def _outputs(inner: Callable[..., Any], *arguments: Any) -> Any:
    """Refuse exports that break the rules, and forget the stack's earlier ones: `list_exports` is never stale."""
    resolved = inner(*arguments)
    name, stack_id = arguments[-2:]
    exports = resolved[1]
    _refuse_taken(exports, stack_id)
    earlier = [key for key, export in cloudformation._exports.items() if export["StackId"] == stack_id]
    for key in earlier:
        _refuse_in_use(key, exports.get(key), name)
    for key in earlier:
        if key not in exports:
            del cloudformation._exports[key]
    return resolved


def _refuse_taken(exports: dict[str, Any], stack_id: str) -> None:
    for key in exports:
        other = cloudformation._exports.get(key)
        if other and other["StackId"] != stack_id:
            owner = other["StackId"].split("/")[1]
            raise ValueError(f"Export with name {key} is already exported by stack {owner}")


def _refuse_in_use(key: str, export: dict[str, Any] | None, exporter: str) -> None:
    if export and export["Value"] == cloudformation._exports[key]["Value"]:
        return
    if importers := sorted(_importers(key, exporter)):
        users = " and ".join(part for part in (", ".join(importers[:-1]), importers[-1]) if part)
        raise ValueError(f"Export {key} cannot be {'updated' if export else 'deleted'} as it is in use by {users}")


def _importers(key: str, exporter: str) -> Iterator[str]:
    for name, stack in cloudformation._stacks.items():
        uses = name != exporter and stack.get("StackStatus") not in WITHOUT_IMPORTS
        if uses and key in handlers._imported_export_names(stack, name):
            yield name


def _create_change_set(inner: Callable[..., Any], parameters: Any) -> Any:
    """A change set of changed Outputs has no resource changes, but can be executed (aws/aws-cdk#2029)."""
    before = set(cloudformation._change_sets)
    response = inner(parameters)
    for key in set(cloudformation._change_sets) - before:
        _allow_outputs(cloudformation._change_sets[key])
    return response


def _allow_outputs(change_set: dict[str, Any]) -> None:
    stack = cloudformation._stacks.get(change_set["StackName"])
    if not stack or (change_set["ChangeSetType"], change_set["Status"]) != ("UPDATE", "FAILED"):
        return
    old = _output_sources(stack.get("_template") or {}, stack.get("_resolved_params") or {})
    if old != _output_sources(change_set["_template"], change_set["_resolved_params"]):
        change_set.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")


def _output_sources(template: dict[str, Any], parameters: dict[str, Any]) -> tuple[Any, ...]:
    """What decides the values of a template's outputs, apart from its resources."""
    conditions = changesets._evaluate_conditions(template, parameters)
    outputs = template.get("Outputs") or {}
    active = {name: output for name, output in outputs.items() if conditions.get(output.get("Condition"), True)}
    names = {name for name, _attribute in engine._intrinsic_references(active)}
    return active, {name: parameters[name].get("Value") for name in sorted(names & parameters.keys())}
