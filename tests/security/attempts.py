"""What is tried with a permission taken away, and the table of what then fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from security.enforced_run import WORKLOAD, EnforcedRun, until


@contextmanager
def without(run: EnforcedRun, role: str, *actions: str) -> Iterator[None]:
    """A role's policies without some actions, in every statement; put back at the end."""
    iam, name = run.client("iam"), run.roles[role]
    documents = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    allowed = {
        action for document in documents.values() for statement in document["Statement"] for action in _list(statement)
    }
    assert set(actions) <= allowed, "nothing was taken away"
    try:
        for policy, document in documents.items():
            statements = [
                {**statement, "Action": rest}
                for statement in document["Statement"]
                if (rest := [action for action in _list(statement) if action not in actions])
            ]
            text = json.dumps({**document, "Statement": statements or [_NOTHING]})
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
        yield
    finally:
        for policy, document in documents.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


_NOTHING = {"Effect": "Deny", "Action": "account:CloseAccount", "Resource": "*"}


def _list(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return actions if isinstance(actions, list) else [actions]


def refused(run: EnforcedRun, role: str, action: str) -> bool:
    name = run.roles[role]
    return any(
        f":assumed-role/{name}/" in call["principal"] and call["action"] == action and not call["allowed"]
        for call in run.calls
    )


def token(*words: str) -> str:
    return "-".join(words).replace(":", "-").replace("/", "-").lower()


def launches(run: EnforcedRun, job: str, name: str) -> str:
    """What starting a training job says, or why the job failed; "" when all is well."""
    response = run.launch("training", name)
    if "errorMessage" in response:
        return str(response["errorMessage"])
    return str(run.ended("TrainingJob", response["training_job_name"]).get("FailureReason", ""))


def processes(run: EnforcedRun, job: str, name: str) -> str:
    response = run.launch("prepare", name)
    if "errorMessage" in response:
        return str(response["errorMessage"])
    return str(run.ended("ProcessingJob", response["processing_job_name"]).get("FailureReason", ""))


def transforms(run: EnforcedRun, job: str, name: str) -> str:
    response = run.launch("transform", name, training_job_name=job)
    if "errorMessage" in response:
        return str(response["errorMessage"])
    return str(run.ended("TransformJob", response["transform_job_name"]).get("FailureReason", ""))


def deploys(run: EnforcedRun, job: str, name: str) -> str:
    """What a new endpoint says, or why it failed. The one that is there goes first, with what it serves."""
    sagemaker = run.client("sagemaker")
    endpoint = f"local-{WORKLOAD}"
    if any(summary["EndpointName"] == endpoint for summary in sagemaker.list_endpoints()["Endpoints"]):
        sagemaker.delete_endpoint(EndpointName=endpoint)
        until(lambda: not sagemaker.list_endpoints()["Endpoints"])
    for config in sagemaker.list_endpoint_configs()["EndpointConfigs"]:
        sagemaker.delete_endpoint_config(EndpointConfigName=config["EndpointConfigName"])
    for model in sagemaker.list_models()["Models"]:
        sagemaker.delete_model(ModelName=model["ModelName"])
    response = run.deploy(job)
    if "errorMessage" in response:
        return str(response["errorMessage"])
    return str(run.endpoint().get("FailureReason", ""))


def pipelines(run: EnforcedRun, job: str, name: str) -> str:
    ended = run.execution(run.start_pipeline(name))
    return "" if ended["status"] == "SUCCEEDED" else f"{ended.get('error')} {ended.get('cause')}"


LAUNCH, DEPLOY, TRAINING = "access/LaunchRole", "access/DeployRole", "access/TrainingRole"
PROCESSING, SERVING, PIPELINE = "access/ProcessingRole", "access/ServingRole", "access/PipelineRole"
MACHINE = "access/StateMachineRole"

MISSED: list[tuple[Callable[[EnforcedRun, str, str], str], str, str]] = [
    (launches, LAUNCH, "iam:PassRole"),
    (launches, LAUNCH, "sagemaker:AddTags"),
    (launches, LAUNCH, "sagemaker:CreateTrainingJob"),
    (processes, LAUNCH, "sagemaker:CreateProcessingJob"),
    (transforms, LAUNCH, "sagemaker:CreateModel"),
    (launches, TRAINING, "ecr:BatchGetImage"),
    (launches, TRAINING, "ecr:GetAuthorizationToken"),
    (launches, TRAINING, "kms:CreateGrant"),
    (launches, TRAINING, "ec2:CreateNetworkInterface"),
    (launches, TRAINING, "ec2:DescribeSubnets"),
    (launches, TRAINING, "s3:GetObject"),
    (launches, TRAINING, "s3:ListBucket"),
    (launches, TRAINING, "s3:PutObject"),
    (launches, TRAINING, "kms:Decrypt"),
    (launches, TRAINING, "kms:Encrypt"),
    (launches, TRAINING, "kms:GenerateDataKey"),
    (processes, PROCESSING, "s3:GetObject"),
    (processes, PROCESSING, "s3:PutObject"),
    (processes, PROCESSING, "kms:Encrypt"),
    (processes, PROCESSING, "kms:GenerateDataKey"),
    (processes, PROCESSING, "ecr:GetDownloadUrlForLayer"),
    (transforms, PROCESSING, "kms:CreateGrant"),
    (deploys, DEPLOY, "iam:PassRole"),
    (deploys, DEPLOY, "kms:CreateGrant"),
    (deploys, DEPLOY, "sagemaker:CreateEndpoint"),
    (deploys, DEPLOY, "s3:GetObject"),
    (deploys, DEPLOY, "s3:PutObject"),
    (deploys, SERVING, "s3:GetObject"),
    (deploys, SERVING, "kms:Decrypt"),
    (deploys, SERVING, "kms:CreateGrant"),
    (pipelines, MACHINE, "lambda:InvokeFunction"),
    (pipelines, MACHINE, "sagemaker:CreateProcessingJob"),
    (pipelines, MACHINE, "sagemaker:DescribeProcessingJob"),
    (pipelines, MACHINE, "sagemaker:AddTags"),
    (pipelines, MACHINE, "iam:PassRole"),
    (pipelines, MACHINE, "events:PutRule"),
    (pipelines, MACHINE, "events:PutTargets"),
    (pipelines, MACHINE, "kms:Decrypt"),
]
"""What runs, and the role and the right that it fails without."""

QUIET = [
    (TRAINING, "cloudwatch:PutMetricData"),
    (TRAINING, "logs:PutLogEvents"),
    (LAUNCH, "logs:PutLogEvents"),
    (PIPELINE, "states:StartExecution"),
]
"""Permissions that AWS doesn't fail for: there is then no metric, no log, no pipeline. They show as refused."""
