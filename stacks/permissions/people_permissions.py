"""Permissions of people, from the table of what each command needs (`launchpad/duties/commands.py`).

Note: no role here starts a job, creates a model or passes a role. People invoke the functions, whose requests were
reviewed. To invoke one is to do what it does, so only the on-call may invoke those that delete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import aws_cdk as cdk

from launchpad.duties import COMMANDS, Duty, Resource, needs_of
from stacks.base.platform_stack import ENVIRONMENT_TAG, PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

JOB_LOG_GROUPS = ("HyperParameterTuningJobs", "ProcessingJobs", "TrainingJobs", "TransformJobs")
JOB_KINDS = ("hyper-parameter-tuning-job", "processing-job", "training-job", "transform-job")


@dataclass(frozen=True)
class PeoplesResources:
    """The ARNs of what people use and the environment's stacks made; None or empty for what it does not have."""

    storage: Storage
    launch_function: str
    deploy_function: str | None
    monitor_function: str | None
    idle_functions: tuple[str, ...]
    pipeline: str
    job_events: str
    tracking: str | None
    spark_application: str | None


def peoples_permissions(stack: PlatformStack, resources: PeoplesResources, duty: Duty) -> Iterator[Statement]:
    """Return what the commands of a duty need, as far as the environment has it."""
    arns = _arns(stack, resources)
    conditions = _conditions(stack)
    needs = needs_of(need for command in COMMANDS if duty in command.duties for need in command.needs)
    for need in needs:
        actions = [action for action in need.actions if _exists(stack, action)]
        if arns[need.resource] and actions:
            yield statement(actions, arns[need.resource], conditions.get(need.resource))
    if any(need.resource == Resource.DATA and "s3:PutObject" in need.actions for need in needs):
        # Scripts come from a pull request or a working copy, and run with a job's role.
        yield allow.never_write(resources.storage.data_arn, "code/")


def _arns(stack: PlatformStack, resources: PeoplesResources) -> Mapping[Resource, list[str]]:
    environment, storage = stack.settings.name, resources.storage
    return {
        Resource.STACKS: [stack.arn("cloudformation", f"stack/launchpad-{environment}-*")],
        Resource.ROLES: [stack.arn("iam", f"role/launchpad-{environment}-*", region="")],
        **_objects(storage),
        **_of_sagemaker(stack),
        **_logs(stack, resources.job_events),
        **_spark(stack, resources),
        Resource.KEY: [storage.key_arn],
        Resource.LAUNCH_FUNCTION: [resources.launch_function],
        Resource.DEPLOY_FUNCTION: [resources.deploy_function] if resources.deploy_function else [],
        Resource.MONITOR_FUNCTION: [resources.monitor_function] if resources.monitor_function else [],
        Resource.IDLE_FUNCTIONS: list(resources.idle_functions),
        Resource.PIPELINE: [resources.pipeline],
        Resource.RUNS: [stack.arn("states", f"execution:{_name_of(resources.pipeline)}:*")],
        Resource.ALARMS: [stack.arn("cloudwatch", f"alarm:launchpad-{environment}-endpoint-*")],
        Resource.SCALABLE_TARGETS: [stack.arn("application-autoscaling", "scalable-target/*")],
        Resource.TRACKING: [resources.tracking] if resources.tracking else [],
        # Actions that take no resource: `*` is the finest that AWS offers.
        Resource.EVERY_STACK: ["*"],
        Resource.ALL_OF_SAGEMAKER: ["*"],
        Resource.ALL_METRICS: ["*"],
        Resource.SCALING: ["*"],
    }


def _objects(storage: Storage) -> dict[Resource, list[str]]:
    model = storage.model_arn
    return {
        Resource.DATA_BUCKET: [storage.data_arn],
        Resource.DATA: [f"{storage.data_arn}/*"],
        Resource.MODEL_BUCKET: [model],
        Resource.ARTIFACTS: [f"{model}/*"],
        Resource.JUDGEMENTS: [
            *(f"{model}/*/records/*", f"{model}/*/evaluations/*"),
            f"{model}/*/jobs/*/output/output.tar.gz",
        ],
        Resource.MONITORING: [f"{model}/*/monitoring/*", f"{model}/*/baselines/*"],
        Resource.HISTORY: [f"{model}/*/history/*"],
        Resource.QUESTIONS: [f"{model}/*/async/input/*"],
        Resource.LABELS: [f"{model}/*/labels/*"],
    }


def _of_sagemaker(stack: PlatformStack) -> dict[Resource, list[str]]:
    kinds = {
        Resource.JOBS: JOB_KINDS,
        Resource.ENDPOINTS: ("endpoint",),
        Resource.ENDPOINT_CONFIGS: ("endpoint-config",),
        Resource.MODELS: ("model",),
        Resource.PACKAGES: ("model-package",),
    }
    return {resource: allow.sagemaker_arns(stack, stack.settings.name, *names) for resource, names in kinds.items()}


def _logs(stack: PlatformStack, job_events: str) -> dict[Resource, list[str]]:
    """A job's streams begin with its name, and an endpoint's group ends with its own.

    DescribeLogStreams is on the group, which AWS writes with `:log-stream:` behind it where it refuses.
    """
    groups = [stack.arn("logs", f"log-group:/aws/sagemaker/{group}") for group in JOB_LOG_GROUPS]
    environment = stack.settings.name
    return {
        Resource.JOB_LOG_GROUPS: [name for group in groups for name in (group, f"{group}:log-stream:")],
        Resource.JOB_LOGS: [f"{group}:log-stream:{environment}-*" for group in groups],
        Resource.ENDPOINT_LOGS: [stack.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{environment}-*")],
        Resource.JOB_EVENTS: [job_events],
    }


def _spark(stack: PlatformStack, resources: PeoplesResources) -> dict[Resource, list[str]]:
    application, log = resources.spark_application, resources.storage.log_arn
    serverless = stack.arn("emr-serverless", f"/applications/{application}")
    any_spark = application or stack.settings.spark
    return {
        # A cluster's id is AWS's, and a new generation has another one, so the tag is the limit.
        Resource.CLUSTER: [stack.arn("elasticmapreduce", "cluster/*")] if stack.settings.spark else [],
        Resource.APPLICATION: [serverless] if application else [],
        Resource.APPLICATION_RUNS: [f"{serverless}/jobruns/*"] if application else [],
        Resource.SPARK_LOGS: [log, f"{log}/spark/*"] if any_spark else [],
    }


def _conditions(stack: PlatformStack) -> dict[Resource, Mapping[str, Mapping[str, str]]]:
    tagged = {"StringEquals": {f"aws:ResourceTag/{ENVIRONMENT_TAG}": stack.settings.name}}
    return {Resource.CLUSTER: tagged, Resource.SCALABLE_TARGETS: allow.OF_SAGEMAKER}


def _exists(stack: PlatformStack, action: str) -> bool:
    """Whether an action is about the kind of MLflow that the environment has; of others, the resource decides."""
    if "Mlflow" not in action or stack.settings.tracking is None:
        return True
    return ("TrackingServer" in action) == stack.settings.tracking.is_server


def _name_of(machine: str) -> str:
    return cdk.Fn.select(6, cdk.Fn.split(":", machine))
