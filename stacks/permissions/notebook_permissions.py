"""Permissions of notebooks: prepare data, read models, describe jobs, invoke endpoints, and stop the instance.

A notebook starts jobs by invoking the launch function, whose requests were reviewed: it can neither start a job with a
role of its choice nor pass a role.
"""

from __future__ import annotations

from collections.abc import Iterator

from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

DESCRIBED = {
    "endpoint": "DescribeEndpoint",
    "hyper-parameter-tuning-job": "DescribeHyperParameterTuningJob",
    "processing-job": "DescribeProcessingJob",
    "training-job": "DescribeTrainingJob",
    "transform-job": "DescribeTransformJob",
}
"""A resource type in SageMaker's ARNs, to the operation that describes it."""


def notebook_permissions(stack: PlatformStack, storage: Storage) -> Iterator[Statement]:
    """Return the statements of the notebooks' role. The notebooks stack adds the functions that it may invoke."""
    yield from people_permissions(stack, storage)
    yield allow.write_sagemaker_logs(stack, "NotebookInstances")
    yield _own(stack, "notebook-instance", "sagemaker:DescribeNotebookInstance", "sagemaker:StopNotebookInstance")


def people_permissions(stack: PlatformStack, storage: Storage) -> Iterator[Statement]:
    """Return the statements for people who work in a notebook, on a notebook instance or in SageMaker Studio."""
    yield from allow.read_objects(storage.data_arn)
    yield allow.write_objects(storage.data_arn)
    yield _never_write_scripts(storage)
    yield from allow.read_objects(storage.model_arn)
    yield allow.use_key(storage.key_arn)
    for kind, operation in DESCRIBED.items():
        yield _own(stack, kind, f"sagemaker:{operation}")
    yield _own(stack, "endpoint", "sagemaker:InvokeEndpoint")


def _never_write_scripts(storage: Storage) -> Statement:
    """Deny writing the scripts of jobs: they come from a pull request, and run with the job's role."""
    return statement(["s3:PutObject", "s3:DeleteObject"], [f"{storage.data_arn}/code/*"], effect="Deny")


def _own(stack: PlatformStack, kind: str, *actions: str) -> Statement:
    return statement(actions, allow.sagemaker_arns(stack, stack.settings.name, kind))
