"""Model packages: versions of a group, approved or not, by which models are made."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import server
from tests.local_aws.plain_jobs import ROLE

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/plain:1"


def specification(environment=None):
    container = {"Image": IMAGE, "Environment": environment or {}}
    return {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


@pytest.fixture
def group(sagemaker, request):
    name = f"group-{abs(hash(request.node.name)) % 10**8}"
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return name


def register(sagemaker, group, **more):
    return sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=specification(), **more)[
        "ModelPackageArn"
    ]


def test_versions_of_a_group_are_numbered_and_listed_in_order(sagemaker, group):
    arns = [register(sagemaker, group) for _ in range(3)]
    assert [arn.rsplit("/", 1)[1] for arn in arns] == ["1", "2", "3"]
    summaries = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert [summary["ModelPackageVersion"] for summary in summaries] == [1, 2, 3]


def test_a_version_number_is_never_given_twice(sagemaker, group):
    sagemaker.delete_model_package(ModelPackageName=register(sagemaker, group))
    assert register(sagemaker, group).endswith("/2")


def test_a_package_waits_for_approval_and_tells_what_it_was_made_with(sagemaker, group):
    arn = register(sagemaker, group, CustomerMetadataProperties={"r2": "0.63"})
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["CustomerMetadataProperties"] == {"r2": "0.63"}
    assert described["ModelPackageGroupName"] == group
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    approved = sagemaker.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    assert [summary["ModelPackageArn"] for summary in approved["ModelPackageSummaryList"]] == [arn]


def test_metrics_and_baselines_are_kept_without_a_look_at_s3(sagemaker, group):
    source = {"ContentType": "application/json", "S3Uri": "s3://no-such-bucket/baseline.json"}
    metrics = {
        "ModelQuality": {"Statistics": source, "Constraints": source},
        "ModelDataQuality": {"Statistics": source, "Constraints": source},
        "Bias": {"Report": source, "PreTrainingReport": source, "PostTrainingReport": source},
        "Explainability": {"Report": source},
    }
    baselines = {
        "Bias": {"ConfigFile": source, "PreTrainingConstraints": source, "PostTrainingConstraints": source},
        "Explainability": {"Constraints": source, "ConfigFile": source},
        "ModelQuality": {"Statistics": source, "Constraints": source},
        "ModelDataQuality": {"Statistics": source, "Constraints": source},
    }
    described = sagemaker.describe_model_package(
        ModelPackageName=register(sagemaker, group, ModelMetrics=metrics, DriftCheckBaselines=baselines)
    )
    assert (described["ModelMetrics"], described["DriftCheckBaselines"]) == (metrics, baselines)


def test_a_model_is_made_from_an_approved_package_only(sagemaker, group):
    arn = register(sagemaker, group)
    model = {
        "ModelName": f"from-{group}",
        "PrimaryContainer": {"ModelPackageName": arn},
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/any",
    }
    with pytest.raises(ClientError, match="it is PendingManualApproval"):
        sagemaker.create_model(**model)
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    sagemaker.create_model(**model)
    assert sagemaker.describe_model(ModelName=f"from-{group}")["PrimaryContainer"]["ModelPackageName"] == arn


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        ({"InferenceSpecification": specification()}, "Exactly one of"),
        ({"ModelPackageGroupName": "no-such", "InferenceSpecification": specification()}, "does not exist"),
    ],
)
def test_a_package_without_a_place_is_refused(sagemaker, request_, complaint):
    with pytest.raises(ClientError, match=complaint):
        sagemaker.create_model_package(**request_)


@pytest.mark.parametrize(
    ("elsewhere", "reason"),
    [(":us-east-1:210987654321:", "no resource-based policy allows"), (":eu-west-1:123456789012:", "does not exist")],
)
def test_a_package_of_another_account_or_region_is_not_found(sagemaker, group, elsewhere, reason):
    arn = register(sagemaker, group).replace(":us-east-1:123456789012:", elsewhere)
    with pytest.raises(ClientError, match=reason):
        sagemaker.describe_model_package(ModelPackageName=arn)
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.create_model(ModelName=group, ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn})


def packaged_endpoint(endpoints, sagemaker, group):
    """An endpoint configuration of an approved package whose container really serves."""
    container = {"Image": IMAGE, "ModelDataUrl": endpoints.archive(server())}
    arn = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={**specification(), "Containers": [container]},
        ModelApprovalStatus="Approved",
    )["ModelPackageArn"]
    name = f"{group}-model"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn})
    return endpoints.config(endpoints.variant(name)), arn


def test_an_endpoint_serves_a_model_package(endpoints, sagemaker, group):
    config, _arn = packaged_endpoint(endpoints, sagemaker, group)
    described = endpoints.wait(name := endpoints.start(config))
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    assert described["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert endpoints.predict(name) == b"1:row"


def test_an_endpoint_without_its_package_fails_and_is_deleted(endpoints, sagemaker, group):
    config, arn = packaged_endpoint(endpoints, sagemaker, group)
    sagemaker.delete_model_package(ModelPackageName=arn)
    described = endpoints.wait(name := endpoints.start(config))
    assert described["EndpointStatus"] == "Failed"
    assert arn in described["FailureReason"]
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1})
