"""What a notebook may do: prepare data, look at models and at how jobs go, ask endpoints, and stop itself.

Jobs are started by invoking the launch function, whose requests are the reviewed ones: a notebook can neither start a
job with a role of its choice nor hand a role to anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_iam as iam

from stacks.constructs import statements as allow
from stacks.constructs.platform_stack import PlatformStack
from stacks.storage import StorageStack

DESCRIBED = {
    "endpoint": "DescribeEndpoint",
    "hyper-parameter-tuning-job": "DescribeHyperParameterTuningJob",
    "processing-job": "DescribeProcessingJob",
    "training-job": "DescribeTrainingJob",
    "transform-job": "DescribeTransformJob",
}
"""A resource type of SageMaker's ARNs, to the operation that shows one."""


def notebook_rights(stack: PlatformStack, storage: StorageStack) -> Iterator[iam.PolicyStatement]:
    """The statements of the notebooks' role. To invoke the functions is granted in the notebooks stack."""
    yield from people_rights(stack, storage)
    yield allow.write_sagemaker_logs(stack, "NotebookInstances")
    yield _own(stack, "notebook-instance", "sagemaker:DescribeNotebookInstance", "sagemaker:StopNotebookInstance")


def people_rights(stack: PlatformStack, storage: StorageStack) -> Iterator[iam.PolicyStatement]:
    """What whoever works in a notebook may do, on an instance of its own or in SageMaker Studio."""
    yield from allow.read_objects(storage.data_bucket)
    yield allow.write_objects(storage.data_bucket)
    yield _scripts_stay(storage)
    yield from allow.read_objects(storage.model_bucket)
    yield allow.use_key(storage.key)
    for kind, operation in DESCRIBED.items():
        yield _own(stack, kind, f"sagemaker:{operation}")
    yield _own(stack, "endpoint", "sagemaker:InvokeEndpoint")


def _scripts_stay(storage: StorageStack) -> iam.PolicyStatement:
    """The scripts of jobs come from a pull request: whoever wrote them elsewise would run code as the job's role."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=["s3:PutObject", "s3:DeleteObject"],
        resources=[storage.data_bucket.arn_for_objects("code/*")],
    )


def _own(stack: PlatformStack, kind: str, *actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=allow.sagemaker_arns(stack, stack.settings.name, kind))
