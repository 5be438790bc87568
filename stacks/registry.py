"""The environment's images: a repository in Amazon ECR per folder under `containers/`, and the image in it.

The images are ordinary CDK image assets: `cdk deploy` builds a folder, tags the image with the hash of its content, and
pushes it unless it exists. CDK would push all of them to the repository of its bootstrap stack. A stack's synthesizer
can name another repository, but only one, and CDK pushes before it deploys the stack. So there is one small stack per
image, after the registry stack with the repositories (`ImageSynthesizer`). Considered and rejected: a custom resource
that copies images (a Lambda function with access to every image), the alpha `AppStagingSynthesizer` (its repositories
have neither our key nor our names), and a separate command (`cdk deploy` would no longer be the whole deploy).

Pushing needs a separate role, because the role of CDK's bootstrap stack may only write to that stack's repository. It
trusts the account, as CDK's roles do: the deploying principal needs `sts:AssumeRole` on it, and Docker. AWS's base
images are in AWS's registry, to which `launchpad deploy` logs Docker in (`launchpad/image_builds/`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from launchpad.images.containers import Container, repository_name
from launchpad.images.manifests import DOCKER_OUTPUT
from launchpad.settings import EnvironmentSettings
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.image_synthesizer import ImageSynthesizer
from stacks.permissions import statements as allow
from stacks.permissions.policies import document
from stacks.permissions.principals import account_root
from stacks.permissions.promotion_permissions import pull_images

KEPT_IMAGES = 50
"""The newest images of a repository. An endpoint that scales out pulls its image again, so an old one may be in use."""
UNTAGGED_DAYS = 7
"""Days until an image without a tag is deleted; an interrupted push leaves one."""
NOT_IN_IMAGES = [".git", "**/__pycache__", "**/*.pyc"]


class RegistryStack(PlatformStack):
    """The repositories, and the role that the CDK CLI pushes with."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        containers: Iterable[str],
        readers: Sequence[EnvironmentSettings] = (),
    ) -> None:
        super().__init__(scope, settings, "registry", "Repositories of the images that this platform builds")
        self.artifact = self.artifact_id  # read once: each image's manifest names it
        repositories = [self._repository(name, storage) for name in containers]
        for repository in repositories:
            for permission in pull_images(self, readers):
                repository.add_to_resource_policy(iam.PolicyStatement.from_json(permission))
        push = document(allow.push_images(repository.repository_arn for repository in repositories))
        iam.Role(
            self,
            "PublishingRole",
            role_name=publishing_role_name(settings.name),
            description="Whoever deploys: push images to the platform's repositories",
            assumed_by=iam.ArnPrincipal(account_root(self)),
            inline_policies={"Push": iam.PolicyDocument.from_json(push)},
        )

    def _repository(self, container: str, storage: Storage) -> ecr.Repository:
        """Create a repository that scans pushed images. Tags are immutable, so a job's image stays what it was."""
        return ecr.Repository(
            self,
            f"Repository-{container}",
            repository_name=repository_name(self.settings.name, container),
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=storage.key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Untagged images",
                    rule_priority=1,
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=cdk.Duration.days(UNTAGGED_DAYS),
                ),
                ecr.LifecycleRule(description="All but the newest", rule_priority=2, max_image_count=KEPT_IMAGES),
            ],
            removal_policy=self.data_removal,
            empty_on_delete=not self.settings.retain_data,
        )


class ImageStack(PlatformStack):
    """One image, and a parameter with its URI for people and notebooks."""

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
        self.registry = registry
        self.add_stack_dependency(registry)
        self.uri = self._image(container).image_uri
        ssm.CfnParameter(
            self,
            "Current",
            type="String",
            name=f"/launchpad/{settings.name}/images/{container.name}",
            description=f"The image of containers/{container.name}",
            value=self.uri,
        )

    def _image(self, container: Container) -> assets.DockerImageAsset:
        """The image, tagged with a hash of the folder, the build arguments and the outputs."""
        return assets.DockerImageAsset(
            self,
            "Image",
            directory=str(container.folder),
            build_args=container.build_arguments(self.settings.region),
            platform=assets.Platform.LINUX_AMD64,
            outputs=[DOCKER_OUTPUT],
            exclude=NOT_IN_IMAGES,
            ignore_mode=cdk.IgnoreMode.DOCKER,
            display_name=f"Image of {container.name}",
        )


def add_images(
    stage: Construct,
    settings: EnvironmentSettings,
    *,
    storage: Storage,
    containers: Mapping[str, Container],
    readers: Sequence[EnvironmentSettings] = (),
) -> dict[str, ImageStack]:
    """Create the stacks of all `containers`, and return those of the images by name.

    `readers` are the environments in other accounts that may copy them.
    """
    if not containers:
        return {}
    registry = RegistryStack(stage, settings, storage=storage, containers=containers, readers=readers)
    return {name: ImageStack(stage, settings, container, registry) for name, container in containers.items()}


def publishing_role_name(environment: str) -> str:
    """Return the role's fixed name, because the CDK CLI reads it from the assembly and not from the deployed stack."""
    return f"launchpad-{environment}-image-publishing"


def _placeholder_arn(role: str) -> str:
    """Return the role's ARN with placeholders that the CDK CLI fills in, not CloudFormation."""
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{role}"
