"""Permissions of monitoring: what the monitor function may do, and what other functions need in addition for it."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from launchpad.catalogue.external_inputs import external_inputs
from launchpad.requests import Definition
from launchpad.requests.monitoring_alarms import NAMESPACE
from launchpad.settings import EnvironmentSettings
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement
from stacks.permissions.tracking_permissions import track_runs


def monitor_models(
    stack: PlatformStack,
    *,
    storage: Storage,
    processing_role: iam.Role,
    pipeline_arn: str,
    workloads: Mapping[str, Definition],
    tracking_uri: str | None,
) -> list[Statement]:
    """Allow starting monitoring jobs and publishing what they find, and runs of the pipeline where a workload asks."""
    environment = stack.settings.name
    described = {
        "endpoint": "DescribeEndpoint",
        "endpoint-config": "DescribeEndpointConfig",
        "model": "DescribeModel",
        "model-package": "DescribeModelPackage",
    }
    statements = [
        # Of requests, answers and labels it lists the names only.
        *allow.read_objects(storage.model_arn, "*/baselines/", "*/history/", "*/monitoring/", "*/records/"),
        allow.write_objects(storage.model_arn, "*/monitoring/"),
        statement(["s3:PutObject"], [f"{storage.model_arn}/*/records/*"]),
        allow.use_key(storage.key_arn),
        allow.pass_role(processing_role),
        *(
            statement([f"sagemaker:{operation}"], allow.sagemaker_arns(stack, environment, kind))
            for kind, operation in described.items()
        ),
        statement(
            [f"sagemaker:{name}" for name in ("AddTags", "CreateProcessingJob", "DescribeProcessingJob", "ListTags")],
            allow.sagemaker_arns(stack, environment, "processing-job"),
        ),
        # PutMetricData takes no resources: the namespace is the limit.
        statement(["cloudwatch:PutMetricData"], ["*"], {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}),
    ]
    statements += read_pinned_baselines(stack.settings, workloads, stack.partition_name)
    if any(definition["transform"] for definition in workloads.values()):
        statements += _watch_transforms(stack, storage, workloads)
    if any(definition["monitoring"]["on_alarm"] == "retrain" for definition in workloads.values()):
        statements += _retrain(stack, pipeline_arn)
    if tracking_uri:
        statements.append(track_runs(stack.settings, tracking_uri))
        training = allow.sagemaker_arns(stack, environment, "training-job")
        statements.append(statement(["sagemaker:DescribeTrainingJob"], training))
    return statements


def make_baselines(stack: PlatformStack, storage: Storage, processing_role: iam.Role) -> list[Statement]:
    """Allow what the requests of a baseline's jobs need: their settings in S3, and a model to predict with."""
    models = allow.sagemaker_arns(stack, stack.settings.name, "model")
    return [
        write_settings(storage),
        statement(["sagemaker:AddTags", "sagemaker:CreateModel"], models),
        allow.pass_role(processing_role),
    ]


def write_settings(storage: Storage) -> Statement:
    """Allow writing the settings of monitoring jobs, which are named by their content."""
    return statement(["s3:PutObject"], [f"{storage.model_arn}/*/monitoring/settings/*"])


def read_pinned_baselines(
    settings: EnvironmentSettings, workloads: Mapping[str, Definition], partition: str
) -> list[Statement]:
    """Allow reading the baselines next to pinned artifacts, which may be in another environment's bucket."""
    statements = []
    for pinned in settings.endpoints:
        folder = f"{pinned.workload}/baselines/"
        buckets = {path.partition("/")[0] for path in pinned.model_objects} if pinned.workload in workloads else set()
        statements += allow.read_elsewhere(partition, [f"{bucket}/{folder}" for bucket in sorted(buckets)])
        if buckets and pinned.model_data_key:
            statements.append(allow.read_encrypted(pinned.model_data_key))
    return statements


def _watch_transforms(stack: PlatformStack, storage: Storage, workloads: Mapping[str, Definition]) -> list[Statement]:
    """Allow finding the last transform job of a workload, the names of its files, and alarms on what it is asked."""
    environment = stack.settings.name
    alarms = stack.arn("cloudwatch", f"alarm:launchpad-{environment}-endpoint-*-transform-*")
    return [
        statement(["s3:ListBucket"], [storage.data_arn]),
        *(
            allow.list_elsewhere(stack.partition_name, path)
            for path in external_inputs(workloads.values(), "transform")
        ),
        # ListTransformJobs takes no resources: `*` is the finest that AWS offers.
        statement(["sagemaker:ListTransformJobs"], ["*"]),
        statement(["sagemaker:DescribeTransformJob"], allow.sagemaker_arns(stack, environment, "transform-job")),
        statement(["cloudwatch:PutMetricAlarm"], [alarms]),
    ]


def _retrain(stack: PlatformStack, pipeline_arn: str) -> list[Statement]:
    """Allow starting a run of the pipeline where none of the workload is going on.

    The machine's name is taken from its ARN: an export of the name would be in the way when monitoring is removed.
    """
    name = cdk.Fn.select(6, cdk.Fn.split(":", pipeline_arn))
    return [
        statement(["states:StartExecution", "states:ListExecutions"], [pipeline_arn]),
        statement(["states:DescribeExecution"], [stack.arn("states", f"execution:{name}:*")]),
    ]
