"""Recognizes a deploy that would change nothing, so that the local AWS needs no run of the CDK CLI for it.

Note: this is stricter than the CLI's own comparison. Where anything differs or can't be compared, the CLI decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.cloud_assembly import Stack
from launchpad.updates.deployed import Deployed, DeployedStack

SETTLED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
"""The statuses after which a stack is as its template says."""
PARAMETERS = frozenset({"BootstrapVersion"})
"""The parameters that only a rule of the template reads. The value of any other may have changed."""


def is_unchanged(s3: Any, new: Mapping[str, Stack], deployed: Deployed) -> bool:
    """Whether these stacks are deployed exactly as they are in the assembly, and their assets still exist."""
    same = all(name in deployed and _is_same(stack, deployed[name]) for name, stack in new.items())
    return same and _exist(s3, set(_asset_files(new)))


def _is_same(stack: Stack, deployed: DeployedStack) -> bool:
    return (
        deployed.status in SETTLED
        and deployed.template == stack.template
        and stack.template.get("Parameters", {}).keys() <= PARAMETERS
        and not stack.properties.get("parameters")
        and not stack.properties.get("notificationArns")
        and deployed.tags == stack.properties.get("tags", {})
        and deployed.protected == bool(stack.properties.get("terminationProtection"))
    )


def _asset_files(stacks: Mapping[str, Stack]) -> Iterator[tuple[str, str]]:
    """The bucket and the key of every file that the CLI uploads for the stacks."""
    for manifest in {file for stack in stacks.values() for file in stack.asset_manifests}:
        for asset in json.loads(manifest.read_text("utf-8")).get("files", {}).values():
            for destination in asset["destinations"].values():
                yield destination["bucketName"], destination["objectKey"]


def _exist(s3: Any, objects: set[tuple[str, str]]) -> bool:
    existing: set[tuple[str, str]] = set()
    try:
        for bucket in {bucket for bucket, _ in objects}:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                existing |= {(bucket, item["Key"]) for item in page.get("Contents", ())}
    except ClientError:  # no such bucket: the CLI reports it
        return False
    return objects <= existing
