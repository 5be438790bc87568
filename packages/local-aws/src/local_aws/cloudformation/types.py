"""The table of resource types. `create_only` and `attributes` match AWS's own resource schemas (tested)."""

from __future__ import annotations

from local_aws.api.service import JsonService
from local_aws.cloudformation import ec2, emr, iam, operations, substitutes, workspaces
from local_aws.cloudformation.api_resource import ApiResource
from local_aws.cloudformation.client_resource import ClientOf, ClientResource
from local_aws.cloudformation.resource_type import ResourceType

SAGEMAKER = (
    ApiResource(
        type_name="AWS::SageMaker::Model",
        noun="Model",
        create_only=(
            "Containers",
            "EnableNetworkIsolation",
            "ExecutionRoleArn",
            "InferenceExecutionConfig",
            "ModelName",
            "PrimaryContainer",
            "VpcConfig",
        ),
        attributes=("ModelArn", "ModelName"),
    ),
    ApiResource(
        type_name="AWS::SageMaker::EndpointConfig",
        noun="EndpointConfig",
        create_only=(
            "AsyncInferenceConfig",
            "DataCaptureConfig",
            "EnableNetworkIsolation",
            "EndpointConfigName",
            "ExecutionRoleArn",
            "ExplainerConfig",
            "KmsKeyId",
            "MetricsConfig",
            "ProductionVariants",
            "ShadowProductionVariants",
            "VpcConfig",
        ),
        attributes=("EndpointConfigArn", "EndpointConfigName"),
    ),
    ApiResource(
        type_name="AWS::SageMaker::Endpoint",
        noun="Endpoint",
        create_only=("EndpointName",),
        attributes=("EndpointArn", "EndpointName"),
        updatable=True,
        busy=frozenset({"Creating", "Updating", "RollingBack", "Deleting"}),
    ),
    ApiResource(
        type_name="AWS::SageMaker::ModelPackageGroup",
        noun="ModelPackageGroup",
        create_only=("ModelPackageGroupDescription", "ModelPackageGroupName"),
        attributes=("CreationTime", "ModelPackageGroupArn", "ModelPackageGroupName", "ModelPackageGroupStatus"),
    ),
)

CLIENT_TYPES: tuple[ClientResource, ...] = (
    *ec2.TYPES,
    *emr.TYPES,
    *iam.TYPES,
    *operations.TYPES,
    *substitutes.TYPES,
    *workspaces.TYPES,
)
"""Types of all other services."""


def resource_types(sagemaker: JsonService, client: ClientOf) -> tuple[ResourceType, ...]:
    """All types that this server adds."""
    kinds = tuple(resource.resource_type(sagemaker) for resource in SAGEMAKER)
    return kinds + tuple(resource.resource_type(client) for resource in CLIENT_TYPES)
