"""VPC endpoints to AWS services, for this account only.

An endpoint's policy grants nothing: it limits what any caller may do through the endpoint, whatever the caller's
permissions are. So a program with another account's credentials in a job can't use them to carry data out. That is why
the actions of a service and the resources are `*` here: the account is the limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.base.platform_stack import ACCOUNT
from stacks.constructs.isolated_vpc import IsolatedVpc
from stacks.permissions.actions import check_actions

Service = ec2.InterfaceVpcEndpointAwsService

ALWAYS = {
    "SageMakerApi": ("SAGEMAKER_API", "sagemaker"),
    "SageMakerRuntime": ("SAGEMAKER_RUNTIME", "sagemaker"),
    "EcrApi": ("ECR", "ecr"),
    "EcrDocker": ("ECR_DOCKER", "ecr"),
    "Logs": ("CLOUDWATCH_LOGS", "logs"),
    "Metrics": ("CLOUDWATCH_MONITORING", "cloudwatch"),
    "Keys": ("KMS", "kms"),
    "Sts": ("STS", "sts"),
}
"""Endpoint, to CDK's name of its service and the prefix of the service's actions. Services that are called from outside
the VPC (by the functions, such as EventBridge and Step Functions) need no endpoint."""
FUNCTIONS = {"Functions": ("LAMBDA_", "lambda")}
"""Notebooks and Studio start jobs by invoking the launch function."""
NOTEBOOKS = {**FUNCTIONS, "Notebook": ("SAGEMAKER_NOTEBOOK", None)}
STUDIO = {**FUNCTIONS, "Studio": ("SAGEMAKER_STUDIO", None)}
"""Used by browsers, which send a presigned URL, and no IAM principal that a policy could name."""
TRACKING = {"Tracking": ("experiments", "sagemaker-mlflow")}
"""Of a tracking server; AWS documents none for MLflow Apps. In lower case, because CDK has no name for it."""
SPARK = {"Emr": ("EMR", "elasticmapreduce")}

READ = ["s3:GetObject"]
WRITE = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]
READ_AND_WRITE = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetEncryptionConfiguration",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
]


def add_gateway_endpoint(
    scope: Construct, network: IsolatedVpc, settings: EnvironmentSettings, external_inputs: Sequence[str]
) -> None:
    """Add the gateway endpoint of S3. It costs nothing, and every job needs it."""
    ec2.CfnVPCEndpoint(
        scope,
        "S3",
        vpc_id=network.vpc.ref,
        vpc_endpoint_type="Gateway",
        service_name=ec2.GatewayVpcEndpointAwsService.S3.name,
        route_table_ids=[network.route_table.ref],
        policy_document=_policy(
            _statement("OwnBuckets", READ_AND_WRITE, ["*"], {"aws:ResourceAccount": ACCOUNT}),
            _statement("AwsBuckets", READ, _objects(f"{bucket}/*" for bucket in _aws_buckets(settings))),
            *_emr_logs(settings),
            *_pinned_models(settings),
            *_external_inputs(external_inputs),
        ),
    )


def add_interface_endpoints(
    scope: Construct, network: IsolatedVpc, security_group_id: str, settings: EnvironmentSettings
) -> None:
    """Add the endpoints of the other services: network interfaces in the private subnets, with private DNS."""
    vpc_id, subnet_ids = network.vpc.ref, [subnet.ref for subnet in network.subnets]
    for name, (service, prefix) in _interface_services(settings).items():
        ec2.CfnVPCEndpoint(
            scope,
            name,
            vpc_id=vpc_id,
            vpc_endpoint_type="Interface",
            service_name=_service_name(service),
            subnet_ids=subnet_ids,
            security_group_ids=[security_group_id],
            private_dns_enabled=True,
            policy_document=_own_principals(prefix) if prefix else None,
        )


def _interface_services(settings: EnvironmentSettings) -> dict[str, tuple[str, str | None]]:
    return {
        **ALWAYS,
        **(NOTEBOOKS if settings.notebooks else {}),
        **(STUDIO if settings.studio else {}),
        **(TRACKING if settings.tracking and settings.tracking.is_server else {}),
        **(SPARK if settings.spark else {}),
    }


def _service_name(service: str) -> str:
    name: str = (Service(service, "aws.sagemaker") if service.islower() else getattr(Service, service)).name
    return name


def _aws_buckets(settings: EnvironmentSettings) -> list[str]:
    """Return AWS's own buckets: for ECR's image layers, and for the packages of Amazon Linux and EMR."""
    region = settings.region
    packages = [f"al2023-repos-{region}-de612dc2"] if settings.notebooks or settings.spark else []
    emr = [f"repo.{region}.emr.amazonaws.com"] if settings.spark else []
    return [f"prod-{region}-starport-layer-bucket", *packages, *emr]


def _emr_logs(settings: EnvironmentSettings) -> list[dict[str, Any]]:
    """Allow EMR's nodes to write to AWS's own buckets: logs for AWS's support, and the history of applications.

    Source: "Sample policies for private subnets that access Amazon S3" (EMR management guide). Its `s3:Put*`, `s3:Get*`
    and `s3:List*` are written out here.
    """
    if not settings.spark:
        return []
    region = settings.region
    logs = "aws157-logs-prod" if region == "us-east-1" else f"aws157-logs-prod-{region}"
    history = _objects([f"prod.{region}.appinfo.src", f"prod.{region}.appinfo.src/*"])
    return [
        _statement("EmrLogs", WRITE, _objects([f"{logs}/*"])),
        _statement("EmrHistory", [*READ, *WRITE, "s3:ListBucket", "s3:ListMultipartUploadParts"], history),
    ]


def _pinned_models(settings: EnvironmentSettings) -> list[dict[str, Any]]:
    """Allow reading pinned models, which may be in the bucket of another environment and account."""
    pinned = sorted(path for endpoint in settings.endpoints for path in endpoint.model_objects)
    own = {"aws:PrincipalAccount": ACCOUNT}
    return [_statement("PinnedModels", READ, _objects(pinned), own)] if pinned else []


def _external_inputs(external_inputs: Sequence[str]) -> list[dict[str, Any]]:
    """Allow reading the data that workloads name by a URI."""
    buckets = sorted({path.partition("/")[0] for path in external_inputs})
    own = {"aws:PrincipalAccount": ACCOUNT}
    read = _statement("NamedData", READ, _objects(_everything_below(path) for path in external_inputs), own)
    look = _statement("NamedBuckets", ["s3:ListBucket"], _objects(buckets), own)
    return [read, look] if external_inputs else []


def _everything_below(path: str) -> str:
    bucket, _, key = path.partition("/")
    return f"{bucket}/{key}*"


def _objects(paths: Iterable[str]) -> list[str]:
    return [f"arn:{cdk.Aws.PARTITION}:s3:::{path}" for path in paths]


def _own_principals(prefix: str) -> dict[str, Any]:
    own = {"aws:PrincipalAccount": ACCOUNT}
    return _policy(_statement("OwnPrincipals", [f"{prefix}:*"], ["*"], own))


def _policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(
    name: str, actions: Sequence[str], resources: Sequence[str], equal: Mapping[str, str] | None = None
) -> dict[str, Any]:
    check_actions(actions)
    return {
        "Sid": name,
        "Effect": "Allow",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
        **({"Condition": {"StringEquals": dict(equal)}} if equal else {}),
    }
