"""A model's artifact is read as its role, and a model without a role has nothing to check."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.permissions import code, working
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE


@pytest.mark.parametrize("packaged", [False, True])
def test_a_model_whose_role_may_not_read_its_artifact_is_refused(aws, jobs, packaged):
    endpoints, sagemaker = PlainEndpoints(aws, jobs.bucket), aws.client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": endpoints.archive(server())}
    if packaged:
        container = {"ModelPackageName": package(sagemaker, container)}
    reader, other = working(aws, jobs.bucket), working(aws, "another-environments-bucket")
    with pytest.raises(ClientError, match="Could not access model data at s3://") as refused:
        sagemaker.create_model(ModelName="unreadable", ExecutionRoleArn=other, PrimaryContainer=container)
    assert code(refused) == "ValidationException"
    name = f"readable-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=reader, PrimaryContainer=container)


def package(sagemaker: Any, container: dict[str, Any]) -> str:
    """The ARN of an approved version of a group."""
    group = f"group-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    response = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": [container], **types},
    )
    return str(response["ModelPackageArn"])


def test_a_model_without_a_role_has_no_permissions_to_check(aws, jobs):
    sagemaker, name = aws.client("sagemaker"), f"model-{uuid.uuid4().hex[:8]}"
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    container = {"Image": IMAGE, "ModelDataUrl": jobs.put("model.tar.gz", b"archive")}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], KmsKeyId=key)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
