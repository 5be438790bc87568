"""Tags whose keys begin with `aws:`, which AWS keeps for itself: no user sets or removes one.

A header marks CloudFormation's calls; only this process knows its value. Confirmed by users' reports are
the words of CloudFormation, CloudWatch and EC2 and the general ones; the codes of the other services are those that
their models list for tags, and unconfirmed. S3's are in `ministack.bucket_tags`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from botocore.model import Shape, StructureShape

from local_aws.api.errors import AwsError

HEADER = "x-local-aws-stack"
STACKS = secrets.token_hex(32)
"""The value of the header in calls of CloudFormation."""
of_stacks: ContextVar[bool] = ContextVar("the call is CloudFormation's", default=False)

WORDS = "aws: prefixed tag key names are not allowed for external use."
EC2_WORDS = "Tag keys starting with 'aws:' are reserved for internal use"
CODES = {
    "cloudformation": "ValidationError",
    "ec2": "InvalidParameterValue",
    "ecr": "InvalidTagParameterException",
    "elasticmapreduce": "InvalidRequestException",
    "iam": "InvalidInput",
    "kms": "TagException",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "monitoring": "ValidationError",
    "secretsmanager": "InvalidParameterException",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
}
"""Error codes by the service's name in credential scopes; ValidationException otherwise."""
TAGS = frozenset({"tags", "tagspecifications", "tagkeys"})


def refuse_reserved_tags(service: str, shape: Shape | None, request: Mapping[str, Any]) -> None:
    """Raise `AwsError` for a key of AWS's among the tags of a request, unless the call is CloudFormation's."""
    if of_stacks.get() or not isinstance(shape, StructureShape):
        return
    tags = (request[name] for name in shape.members if name.lower() in TAGS and name in request)
    if any(key.lower().startswith("aws:") for value in tags for key in _keys(value)):
        raise AwsError(CODES.get(service, "ValidationException"), EC2_WORDS if service == "ec2" else WORDS)


def _keys(tags: Any) -> Iterator[str]:
    """The keys of tags in any of the shapes that services use: maps, lists of pairs, lists of keys, specifications."""
    if isinstance(tags, dict):
        yield from map(str, tags)
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str):
            yield tag
        elif isinstance(tag, dict):
            members = {name.lower(): member for name, member in tag.items()}
            yield str(members.get("key", members.get("tagkey", "")))
            yield from _keys(members.get("tags"))
