"""What a command needs of AWS: actions, and the kinds of resources that they are on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Resource(StrEnum):
    """A kind of resource; the text is what `docs/permissions.md` calls it. Each is the environment's own."""

    STACKS = "the environment's stacks"
    EVERY_STACK = "`*`: without a name, CloudFormation lists all stacks of the account"
    DATA_BUCKET = "the data bucket"
    DATA = "data and working copies in the data bucket, but no published scripts"
    MODEL_BUCKET = "the model bucket"
    ARTIFACTS = "everything in the model bucket"
    JUDGEMENTS = "records, evaluations and jobs' outputs (no models) in the model bucket"
    MONITORING = "monitoring's baselines and reports in the model bucket"
    HISTORY = "what endpoints served, in the model bucket"
    QUESTIONS = "requests to asynchronous endpoints, in the model bucket"
    LABELS = "labels of captured requests, in the model bucket"
    KEY = "the environment's key"
    LAUNCH_FUNCTION = "the launch function"
    DEPLOY_FUNCTION = "the deploy function"
    MONITOR_FUNCTION = "the monitoring function"
    IDLE_FUNCTIONS = "the functions that report and remove what is idle or old"
    PIPELINE = "the pipeline"
    RUNS = "runs of the pipeline"
    JOBS = "the environment's jobs"
    ENDPOINTS = "the environment's endpoints"
    ENDPOINT_CONFIGS = "the environment's endpoint configurations"
    MODELS = "the environment's models"
    PACKAGES = "the environment's model packages"
    ALL_OF_SAGEMAKER = "`*`: SageMaker's List actions take no resource"
    JOB_LOG_GROUPS = "the log groups of SageMaker's jobs"
    JOB_LOGS = "the logs of the environment's jobs"
    ENDPOINT_LOGS = "the logs of the environment's endpoints"
    JOB_EVENTS = "the log group of job events"
    ALARMS = "the alarms of the environment's endpoints"
    ALL_METRICS = "`*`: CloudWatch's reading actions take no resource"
    SCALING = "`*`: Application Auto Scaling's Describe actions take no resource"
    SCALABLE_TARGETS = "scalable targets of SageMaker"
    TRACKING = "the environment's MLflow"
    ROLES = "the environment's roles"
    CLUSTER = "the environment's EMR cluster"
    APPLICATION = "the environment's EMR Serverless application"
    APPLICATION_RUNS = "runs of the EMR Serverless application"
    SPARK_LOGS = "the logs of Spark in the log bucket"


@dataclass(frozen=True)
class Need:
    """Actions on one kind of resource."""

    resource: Resource
    actions: tuple[str, ...]


def needs_of(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The same needs, with one entry for each kind of resource, in the order of their kinds."""
    actions: dict[Resource, set[str]] = {}
    for need in needs:
        actions.setdefault(need.resource, set()).update(need.actions)
    return tuple(Need(resource, tuple(sorted(actions[resource]))) for resource in Resource if resource in actions)
