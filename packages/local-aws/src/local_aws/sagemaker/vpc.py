"""Jobs and models in a VPC: what SageMaker transfers from and to S3 for them passes through it, isolated or not.

Sources of the reasons: users' reports (aws/amazon-sagemaker-operator-for-k8s#22, aws-samples/sagemaker-run-notebook#32
and aws-solutions-library-samples/guidance-for-text-generation-using-embeddings-from-enterprise-data-on-aws#3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.protocols import VpcNetwork

S3 = "s3"
NO_WAY = (
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the "
    "security groups and the subnet's network ACL allow outbound traffic to S3"
)
"""The reason for a training job's data or artifacts."""
NOT_EXECUTED = "Unable to execute request to S3"
"""The reason for a processing job's inputs or outputs; for outputs not confirmed."""
NO_MODEL = (
    'Failed to download model data from URL "{}". Please ensure that an S3 VPC endpoint exists in route table or NAT '
    "gateway for the VPC mode and the URL is reachable from within the subnets provided."
)


def vpc_of(details: Mapping[str, Any]) -> VpcNetwork | None:
    """The network of a job or a model; None for SageMaker's own, which reaches all."""
    return VpcNetwork.of(details.get("VpcConfig") or details.get("NetworkConfig", {}).get("VpcConfig"))


def check_vpc(context: Context, scope: Scope, request: Mapping[str, Any]) -> None:
    """Raise `AwsError` unless the subnets and security groups of a request exist, and are in one VPC."""
    if vpc := vpc_of(request):
        context.emulator.networks.check(scope, vpc)


def reaches_s3(context: Context, scope: Scope, vpc: VpcNetwork | None) -> bool:
    """Whether there is a way to S3."""
    return vpc is None or context.emulator.networks.missing(scope, vpc, S3) is None


def reaches_internet(context: Context, scope: Scope, vpc: VpcNetwork | None) -> bool:
    """Whether a program has a way to the internet."""
    return vpc is None or context.emulator.networks.leads_out(scope, vpc)
