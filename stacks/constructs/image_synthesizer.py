"""How a stack's image gets into a repository of the platform's own, and not into that of CDK's bootstrap stack.

The CDK CLI builds assets before it deploys the first stack, unless their manifest depends on one: here on the stack
with the repository, for which building and pushing ask. CDK's own synthesizer has no such option, so the manifest
is entered into the cloud assembly a second time, with the dependency.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import cloud_assembly_schema as schema


class ImageSynthesizer(cdk.DefaultStackSynthesizer):
    """Of one stack, with one image."""

    def __init__(self, *, repository: str, role_arn: str, registry: str) -> None:
        """`repository` is in the stack with the artifact `registry`; who deploys takes on `role_arn` to push to it."""
        super().__init__(image_assets_repository_name=repository, image_asset_publishing_role_arn=role_arn)
        self._registry = registry

    def reusable_bind(self, stack: cdk.Stack) -> cdk.IBoundStackSynthesizer:
        """CDK would go on with a copy that knows nothing of this class."""
        self.bind(stack)
        return self

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        """As usual, then the manifest of the assets once more."""
        super().synthesize(session)
        identifier = f"{self._bound_stack.artifact_id}.assets"
        session.assembly.add_artifact(
            identifier,
            type=schema.ArtifactType.ASSET_MANIFEST,
            properties=schema.AssetManifestProperties(file=f"{identifier}.json"),
            dependencies=[self._registry],
        )
