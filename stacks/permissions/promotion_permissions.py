"""What leaves an environment's account: the models and images that the next environment may copy.

Each statement of a resource's policy names the next account and, as a condition, its roles that copy and check: a
policy that names a role itself is refused while that role doesn't exist ("Invalid principal in policy", IAM user
guide), and the next environment may be deployed later. Across accounts, the role's own policy must allow the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from launchpad.images import registry_actions
from launchpad.images.containers import Container, repository_name
from launchpad.requests.names import pin_check_role_name, promotion_readers, promotion_role_name
from launchpad.settings import EnvironmentSettings
from launchpad.settings.pinned_models import PromotedModel
from launchpad.settings.promotion import Neighbours
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

COPIED = ("*/models/*", "*/baselines/*")
"""The artifacts that endpoints serve, and what their requests are compared with; a job's own output is elsewhere."""
READ_OBJECTS = ["s3:GetObject", "s3:GetObjectVersion"]


def version_readers(stack: PlatformStack, targets: Iterable[EnvironmentSettings]) -> list[str]:
    """The ARNs of the roles that read versions of models, to take them over into `targets` or to check pins there."""
    return [role for target in targets for role in _roles(stack, target, promotion_readers(target.name))]


def promotion_role(stack: PlatformStack, target: EnvironmentSettings) -> str:
    """The ARN of the role that takes models over into `target`."""
    (role,) = _roles(stack, target, [promotion_role_name(target.name)])
    return role


def pin_check_role(stack: PlatformStack) -> str:
    """The ARN of the role that checks the pins of the stack's own environment."""
    (role,) = _roles(stack, stack.settings, [pin_check_role_name(stack.settings.name)])
    return role


def read_models(stack: PlatformStack, bucket_arn: str, targets: Iterable[EnvironmentSettings]) -> Iterator[Statement]:
    """Statements for the model bucket's policy: read what is served here, to serve the same there."""
    for target in targets:
        readers = promotion_readers(target.name)
        yield {**statement(READ_OBJECTS, _below(bucket_arn)), **_only(stack, target, readers)}


def decrypt_models(stack: PlatformStack, targets: Iterable[EnvironmentSettings]) -> Iterator[Statement]:
    """Statements for the key's policy: decrypt objects of S3, nothing else that the key encrypts. `*` is this key."""
    for target in targets:
        principal = _only(stack, target, promotion_readers(target.name))
        condition = {**principal["Condition"], **_through_s3(stack)}
        yield {**statement(["kms:Decrypt"], ["*"]), **principal, "Condition": condition}


def pull_images(stack: PlatformStack, targets: Iterable[EnvironmentSettings]) -> Iterator[dict[str, Any]]:
    """Statements for a repository's policy, which names no resource: it is the repository."""
    for target in targets:
        permission = dict(statement(list(registry_actions.PULL), ["*"]))
        del permission["Resource"]
        yield {**permission, **_only(stack, target, [promotion_role_name(target.name)])}


def promoting(
    stack: PlatformStack,
    storage: Storage,
    *,
    sources: Sequence[EnvironmentSettings],
    containers: Iterable[Container],
    promoted: Iterable[PromotedModel],
) -> Iterator[Statement]:
    """Permissions for the promotion role: copy exactly what is pinned, by object, key and package, and the images."""
    for model in promoted:
        yield statement(READ_OBJECTS, [f"arn:{stack.partition_name}:s3:::{model.bucket}/{key}" for key in model.files])
        yield statement(["kms:Decrypt"], [model.key], _through_s3(stack))
        yield statement(["sagemaker:DescribeModelPackage"], [model.model_package])
    # The copy is read again, for the digest of what was written.
    yield statement(["s3:GetObject", *WRITE_OBJECTS], _below(storage.model_arn))
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


def checking(
    stack: PlatformStack,
    storage: Storage,
    *,
    registries: Iterable[EnvironmentSettings],
    promoted: Sequence[PromotedModel],
) -> Iterator[Statement]:
    """Permissions for the role that checks pins: read what a new pin may name before a deploy, and write nothing.

    A pull request pins another version each time, so these are all versions of the environments on the way here, and
    the folders of the workloads whose models are pinned. The key and the bucket of a workload's first pin are unknown
    before that one is deployed.
    """
    versions = [
        stack.arn("sagemaker", f"model-package/{each.name}-*", account=_account(stack, each)) for each in registries
    ]
    yield statement(["sagemaker:DescribeModelPackage"], versions)
    folders = {folder for model in promoted for folder in model.folders}
    if folders:
        arns = [f"arn:{stack.partition_name}:s3:::{folder}/*" for folder in sorted(folders)]
        yield statement(READ_OBJECTS, arns)
        yield statement(["kms:Decrypt"], sorted({model.key for model in promoted}), _through_s3(stack))
    yield statement(["s3:GetObject"], _below(storage.model_arn))
    yield allow.read_encrypted(storage.key_arn)


def checking_as_caller(stack: PlatformStack, around: Neighbours) -> Iterator[Statement]:
    """What checking pins before a deploy needs of its caller, who may change nothing (`launchpad validate --pins`)."""
    if around.sources:
        yield statement(["sts:AssumeRole"], [pin_check_role(stack)])
    pins = [each for endpoint in stack.settings.endpoints for _, each in endpoint.pinned_models]
    if pins:  # a new one may be another version
        versions = allow.sagemaker_arns(stack, stack.settings.name, "model-package")
        yield statement(["sagemaker:DescribeModelPackage"], versions)
    artifacts = sorted({each.model_data.removeprefix("s3://") for each in pins if each.model_data})
    if artifacts:
        yield statement(["s3:GetObject"], [f"arn:{stack.partition_name}:s3:::{artifact}" for artifact in artifacts])


WRITE_OBJECTS = ["s3:PutObject", "s3:AbortMultipartUpload"]


def deploying_promotions(stack: PlatformStack, around: Neighbours) -> Iterator[Statement]:
    """What `launchpad deploy` does for promotions: it copies as the promotion role, and shares the model registry."""
    if around.sources:
        yield statement(["sts:AssumeRole"], [promotion_role(stack, stack.settings)])
    groups = allow.sagemaker_arns(stack, stack.settings.name, "model-package-group")
    if around.version_readers(stack.settings):
        yield statement(["sagemaker:PutModelPackageGroupPolicy"], groups)
    if stack.settings.account:  # whose config may have let another account in once
        taking_back = ["sagemaker:DeleteModelPackageGroupPolicy", "sagemaker:GetModelPackageGroupPolicy"]
        yield statement(taking_back, groups)


def _below(bucket_arn: str) -> list[str]:
    return [f"{bucket_arn}/{pattern}" for pattern in COPIED]


def _only(stack: PlatformStack, target: EnvironmentSettings, names: Sequence[str]) -> dict[str, Any]:
    """`Principal` and `Condition` that together are these roles of the target."""
    root = stack.arn("iam", "root", region="", account=_account(stack, target))
    roles = _roles(stack, target, names)
    arn = roles[0] if len(roles) == 1 else roles
    return {"Principal": {"AWS": root}, "Condition": {"ArnEquals": {"aws:PrincipalArn": arn}}}


def _roles(stack: PlatformStack, target: EnvironmentSettings, names: Iterable[str]) -> list[str]:
    return [stack.arn("iam", f"role/{name}", region="", account=_account(stack, target)) for name in names]


def _through_s3(stack: PlatformStack) -> dict[str, Any]:
    suffix = "amazonaws.com.cn" if stack.partition_name == "aws-cn" else "amazonaws.com"
    return {"StringEquals": {"kms:ViaService": f"s3.{stack.settings.region}.{suffix}"}}


def _account(stack: PlatformStack, settings: EnvironmentSettings) -> str:
    """The account of a neighbour; that of this stack where neither config has one, which then is the same."""
    return settings.account or stack.account_id
