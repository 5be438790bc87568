"""The actions of Amazon ECR that pulling and pushing an image take, for policies and for checks of them.

Source: "IAM permissions for pushing an image to an Amazon ECR private repository", and the pages next to it.
"""

from __future__ import annotations

TOKEN = "ecr:GetAuthorizationToken"  # noqa: S105 (the name of an action)
"""A token is for the whole registry: AWS offers nothing finer than `*`."""
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (
    *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages"),
    *("ecr:DescribeRepositories", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage"),
    "ecr:UploadLayerPart",
)
"""Including what describes existing images, because the CDK CLI pushes only what is missing."""
