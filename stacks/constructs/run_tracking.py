"""The function that logs every job into MLflow, the rule that calls it, and its role.

It runs outside the network, so it reaches MLflow also for jobs in isolation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aws_cdk import aws_events as events
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.function_calls import call_for_events
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import function_with_role
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement
from stacks.permissions.tracking_permissions import track_runs

TRACKED = {
    "TrainingJobName": "SageMaker Training Job State Change",
    "HyperParameterTuningJobName": "SageMaker HyperParameter Tuning Job State Change",
    "ProcessingJobName": "SageMaker Processing Job State Change",
}
"""The member of an event's detail that names a job, and the type of the event."""
READ = {
    "training-job": ("DescribeTrainingJob",),
    "processing-job": ("DescribeProcessingJob",),
    "hyper-parameter-tuning-job": ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
}
"""The operations that read a kind of job."""


class RunTracking(Construct):
    """Logs jobs into the MLflow App or tracking server of an environment."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        tracking_uri: str,
        code: FunctionCode,
        storage: Storage,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self._stack = scope
        self.function = function_with_role(
            self,
            scope,
            "Track",
            "The function that logs jobs into MLflow",
            self._permissions(tracking_uri, storage),
            code=code,
            module="track",
            description="Logs jobs into MLflow",
            key=storage.key,
            environment=variables,
        )
        self._call_for_each_change()

    def _permissions(self, tracking_uri: str, storage: Storage) -> Iterator[Statement]:
        yield track_runs(self._stack.settings, tracking_uri)
        for kind, operations in READ.items():
            jobs = allow.sagemaker_arns(self._stack, self._stack.settings.name, kind)
            yield statement([f"sagemaker:{name}" for name in (*operations, "ListTags")], jobs)
        yield from allow.read_objects(storage.model_arn, "*/evaluations/", "*/records/")
        yield allow.read_encrypted(storage.key_arn)
        group = "log-group:/aws/sagemaker/TrainingJobs"
        yield statement(["logs:DescribeLogStreams"], [self._stack.arn("logs", f"{group}:*")])
        own_streams = f"{group}:log-stream:{self._stack.settings.name}-*"
        yield statement(["logs:GetLogEvents"], [self._stack.arn("logs", own_streams)])

    def _call_for_each_change(self) -> None:
        own = [{"prefix": f"{self._stack.settings.name}-"}]
        call_for_events(
            self,
            "Changes",
            f"Logs the {self._stack.settings.name} environment's jobs into MLflow",
            {
                "source": ["aws.sagemaker"],
                "detail-type": list(TRACKED.values()),
                "detail": {"$or": [{member: own} for member in TRACKED]},
            },
            events.CfnRule.TargetProperty(id="track", arn=self.function.arn),
        )
