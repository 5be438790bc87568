"""Permissions of the pipeline's state machine: run, await and stop this environment's jobs."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.permissions import statements as allow
from stacks.permissions.function_permissions import CREATED_JOBS, JobRoles
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import Statement, statement

RULES = (
    "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "StepFunctionsGetEventsForSageMakerTuningJobsRule",
)
"""The rules that notify Step Functions of a job's end; `.sync` creates them with these names."""
TRANSFORM_RULE = "StepFunctionsGetEventsForSageMakerTransformJobsRule"
TRANSFORM = "transform-job"
LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)


def allow_execution(
    stack: PlatformStack, role: iam.Role, functions: Sequence[str], roles: JobRoles, key_arn: str, *, monitored: bool
) -> iam.CfnPolicy:
    """Attach what an execution needs, in the stack of the state machine, because the role's stack comes first.

    Only a monitored workload's pipeline runs a transform job, for the predictions of its baseline.
    """
    environment = stack.settings.name
    kinds = {kind: noun for kind, noun in CREATED_JOBS.items() if monitored or kind != TRANSFORM}
    rules = [*RULES, TRANSFORM_RULE] if monitored else RULES
    jobs = [
        statement(
            [f"sagemaker:{verb}{noun}" for verb in ("Create", "Describe", "Stop")],
            allow.sagemaker_arns(stack, environment, kind),
        )
        for kind, noun in kinds.items()
    ]
    return attach(
        stack,
        "ExecutionRights",
        role,
        [
            statement(["lambda:InvokeFunction"], functions),
            *jobs,
            # ListTags is in each policy of "IAM policies for calling Amazon SageMaker AI" (Step Functions' developer
            # guide), there for `*`; IAM takes the jobs' ARNs (Service Authorization Reference).
            statement(["sagemaker:AddTags", "sagemaker:ListTags"], allow.sagemaker_arns(stack, environment, *kinds)),
            statement(["sagemaker:DescribeEndpoint"], allow.sagemaker_arns(stack, environment, "endpoint")),
            allow.pass_role(roles.training_role),
            allow.pass_role(roles.processing_role),
            statement(
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                [stack.arn("events", f"rule/{rule}") for rule in rules],
            ),
            *_logs_and_traces(key_arn),
        ],
    )


def allow_gates(scope: Construct, role: iam.Role, function: str, key_arn: str) -> iam.CfnPolicy:
    """Attach what a gate for new data needs: it asks the pipeline's function, and nothing else."""
    invoke = statement(["lambda:InvokeFunction"], [function])
    return attach(scope, "GatePermissions", role, [invoke, *_logs_and_traces(key_arn)])


def allow_turns(stack: PlatformStack, *, gates: tuple[str, str], pipeline: tuple[str, str]) -> list[Statement]:
    """Allow the pipeline's function to open gates, and to start a run where none is going on; by ARN and name."""
    machines = [gates[0], pipeline[0]]
    runs = stack.arn("states", f"execution:{pipeline[1]}:*")
    return [
        statement(["states:StartExecution", "states:ListExecutions"], machines),
        statement(["states:DescribeExecution"], [runs]),
    ]


def _logs_and_traces(key_arn: str) -> list[Statement]:
    return [
        allow.use_key(key_arn),
        # Log delivery and tracing take no resources: `*` is the finest that AWS offers.
        statement(LOG_DELIVERY, ["*"]),
        statement(
            [
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            ["*"],
        ),
    ]
