"""Lets environments in other accounts describe the versions of this one's model package groups.

The pipeline does it for each version that it registers; a deploy does it for the groups that exist, so that
`promotes_to` holds for the models that were registered before it was written, and no longer than it is written.
"""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.requests.names import endpoint_name, promotion_readers
from launchpad.requests.registry import package_group_policy

_MISSING = "Cannot find"
"""SageMaker's words for a group or a policy that doesn't exist; the code is that of every invalid request."""
_OURS = re.compile(r"arn:[^:]+:iam::\d+:role/launchpad-[a-z0-9]+-(promotion|pin-checks)")


def share_versions(connection: Connection) -> str | None:
    """Put the policy on each group of the environment's workloads, if other accounts have readers; else take it away.

    So it is taken from a workload that the config no longer chooses. A workload without a folder is unknown here.
    Returns what may be left, because the caller may not look at policies.

    Raises:
        botocore.exceptions.ClientError: the caller may not share.
    """
    from launchpad.catalogue import chosen_workloads
    from launchpad.catalogue.definitions import workload_names
    from launchpad.config_files.aws_facts import partition_of
    from launchpad.settings.promotion import neighbours

    settings = connection.settings
    if settings.account is None:  # and so no other account was ever let in
        return None
    readers = neighbours(settings).version_readers(settings)
    partition = partition_of(settings.region)
    roles = [
        f"arn:{partition}:iam::{each.account}:role/{name}" for each in readers for name in promotion_readers(each.name)
    ]
    shared = frozenset(chosen_workloads(settings) if roles else ())
    sagemaker, left = connection.client("sagemaker"), None
    for workload in workload_names():
        group = endpoint_name(settings.name, workload)
        arn = f"arn:{partition}:sagemaker:{settings.region}:{settings.account}:model-package-group/{group}"
        try:
            if workload in shared:
                policy = package_group_policy(arn, roles)
                sagemaker.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=policy)
            else:
                _take_back(sagemaker, group)
        except ClientError as error:
            if workload not in shared and error.response["Error"]["Code"].startswith("AccessDenied"):
                left = f"policies of model package groups that let other accounts in may be left: {error}"
            elif _MISSING not in str(error):
                raise
    return left


def _take_back(sagemaker: Any, group: str) -> None:
    """Delete a group's policy if this platform put it there."""
    policy = json.loads(sagemaker.get_model_package_group_policy(ModelPackageGroupName=group)["ResourcePolicy"])
    readers = [
        each.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", "") for each in policy["Statement"]
    ]
    if all(_OURS.fullmatch(str(reader)) for reader in readers):
        sagemaker.delete_model_package_group_policy(ModelPackageGroupName=group)
