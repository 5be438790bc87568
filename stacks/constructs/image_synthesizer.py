"""Push a stack's image to the platform's repository instead of the one of CDK's bootstrap stack.

The CDK CLI builds assets before it deploys the first stack, unless their manifest depends on a stack: here on the one
with the repository, which building and pushing need. CDK's synthesizer has no option for it, so the manifest is added
to the cloud assembly a second time, with the dependency.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import cloud_assembly_schema as schema


class ImageSynthesizer(cdk.DefaultStackSynthesizer):
    """The synthesizer of a stack with one image."""

    def __init__(self, *, repository: str, role_arn: str, registry: str) -> None:
        """`repository` is in the stack with the artifact `registry`; the CDK CLI assumes `role_arn` to push to it."""
        super().__init__(image_assets_repository_name=repository, image_asset_publishing_role_arn=role_arn)
        self._registry = registry

    def reusable_bind(self, stack: cdk.Stack) -> cdk.IBoundStackSynthesizer:
        """Return this object, because CDK would otherwise continue with a copy of its base class."""
        self.bind(stack)
        return self

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        """Synthesize as usual, then add the manifest of the assets again."""
        super().synthesize(session)
        identifier = f"{self._bound_stack.artifact_id}.assets"
        session.assembly.add_artifact(
            identifier,
            type=schema.ArtifactType.ASSET_MANIFEST,
            properties=schema.AssetManifestProperties(file=f"{identifier}.json"),
            dependencies=[self._registry],
        )
