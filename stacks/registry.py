"""The environment's own images: a repository in Amazon ECR per folder under `containers/`, and what is pushed to it.

The images are ordinary CDK image assets: `cdk deploy` builds a folder, tags the image with the hash of what is in it,
and pushes it unless it is there already. CDK would push all of them to the repository of its bootstrap stack; a stack's
synthesizer can name another one, but only one, and CDK pushes before it deploys the stack. Hence one small stack per
image, after the registry stack with the repositories (`ImageSynthesizer`). Considered and left: a custom resource that
copies images (a Lambda function with rights to every image), the alpha `AppStagingSynthesizer` (its repositories have
neither our key nor our names), and a command of our own (a deploy would no longer be all that `cdk deploy` does).

Pushing takes a role of its own, for that of CDK's bootstrap stack may write to that stack's repository alone. It trusts
the account, as CDK's do: who deploys needs `sts:AssumeRole` on it, and Docker. A base image of AWS's own is pulled from
AWS's registry, to which Docker has to be logged in first (`aws ecr get-login-password`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from launchpad.containers import Container, repository_name
from launchpad.settings import EnvironmentSettings
from stacks.constructs import statements as allow
from stacks.constructs.image_synthesizer import ImageSynthesizer
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.principals import account_root
from stacks.constructs.role import Role
from stacks.storage import StorageStack

KEPT_IMAGES = 50
"""Of each repository, the newest. An endpoint that scales out pulls its image again, so an old one may be in use."""
UNTAGGED_DAYS = 7
"""After which an image that lost its tag, or never got one because a push broke off, is deleted."""
LIFECYCLE_RULES = [
    {
        "rulePriority": 1,
        "description": "Untagged images",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countNumber": UNTAGGED_DAYS,
            "countUnit": "days",
        },
        "action": {"type": "expire"},
    },
    {
        "rulePriority": 2,
        "description": "All but the newest",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
        "action": {"type": "expire"},
    },
]
PROCESSORS = "linux/amd64"
"""Of SageMaker's instances that images are built for."""
NOT_IN_IMAGES = [".git", "**/__pycache__", "**/*.pyc"]


class RegistryStack(PlatformStack):
    """The repositories, and the role that pushes to them."""

    def __init__(
        self, scope: Construct, settings: EnvironmentSettings, *, storage: StorageStack, containers: Iterable[str]
    ) -> None:
        super().__init__(scope, settings, "registry", "Repositories of the images that this platform builds")
        self.artifact = self.artifact_id  # each image's manifest names it
        repositories = [self._repository(name, storage) for name in containers]
        Role(
            self,
            "PublishingRole",
            role_name=publishing_role_name(settings.name),
            description="Whoever deploys: push images to the platform's repositories",
            assumed_by=account_root(self),
            policies={"Push": allow.push_images(repositories)},
        )

    def _repository(self, container: str, storage: StorageStack) -> str:
        """Its ARN. Tags can't be moved, so what a job ran stays what it was; each push is scanned for weaknesses."""
        repository = ecr.CfnRepository(
            Construct(self, f"Repository-{container}"),
            "Resource",
            repository_name=repository_name(self.settings.name, container),
            encryption_configuration=ecr.CfnRepository.EncryptionConfigurationProperty(
                encryption_type="KMS", kms_key=storage.key_arn
            ),
            image_scanning_configuration=ecr.CfnRepository.ImageScanningConfigurationProperty(scan_on_push=True),
            image_tag_mutability="IMMUTABLE",
            lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(
                lifecycle_policy_text=json.dumps({"rules": LIFECYCLE_RULES}, separators=(",", ":"))
            ),
            empty_on_delete=not self.settings.retain_data,
        )
        repository.apply_removal_policy(self.data_removal)
        return repository.attr_arn


class ImageStack(PlatformStack):
    """One image. Its parameter tells people and notebooks which one is current."""

    def __init__(
        self, scope: Construct, settings: EnvironmentSettings, container: Container, registry: RegistryStack
    ) -> None:
        super().__init__(
            scope,
            settings,
            f"image-{container.name}",
            f"The image of containers/{container.name}",
            synthesizer=ImageSynthesizer(
                repository=repository_name(settings.name, container.name),
                role_arn=_placeholder_arn(publishing_role_name(settings.name)),
                registry=registry.artifact,
            ),
        )
        self.add_stack_dependency(registry)
        self.uri = self._add_image(container)
        ssm.CfnParameter(
            self,
            "Current",
            type="String",
            name=f"/launchpad/{settings.name}/images/{container.name}",
            description=f"The image of containers/{container.name}",
            value=self.uri,
        )

    def _add_image(self, container: Container) -> str:
        """The image's URI. Its tag is the hash of what is in the folder, and of what else Docker is told."""
        build_arguments = container.build_arguments(self.settings.region)
        # In the words of CDK's own image asset, which tagged these images before: a tag stays what it was.
        salt = {"buildArgs": build_arguments, "platform": {"platform": PROCESSORS}, "version": "1.21.0"}
        staging = cdk.AssetStaging(
            self,
            "Image",
            source_path=str(container.folder),
            exclude=_not_in_image(container.folder),
            ignore_mode=cdk.IgnoreMode.DOCKER,
            extra_hash=json.dumps(salt, separators=(",", ":")),
        )
        location = self.synthesizer.add_docker_image_asset(
            source_hash=staging.asset_hash,
            directory_name=staging.relative_staged_path(self),
            docker_build_args=build_arguments,
            platform=PROCESSORS,
            display_name=f"Image of {container.name}",
        )
        return location.image_uri


def _not_in_image(folder: Path) -> list[str]:
    """What the folder itself leaves out, and what no image wants; the last two are for Docker."""
    file = folder / ".dockerignore"
    ignored = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [*filter(None, ignored), *NOT_IN_IMAGES, "!.dockerignore", "!Dockerfile"]


def add_images(
    stage: Construct, settings: EnvironmentSettings, *, storage: StorageStack, containers: Mapping[str, Container]
) -> dict[str, ImageStack]:
    """The stacks of all `containers`, by name; none at all without a container."""
    if not containers:
        return {}
    registry = RegistryStack(stage, settings, storage=storage, containers=containers)
    return {name: ImageStack(stage, settings, container, registry) for name, container in containers.items()}


def publishing_role_name(environment: str) -> str:
    """Named by hand, for the CDK CLI reads it from the assembly and not from the deployed stack."""
    return f"launchpad-{environment}-image-publishing"


def _placeholder_arn(role: str) -> str:
    """With the placeholders that the CDK CLI fills in, and not CloudFormation."""
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{role}"
