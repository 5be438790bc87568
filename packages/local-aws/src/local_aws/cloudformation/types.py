"""The table of resource types. Their `attributes` match AWS's own resource schemas (tested)."""

from __future__ import annotations

from local_aws.cloudformation import audit, ec2, emr, hosting, iam, operations, substitutes, workspaces
from local_aws.cloudformation.client_resource import ClientOf
from local_aws.cloudformation.resource_type import ResourceType

TYPES = (
    *audit.TYPES,
    *hosting.TYPES,
    *ec2.TYPES,
    *emr.TYPES,
    *iam.TYPES,
    *operations.TYPES,
    *substitutes.TYPES,
    *workspaces.TYPES,
)


def resource_types(client: ClientOf) -> tuple[ResourceType, ...]:
    """All types that this server adds."""
    return tuple(resource.resource_type(client) for resource in TYPES)
