"""Permissions of what finds old things and, where the config lets it, deletes them."""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk

from stacks.base.platform_stack import ENVIRONMENT_TAG, PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

FOLDERS = ("jobs", "models", "checkpoints")
"""Below each workload's folder of the model bucket: what old jobs wrote."""
LOG_GROUPS = ("TrainingJobs", "ProcessingJobs", "TransformJobs")
READ = {
    "endpoint": "DescribeEndpoint",
    "endpoint-config": "DescribeEndpointConfig",
    "hyper-parameter-tuning-job": "DescribeHyperParameterTuningJob",
    "model": "DescribeModel",
    "model-package": "DescribeModelPackage",
    "processing-job": "DescribeProcessingJob",
    "training-job": "DescribeTrainingJob",
    "transform-job": "DescribeTransformJob",
}
LISTED = (
    "EndpointConfigs",
    "Endpoints",
    "HyperParameterTuningJobs",
    "ModelPackageGroups",
    "ModelPackages",
    "Models",
    "ProcessingJobs",
    "TrainingJobs",
    "TransformJobs",
)


def find_old_things(stack: PlatformStack, storage: Storage, *, pipeline_arn: str) -> Iterator[Statement]:
    """Allow reading everything that may refer to a model, an artifact or an image."""
    environment = stack.settings.name
    yield from allow.read_objects(storage.model_arn, "*/history/")
    # SageMaker's List actions take no resources: `*` is the finest that AWS offers.
    yield statement([f"sagemaker:List{kind}" for kind in LISTED], ["*"])
    # Whatever uses a model keeps it, also an endpoint or a job of another name, made by hand.
    for kind, operation in READ.items():
        yield statement([f"sagemaker:{operation}"], [stack.arn("sagemaker", f"{kind}/*")])
    tagged = allow.sagemaker_arns(stack, environment, "endpoint-config", "model", "model-package-group")
    yield statement(["sagemaker:ListTags"], tagged)
    # With `:*`, which all of CloudWatch Logs' operations want but those of tags (LogGroup.arn in the API reference).
    yield statement(["logs:DescribeLogStreams"], [f"{_group(stack, name)}:*" for name in LOG_GROUPS])
    yield statement(["ecr:DescribeImages"], [_repositories(stack)])
    name = cdk.Fn.select(6, cdk.Fn.split(":", pipeline_arn))
    yield statement(["states:ListExecutions"], [pipeline_arn])
    yield statement(["states:DescribeExecution"], [stack.arn("states", f"execution:{name}:*")])


def delete_old_things(stack: PlatformStack, storage: Storage) -> Iterator[Statement]:
    """Allow deleting the environment's own: what its jobs wrote, and what has its tag or the names of its jobs.

    No version of an object can be deleted, so all that is deleted by mistake can be taken back until it expires.
    """
    environment = stack.settings.name
    yield statement(["s3:DeleteObject"], [f"{storage.model_arn}/*/{folder}/{environment}-*" for folder in FOLDERS])
    own = {"StringEquals": {f"aws:ResourceTag/{ENVIRONMENT_TAG}": environment}}
    for kind, operation in {"endpoint-config": "DeleteEndpointConfig", "model": "DeleteModel"}.items():
        yield statement([f"sagemaker:{operation}"], allow.sagemaker_arns(stack, environment, kind), own)
    # A version in a group has no tags.
    yield statement(["sagemaker:DeleteModelPackage"], allow.sagemaker_arns(stack, environment, "model-package"))
    streams = [f"{_group(stack, name)}:log-stream:{environment}-*" for name in LOG_GROUPS]
    yield statement(["logs:DeleteLogStream"], streams)
    yield statement(["ecr:BatchDeleteImage"], [_repositories(stack)])


def _group(stack: PlatformStack, name: str) -> str:
    return stack.arn("logs", f"log-group:/aws/sagemaker/{name}")


def _repositories(stack: PlatformStack) -> str:
    """The environment's repositories, by the beginning of their names (`launchpad.images.containers`)."""
    return stack.arn("ecr", f"repository/launchpad/{stack.settings.name}/*")
