"""What the pipeline's state machine may do: run this environment's jobs, wait for them, and stop them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from stacks.constructs import statements as allow
from stacks.constructs.function_rights import CREATED_JOBS, JobRoles
from stacks.constructs.platform_stack import PlatformStack

RULES = (
    "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "StepFunctionsGetEventsForSageMakerTuningJobsRule",
)
"""The rules by which Step Functions learns of a job's end; `.sync` makes them, with these names."""
JOBS = {kind: noun for kind, noun in CREATED_JOBS.items() if kind != "transform-job"}
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
    stack: PlatformStack, role: iam.Role, functions: Sequence[str], roles: JobRoles, key: kms.IKey
) -> iam.Policy:
    """Attach to `role` all that an execution needs; made beside the state machine, for its role's stack comes first."""
    environment = stack.settings.name
    jobs = [
        iam.PolicyStatement(
            actions=[f"sagemaker:{verb}{noun}" for verb in ("Create", "Describe", "Stop")],
            resources=allow.sagemaker_arns(stack, environment, kind),
        )
        for kind, noun in JOBS.items()
    ]
    return iam.Policy(
        stack,
        "ExecutionRights",
        roles=[role],
        statements=[
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(functions)),
            *jobs,
            iam.PolicyStatement(
                actions=["sagemaker:AddTags"], resources=allow.sagemaker_arns(stack, environment, *JOBS)
            ),
            iam.PolicyStatement(
                actions=["sagemaker:DescribeEndpoint"], resources=allow.sagemaker_arns(stack, environment, "endpoint")
            ),
            allow.pass_role(roles.training_role),
            allow.pass_role(roles.processing_role),
            iam.PolicyStatement(
                actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                resources=[stack.format_arn(service="events", resource="rule", resource_name=rule) for rule in RULES],
            ),
            allow.use_key(key),
            # Log delivery and tracing know no resources: `*` is the finest that AWS offers.
            iam.PolicyStatement(actions=list(LOG_DELIVERY), resources=["*"]),
            iam.PolicyStatement(
                actions=[
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                ],
                resources=["*"],
            ),
        ],
    )
