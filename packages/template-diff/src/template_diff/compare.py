"""The complete comparison: two sets of templates in, one `Difference` out."""

from __future__ import annotations

from template_diff.environment import resources_by_environment, under_new_names
from template_diff.model import Difference, NetworkChange, PermissionChange, ResourceChange, Templates
from template_diff.permissions import permission_changes
from template_diff.renames import find_renames
from template_diff.resources import resource_changes
from template_diff.security_groups import network_changes


def compare(old: Templates, new: Templates) -> Difference:
    """What deploying `new` over `old` would do, environment by environment."""
    before, after = resources_by_environment(old), resources_by_environment(new)
    resources: list[ResourceChange] = []
    permissions: list[PermissionChange] = []
    network: list[NetworkChange] = []
    for environment in sorted({*before, *after}):
        was, becomes = before.get(environment, {}), after.get(environment, {})
        names = find_renames(was, becomes)
        resources += resource_changes(was, becomes, names)
        # A renamed role is the same role: its permissions are compared across its two names
        was = under_new_names(was, names)
        permissions += permission_changes(environment, was, becomes)
        network += network_changes(environment, was, becomes)
    return Difference(tuple(resources), tuple(permissions), tuple(network))
