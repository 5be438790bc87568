"""Removes what the platform's functions created, before the stacks go: CloudFormation doesn't know these resources.

Only resources with the environment's tag are touched, because other people's resources may have similar names.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import ENDPOINT_GROUP, TRAINING_GROUP

TAG = "launchpad:environment"
LONGEST_STOP_SECONDS = 600.0
_BATCH = 1000
"""The most objects of one DeleteObjects call."""


@dataclass(frozen=True)
class Kind:
    """One kind of SageMaker resource, and how to list, name and delete it."""

    noun: str
    paginator: str
    items: str
    name: str
    arn: str
    delete: str


KINDS = (
    Kind("endpoint", "list_endpoints", "Endpoints", "EndpointName", "EndpointArn", "delete_endpoint"),
    Kind(
        "endpoint configuration",
        "list_endpoint_configs",
        "EndpointConfigs",
        "EndpointConfigName",
        "EndpointConfigArn",
        "delete_endpoint_config",
    ),
    Kind("model", "list_models", "Models", "ModelName", "ModelArn", "delete_model"),
)
"""The kinds in the order of deletion: each uses the next one."""


def stop_jobs(connection: Connection) -> Iterator[str]:
    """Stop the environment's running training jobs, wait until they have ended, and yield their names.

    Raises:
        LaunchpadError: a job doesn't end in time.
    """
    sagemaker = connection.client("sagemaker")
    running = [name for status in ("InProgress", "Stopping") for name in _jobs(connection, sagemaker, status)]
    for name in running:
        _unless_gone(sagemaker.stop_training_job, TrainingJobName=name)
        yield name
    deadline = time.monotonic() + LONGEST_STOP_SECONDS
    while any(_jobs(connection, sagemaker, status) for status in ("InProgress", "Stopping")):
        if time.monotonic() > deadline:
            raise LaunchpadError(f"training jobs don't stop: {', '.join(running)}; look at them, then try again")
        time.sleep(connection.poll_seconds)


def delete_launched(connection: Connection) -> Iterator[tuple[str, str]]:
    """Delete the environment's endpoints, endpoint configurations and models; yield the kind and name of each."""
    sagemaker = connection.client("sagemaker")
    for kind in KINDS:
        names = list(_tagged(connection, sagemaker, kind))
        for name in names:
            _unless_gone(getattr(sagemaker, kind.delete), **{kind.name: name})
            yield kind.noun, name
        if kind.noun == "endpoint":
            _until_gone(connection, sagemaker, names)


def delete_logs(connection: Connection) -> Iterator[str]:
    """Delete the CloudWatch logs of the environment's jobs and endpoints; yield the names of what was deleted."""
    logs = connection.client("logs")
    prefix = f"{connection.name}-"
    for group in list(_groups(logs, f"{ENDPOINT_GROUP}/{prefix}")):
        _unless_gone(logs.delete_log_group, logGroupName=group)
        yield group
    for stream in list(_streams(logs, TRAINING_GROUP, prefix)):
        _unless_gone(logs.delete_log_stream, logGroupName=TRAINING_GROUP, logStreamName=stream)
        yield f"{TRAINING_GROUP} {stream}"


def empty_bucket(connection: Connection, bucket: str) -> int:
    """Delete every version of every object in a bucket; return how many. A bucket that doesn't exist is empty."""
    s3 = connection.client("s3")
    deleted = 0
    while True:  # deleting shifts the pages, so the first one is requested again each time
        try:
            page = s3.list_object_versions(Bucket=bucket, MaxKeys=_BATCH)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return deleted
            raise
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            return deleted
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        _refuse_errors(bucket, answer.get("Errors", []))
        deleted += len(objects)


def buckets(connection: Connection, stacks: Sequence[str]) -> Iterator[str]:
    """The buckets of the stacks."""
    paginator = connection.client("cloudformation").get_paginator("list_stack_resources")
    for stack in stacks:
        for page in paginator.paginate(StackName=stack):
            for resource in page["StackResourceSummaries"]:
                gone = resource["ResourceStatus"] == "DELETE_COMPLETE"
                if resource["ResourceType"] == "AWS::S3::Bucket" and not gone and resource.get("PhysicalResourceId"):
                    yield resource["PhysicalResourceId"]


def lift_protection(connection: Connection, stacks: Sequence[str]) -> None:
    """Disable the stacks' termination protection (UpdateTerminationProtection)."""
    cloudformation = connection.client("cloudformation")
    for stack in stacks:
        cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)


def _jobs(connection: Connection, sagemaker: Any, status: str) -> list[str]:
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains=f"{connection.name}-", StatusEquals=status
    )
    found = [job for page in pages for job in page["TrainingJobSummaries"]]
    return [job["TrainingJobName"] for job in found if _is_ours(connection, sagemaker, job["TrainingJobArn"])]


def _tagged(connection: Connection, sagemaker: Any, kind: Kind) -> Iterator[str]:
    for page in sagemaker.get_paginator(kind.paginator).paginate(NameContains=f"{connection.name}-"):
        for item in page[kind.items]:
            if _is_ours(connection, sagemaker, item[kind.arn]):
                yield item[kind.name]


def _is_ours(connection: Connection, sagemaker: Any, arn: str) -> bool:
    try:
        tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    except ClientError as error:
        if _is_gone(error):
            return False
        raise
    return {"Key": TAG, "Value": connection.name} in tags


def _until_gone(connection: Connection, sagemaker: Any, endpoints: Sequence[str]) -> None:
    for name in endpoints:
        deadline = time.monotonic() + LONGEST_STOP_SECONDS
        while _exists(sagemaker, name) and time.monotonic() < deadline:
            time.sleep(connection.poll_seconds)


def _exists(sagemaker: Any, endpoint: str) -> bool:
    try:
        sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if _is_gone(error):
            return False
        raise
    return True


def _groups(logs: Any, prefix: str) -> Iterator[str]:
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        yield from (group["logGroupName"] for group in page["logGroups"])


def _streams(logs: Any, group: str, prefix: str) -> Iterator[str]:
    try:
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=prefix)
        for page in pages:
            yield from (stream["logStreamName"] for stream in page["logStreams"])
    except ClientError as error:
        if not _is_gone(error):
            raise


def _unless_gone(call: Any, **arguments: Any) -> None:
    try:
        call(**arguments)
    except ClientError as error:
        if not _is_gone(error):
            raise


def _is_gone(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "NotFound" in code or "Could not find" in str(error) or "does not exist" in str(error)


def _refuse_errors(bucket: str, errors: Sequence[Any]) -> None:
    if errors:
        first = errors[0]
        raise LaunchpadError(f"s3://{bucket}/{first['Key']} can't be deleted: {first.get('Message', first['Code'])}")
