"""Permissions of the housekeeping function: to look at what may be idle, and to stop what the config names.

SageMaker's and EMR's List actions, EC2's Describe actions and GetMetricData take no resources: `*` is the finest that
AWS offers. They return names and states, and numbers; what they list is described, and stopped, by narrower statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from stacks.base.platform_stack import ENVIRONMENT_TAG, PlatformStack
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

METRIC_NAMESPACE = "Launchpad/Housekeeping"


def find_idle(stack: PlatformStack, spark: Mapping[str, str]) -> Iterator[Statement]:
    """Return the statements for what the environment has."""
    yield statement(["cloudwatch:GetMetricData"], ["*"])
    # PutMetricData takes no resources: the namespace is the limit.
    yield statement(["cloudwatch:PutMetricData"], ["*"], {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}})
    for kind in kinds(stack, spark):
        yield from _FINDERS[kind](stack, spark)


def kinds(stack: PlatformStack, spark: Mapping[str, str]) -> list[str]:
    """Return what may be idle in an environment, by the words of `lambda/housekeeping_settings.py`."""
    settings = stack.settings
    has = {
        "notebooks": bool(settings.notebooks),
        "studio": settings.studio is not None,
        "emr": settings.spark is not None,
        "emr-serverless": "application_id" in spark,
        "mlflow": settings.tracking is not None and settings.tracking.is_server,
        "endpoints": bool(settings.endpoints) or settings.direct_deploy,
        "network": settings.network.existing is None,
    }
    return [kind for kind, exists in has.items() if exists]


def studio_applications(stack: PlatformStack, domain_id: str) -> Iterator[Statement]:
    """Return the statements for a domain, which only its own stack knows."""
    applications = [stack.arn("sagemaker", f"app/{domain_id}/*")]
    yield statement(["sagemaker:DescribeApp"], applications)
    yield statement(["sagemaker:DescribeSpace"], [stack.arn("sagemaker", f"space/{domain_id}/*")])
    if "studio" in stack.settings.housekeeping.stop:
        yield statement(["sagemaker:DeleteApp"], applications)


def _notebooks(stack: PlatformStack, _spark: Mapping[str, str]) -> Iterator[Statement]:
    actions = ["DescribeNotebookInstance", "ListTags", *_if_stops(stack, "notebooks", "StopNotebookInstance")]
    yield statement(["sagemaker:ListNotebookInstances"], ["*"])
    yield _on(stack, "notebook-instance", *actions)


def _studio(_stack: PlatformStack, _spark: Mapping[str, str]) -> Iterator[Statement]:
    yield statement([f"sagemaker:List{noun}" for noun in ("Apps", "Domains", "Spaces")], ["*"])


def _emr(stack: PlatformStack, _spark: Mapping[str, str]) -> Iterator[Statement]:
    """A cluster's id is AWS's, and a new generation has another one, so the tag is the limit."""
    yield statement(["elasticmapreduce:ListClusters"], ["*"])
    actions = ["DescribeCluster", "ListInstanceGroups", *_if_stops(stack, "emr", "TerminateJobFlows")]
    yield statement(
        [f"elasticmapreduce:{action}" for action in actions],
        [stack.arn("elasticmapreduce", "cluster/*")],
        {"StringEquals": {f"aws:ResourceTag/{ENVIRONMENT_TAG}": stack.settings.name}},
    )


def _emr_serverless(stack: PlatformStack, spark: Mapping[str, str]) -> Iterator[Statement]:
    actions = ["GetApplication", "ListJobRuns", *_if_stops(stack, "emr", "StopApplication")]
    application = stack.arn("emr-serverless", f"/applications/{spark['application_id']}")
    yield statement([f"emr-serverless:{action}" for action in actions], [application])


def _mlflow(stack: PlatformStack, _spark: Mapping[str, str]) -> Iterator[Statement]:
    yield statement(["sagemaker:ListProcessingJobs", "sagemaker:ListTrainingJobs"], ["*"])
    actions = ["DescribeMlflowTrackingServer", *_if_stops(stack, "mlflow", "StopMlflowTrackingServer")]
    yield _on(stack, "mlflow-tracking-server", *actions)


def _endpoints(stack: PlatformStack, _spark: Mapping[str, str]) -> Iterator[Statement]:
    yield statement(["sagemaker:ListEndpoints"], ["*"])
    yield _on(stack, "endpoint", "DescribeEndpoint", "ListTags")
    # A pinned endpoint's configuration has the name that CloudFormation gives it.
    configs = [stack.arn("sagemaker", "endpoint-config/*")]
    yield statement(["sagemaker:DescribeEndpointConfig"], configs)


def _network(_stack: PlatformStack, _spark: Mapping[str, str]) -> Iterator[Statement]:
    yield statement(["ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"], ["*"])


def _on(stack: PlatformStack, kind: str, *actions: str) -> Statement:
    arns = allow.sagemaker_arns(stack, stack.settings.name, kind)
    return statement([f"sagemaker:{action}" for action in actions], arns)


def _if_stops(stack: PlatformStack, kind: str, action: str) -> list[str]:
    return [action] if kind in stack.settings.housekeeping.stop else []


_FINDERS: Mapping[str, Callable[[PlatformStack, Mapping[str, str]], Iterator[Statement]]] = {
    "notebooks": _notebooks,
    "studio": _studio,
    "emr": _emr,
    "emr-serverless": _emr_serverless,
    "mlflow": _mlflow,
    "endpoints": _endpoints,
    "network": _network,
}
