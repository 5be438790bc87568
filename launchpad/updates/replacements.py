"""Replacements that CloudFormation would refuse after minutes: refused before anything changes.

Note: CloudFormation notices that a value in use would change only when all else in the stack is done, then rolls back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from launchpad.cloud_assembly import Stack
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.platform import NEVER_CREATED
from launchpad.platform_client.retained import KEEPING
from launchpad.updates.deployed import Deployed, importers

if TYPE_CHECKING:
    from template_diff.model import ResourceChange

PAGE = "docs/architecture.md#what-is-removed-or-replaced"
_SECTIONS = {
    "AWS::EMRServerless::Application": "spark_serverless",
    "AWS::SageMaker::Domain": "studio",
    "AWS::SageMaker::MlflowApp": "tracking",
    "AWS::SageMaker::MlflowTrackingServer": "tracking",
    "AWS::SageMaker::NotebookInstance": "notebooks",
}
"""Resources of optional sections that are never replaced: the functions import the first one's id, and the others have
fixed names (CloudFormation: "cannot update a stack when a custom-named resource requires replacing")."""


_VOLUME = "VolumeSizeInGB"


def refuse_replacements(deployed: Deployed, new: Mapping[str, Stack]) -> None:
    """Refuse to replace what other stacks import and what has a fixed name, and to shrink a notebook's volume.

    Raises:
        LaunchpadError: the config asks for it. Nothing has changed yet.
    """
    problems = [problem for change in _replacements(deployed, new) for problem in _problems(deployed, new, change)]
    problems += _smaller_volumes(deployed, new)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise LaunchpadError(f"this can't be deployed in one step, so nothing was changed:\n{lines}\nthe steps: {PAGE}")


def _problems(deployed: Deployed, new: Mapping[str, Stack], change: ResourceChange) -> Iterator[str]:
    stack, resource = change.place.stack, change.place.logical_id
    cause = f"{change.resource_type} {resource} of {stack} would be replaced ({', '.join(change.causes)})"
    if section := _SECTIONS.get(change.resource_type):
        kept = deployed[stack].resources[resource].get("DeletionPolicy") in KEEPING
        removal = "save and delete what it left, " if kept else ""
        yield f"{cause}: remove `{section}` from the config, deploy, {removal}then add it again"
        return
    # Those that leave the template too: they stay as long as a stack imports them, and may not change meanwhile.
    templates = (deployed[stack].template, new[stack].template)
    outputs = [output for template in templates for output in template.get("Outputs", {}).values()]
    exports = {out["Export"]["Name"] for out in outputs if "Export" in out and resource in _names(out["Value"])}
    if users := sorted({user for export in exports for user in importers(deployed, export)}):
        yield f"{cause}, while {', '.join(users)} {'use' if len(users) > 1 else 'uses'} it"


def _smaller_volumes(deployed: Deployed, new: Mapping[str, Stack]) -> Iterator[str]:
    """Refuse what UpdateNotebookInstance does: "you can't decrease the volume size"."""
    for stack in deployed.keys() & new.keys():
        resources = new[stack].template.get("Resources", {})
        for name, resource in deployed[stack].resources.items():
            if resource["Type"] != "AWS::SageMaker::NotebookInstance" or name not in resources:
                continue
            before, after = (each["Properties"].get(_VOLUME) for each in (resource, resources[name]))
            if before and after and after < before:
                yield (
                    f"the volume of {resource['Properties']['NotebookInstanceName']} can't shrink from {before} to"
                    f" {after} GB: write `volume_gb: {before}` below `notebooks`"
                )


def _replacements(deployed: Deployed, new: Mapping[str, Stack]) -> Iterator[ResourceChange]:
    from template_diff.environment import resources_by_environment
    from template_diff.model import Action
    from template_diff.resources import resource_changes

    created = {name: stack for name, stack in deployed.items() if stack.status not in NEVER_CREATED}
    old = {("", name): stack.template for name, stack in created.items() if name in new}
    was, becomes = (
        resources_by_environment(side).get("", {}) for side in (old, {key: new[key[1]].template for key in old})
    )
    for change in resource_changes(was, becomes, {}):
        if change.action is Action.REPLACED:
            yield change


def _names(value: Any) -> set[str]:
    """The logical ids that a value refers to."""
    if isinstance(value, list):
        return {name for item in value for name in _names(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["Ref"]} if isinstance(value.get("Ref"), str) else set()
    if "Fn::GetAtt" in value:
        own.add(value["Fn::GetAtt"][0])
    return own | {name for item in value.values() for name in _names(item)}
