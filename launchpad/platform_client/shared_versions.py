"""Lets environments in other accounts describe the versions of this one's model package groups.

The pipeline does it for each version that it registers; a deploy does it for the groups that exist, so that
`promotes_to` holds for the models that were registered before it was written.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.requests.names import endpoint_name, promotion_readers
from launchpad.requests.registry import package_group_policy

_MISSING = "Cannot find Model Package Group"
"""SageMaker's words for a group that doesn't exist; the code is that of every invalid request."""


def share_versions(connection: Connection) -> None:
    """Put the policy on each group of the environment's workloads; none without readers in other accounts.

    Raises:
        botocore.exceptions.ClientError: the caller may not.
    """
    from launchpad.catalogue import chosen_workloads
    from launchpad.config_files.aws_facts import partition_of
    from launchpad.settings.promotion import neighbours

    settings = connection.settings
    readers = neighbours(settings).version_readers(settings)
    if not readers:
        return
    partition = partition_of(settings.region)
    roles = [
        f"arn:{partition}:iam::{each.account}:role/{name}" for each in readers for name in promotion_readers(each.name)
    ]
    for workload in chosen_workloads(settings):
        group = endpoint_name(settings.name, workload)
        arn = f"arn:{partition}:sagemaker:{settings.region}:{settings.account}:model-package-group/{group}"
        _put(connection, group, package_group_policy(arn, roles))


def _put(connection: Connection, group: str, policy: str) -> None:
    try:
        connection.client("sagemaker").put_model_package_group_policy(
            ModelPackageGroupName=group, ResourcePolicy=policy
        )
    except ClientError as error:
        if _MISSING not in str(error):
            raise
