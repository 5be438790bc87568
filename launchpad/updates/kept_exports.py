"""Exports that the config no longer has while deployed stacks still import them: they stay until those have changed.

CloudFormation doesn't remove an export that another stack imports. The CDK CLI updates the exporting stack first, so
one deploy can never remove it. So there are two: the first one keeps the export, and everything that only the deployed
template has, next to what is new; the second one, after the importers have changed or are deleted, removes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launchpad.cloud_assembly import Stack, Template
from launchpad.updates.deployed import Deployed, exports_of, importers

Kept = Mapping[str, frozenset[str]]
"""The keys of the outputs to keep, by stack."""
_DECLARATIONS = ("Parameters", "Mappings", "Conditions")


def kept_exports(deployed: Deployed, new: Mapping[str, Stack]) -> dict[str, frozenset[str]]:
    """The outputs that leave their templates but are in use."""
    exports = {}
    for name in deployed.keys() & new.keys():
        remaining = set(exports_of(new[name].template).values())
        leaving = {key: export for key, export in deployed[name].exports.items() if export not in remaining}
        if used := frozenset(key for key, export in leaving.items() if importers(deployed, export)):
            exports[name] = used
    return exports


def transition_templates(deployed: Deployed, new: Mapping[str, Stack], exports: Kept) -> dict[str, Template]:
    """The templates of the first of the two deploys, for the stacks whose exports stay."""
    return {name: merged(deployed[name].template, new[name].template, outputs) for name, outputs in exports.items()}


def merged(old: Template, new: Template, outputs: Iterable[str]) -> Template:
    """The new template, with what only the old one has, and with these outputs of the old one."""
    declarations = {
        section: {**old.get(section, {}), **new.get(section, {})}
        for section in _DECLARATIONS
        if section in old or section in new
    }
    old_outputs: dict[str, Any] = {key: old["Outputs"][key] for key in outputs}
    return {
        **new,
        **declarations,
        "Resources": {**old["Resources"], **new["Resources"]},
        "Outputs": {**old_outputs, **new.get("Outputs", {})},
    }
