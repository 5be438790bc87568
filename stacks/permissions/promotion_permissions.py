"""What leaves an environment's account: the models and images that the next environment may copy.

Each statement of a resource's policy names the next account and, as a condition, its promotion role: a policy that
names a role itself is refused while that role doesn't exist ("Invalid principal in policy", IAM user guide), and the
next environment may be deployed later. Across accounts, the role's own policy must allow the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from launchpad.images import registry_actions
from launchpad.images.containers import Container, repository_name
from launchpad.requests.names import promotion_role_name
from launchpad.settings import EnvironmentSettings
from launchpad.settings.promotion import Neighbours
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

MODELS = "*/models/*"
"""The artifacts that endpoints serve; a training job's own output is elsewhere."""
READ_OBJECTS = ["s3:GetObject", "s3:GetObjectVersion"]


def promotion_roles(stack: PlatformStack, targets: Iterable[EnvironmentSettings]) -> list[str]:
    """The ARNs of the roles that take models over into `targets`."""
    return [promotion_role(stack, target) for target in targets]


def promotion_role(stack: PlatformStack, target: EnvironmentSettings) -> str:
    """The ARN of the role that takes models over into `target`."""
    return stack.arn("iam", f"role/{promotion_role_name(target.name)}", region="", account=_account(stack, target))


def read_models(stack: PlatformStack, bucket_arn: str, targets: Iterable[EnvironmentSettings]) -> Iterator[Statement]:
    """For the model bucket's policy: read what is served here, to serve the same there."""
    for target in targets:
        yield {**statement(READ_OBJECTS, [f"{bucket_arn}/{MODELS}"]), **_only(stack, target)}


def decrypt_models(stack: PlatformStack, targets: Iterable[EnvironmentSettings]) -> Iterator[Statement]:
    """For the key's policy: decrypt objects of S3, and nothing else that the key encrypts. `*` is this key."""
    for target in targets:
        principal = _only(stack, target)
        condition = {**principal["Condition"], **_through_s3(stack)}
        yield {**statement(["kms:Decrypt"], ["*"]), **principal, "Condition": condition}


def pull_images(stack: PlatformStack, targets: Iterable[EnvironmentSettings]) -> Iterator[dict[str, Any]]:
    """For a repository's policy, which names no resource: it is the repository."""
    for target in targets:
        permission = dict(statement(list(registry_actions.PULL), ["*"]))
        del permission["Resource"]
        yield {**permission, **_only(stack, target)}


def promoting(
    stack: PlatformStack,
    storage: Storage,
    *,
    sources: Sequence[EnvironmentSettings],
    containers: Iterable[Container],
    promoted: Iterable[tuple[str, str, str]],
) -> Iterator[Statement]:
    """For the promotion role: copy exactly what is pinned, by artifact, key and model package, and the images."""
    for artifact, key, package in promoted:
        yield statement(READ_OBJECTS, [f"arn:{stack.partition_name}:s3:::{artifact.removeprefix('s3://')}"])
        yield statement(["kms:Decrypt"], [key], _through_s3(stack))
        yield statement(["sagemaker:DescribeModelPackage"], [package])
    # The copy is read again, for the digest of what was written.
    yield statement(["s3:GetObject", *WRITE_OBJECTS], [f"{storage.model_arn}/{MODELS}"])
    yield allow.use_key(storage.key_arn)
    names = [container.name for container in containers]
    if names:
        yield from allow.push_images(
            stack.arn("ecr", f"repository/{repository_name(stack.settings.name, name)}") for name in names
        )
    yield from allow.pull_images(
        stack.arn("ecr", f"repository/{repository_name(source.name, name)}", account=_account(stack, source))
        for source in sources
        for name in names
    )


WRITE_OBJECTS = ["s3:PutObject", "s3:AbortMultipartUpload"]


def deploying_promotions(stack: PlatformStack, around: Neighbours) -> Iterator[Statement]:
    """What `launchpad deploy` does for promotions: it copies as the promotion role, and shares the model registry."""
    if around.sources:
        yield statement(["sts:AssumeRole"], [promotion_role(stack, stack.settings)])
    if around.version_readers(stack.settings):
        groups = allow.sagemaker_arns(stack, stack.settings.name, "model-package-group")
        yield statement(["sagemaker:PutModelPackageGroupPolicy"], groups)


def _only(stack: PlatformStack, target: EnvironmentSettings) -> dict[str, Any]:
    """`Principal` and `Condition` that together are the target's promotion role."""
    root = stack.arn("iam", "root", region="", account=_account(stack, target))
    return {
        "Principal": {"AWS": root},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": promotion_role(stack, target)}},
    }


def _through_s3(stack: PlatformStack) -> dict[str, Any]:
    suffix = "amazonaws.com.cn" if stack.partition_name == "aws-cn" else "amazonaws.com"
    return {"StringEquals": {"kms:ViaService": f"s3.{stack.settings.region}.{suffix}"}}


def _account(stack: PlatformStack, settings: EnvironmentSettings) -> str:
    """The account of a neighbour; that of this stack where neither config has one, which then is the same."""
    return settings.account or stack.account_id
