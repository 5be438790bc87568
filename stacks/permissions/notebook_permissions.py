"""What a notebook may do: prepare data, look at models and at how jobs go, ask endpoints, and stop itself.

Jobs are started by invoking the launch function, whose requests are the reviewed ones: a notebook can neither start a
job with a role of its choice nor hand a role to anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

DESCRIBED = {
    "endpoint": "DescribeEndpoint",
    "hyper-parameter-tuning-job": "DescribeHyperParameterTuningJob",
    "processing-job": "DescribeProcessingJob",
    "training-job": "DescribeTrainingJob",
    "transform-job": "DescribeTransformJob",
}
"""A resource type of SageMaker's ARNs, to the operation that shows one."""


def notebook_permissions(stack: PlatformStack, storage: Storage) -> Iterator[Statement]:
    """The statements of the notebooks' role. To invoke the functions is granted in the notebooks stack."""
    yield from people_permissions(stack, storage)
    yield allow.write_sagemaker_logs(stack, "NotebookInstances")
    yield _own(stack, "notebook-instance", "sagemaker:DescribeNotebookInstance", "sagemaker:StopNotebookInstance")


def people_permissions(stack: PlatformStack, storage: Storage) -> Iterator[Statement]:
    """What whoever works in a notebook may do, on an instance of its own or in SageMaker Studio."""
    yield from allow.read_objects(storage.data_arn)
    yield allow.write_objects(storage.data_arn)
    yield _scripts_stay(storage)
    yield from allow.read_objects(storage.model_arn)
    yield allow.use_key(storage.key_arn)
    for kind, operation in DESCRIBED.items():
        yield _own(stack, kind, f"sagemaker:{operation}")
    yield _own(stack, "endpoint", "sagemaker:InvokeEndpoint")


def _scripts_stay(storage: Storage) -> Statement:
    """The scripts of jobs come from a pull request: whoever wrote them elsewise would run code as the job's role."""
    return statement(["s3:PutObject", "s3:DeleteObject"], [f"{storage.data_arn}/code/*"], effect="Deny")


def _own(stack: PlatformStack, kind: str, *actions: str) -> Statement:
    return statement(actions, allow.sagemaker_arns(stack, stack.settings.name, kind))
