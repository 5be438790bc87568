"""VPC endpoints to AWS services, for this account only.

An endpoint's policy grants nothing: it limits what any caller may do through the endpoint, whatever the caller's
permissions are. So a program with another account's credentials in a job can't use them to carry data out. That is why
the actions of a service and the resources are `*` here: the account is the limit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from launchpad.config_files.aws_services import IAM_PREFIXES
from launchpad.settings import EnvironmentSettings
from stacks.base.platform_stack import ACCOUNT
from stacks.constructs.isolated_vpc import IsolatedVpc
from stacks.permissions.actions import check_actions

Service = ec2.InterfaceVpcEndpointAwsService

IDS = {
    "sagemaker.api": "SageMakerApi",
    "sagemaker.runtime": "SageMakerRuntime",
    "ecr.api": "EcrApi",
    "ecr.dkr": "EcrDocker",
    "logs": "Logs",
    "monitoring": "Metrics",
    "kms": "Keys",
    "sts": "Sts",
    "lambda": "Functions",
    "notebook": "Notebook",
    "studio": "Studio",
    "experiments": "Tracking",
    "elasticmapreduce": "Emr",
}
"""The logical ids of endpoints that have another one than their service's name."""
OF_SAGEMAKER: Mapping[str, str | None] = {"experiments": "sagemaker-mlflow", "notebook": None, "studio": None}
"""Services named `aws.sagemaker.<region>.NAME`, with the prefix of their actions. Browsers use the last two with a
presigned URL, and no IAM principal that a policy could name."""

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
    scope: Construct, network: IsolatedVpc, security_group_id: str, services: Collection[str], zones: int
) -> None:
    """Add the endpoints of other services, with private DNS: a network interface each in the first `zones` subnets."""
    vpc_id, subnet_ids = network.vpc.ref, [subnet.ref for subnet in network.subnets[:zones]]
    for service in [name for name in IDS if name in services] + sorted({*services} - IDS.keys()):
        prefix = OF_SAGEMAKER[service] if service in OF_SAGEMAKER else IAM_PREFIXES[service]
        ec2.CfnVPCEndpoint(
            scope,
            IDS.get(service) or "".join(part.title() for part in re.split("[.-]", service)),
            vpc_id=vpc_id,
            vpc_endpoint_type="Interface",
            service_name=Service(service, "aws.sagemaker" if service in OF_SAGEMAKER else None).name,
            subnet_ids=subnet_ids,
            security_group_ids=[security_group_id],
            private_dns_enabled=True,
            policy_document=_own_principals(prefix) if prefix else None,
        )


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
