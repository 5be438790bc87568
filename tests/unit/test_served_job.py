"""The training job behind an endpoint is known from the artifact, also where a model package names the artifact."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.platform_client.endpoints import served_job

BUNDLE = "s3://models/demo/models/dev-demo-7/0123456789abcdef/model.tar.gz"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/dev-demo/7"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:{}/x"
TIMES = {"CreationTime": 0, "LastModifiedTime": 0}


def served(container: dict[str, str], artifact: str | None = None) -> str | None:
    """The job of an endpoint whose model has this container; `artifact` is that of its model package."""
    client = boto3.client("sagemaker", "eu-west-1", aws_access_key_id="1", aws_secret_access_key="2")
    with Stubber(client) as answers:
        endpoint = {"EndpointName": "x", "EndpointArn": ARN.format("endpoint"), "EndpointStatus": "InService", **TIMES}
        answers.add_response("describe_endpoint", {**endpoint, "EndpointConfigName": "c"}, {"EndpointName": "dev-demo"})
        config = {"EndpointConfigName": "c", "EndpointConfigArn": ARN.format("endpoint-config"), "CreationTime": 0}
        variants = [{"VariantName": "all", "ModelName": "m"}]
        answers.add_response("describe_endpoint_config", {**config, "ProductionVariants": variants})
        model = {"ModelName": "m", "ModelArn": ARN.format("model"), "CreationTime": 0, "PrimaryContainer": container}
        answers.add_response("describe_model", model)
        if artifact:
            containers = [{"Image": "image", "ModelDataUrl": artifact}]
            answers.add_response(
                "describe_model_package",
                {
                    "ModelPackageName": "dev-demo",
                    "ModelPackageArn": PACKAGE,
                    "CreationTime": 0,
                    "ModelPackageStatus": "Completed",
                    "ModelPackageStatusDetails": {"ValidationStatuses": []},
                    "InferenceSpecification": {"Containers": containers},
                },
                {"ModelPackageName": PACKAGE},
            )
        job = served_job(SimpleNamespace(client=lambda _name: client, name="dev"), "dev-demo")  # type: ignore[arg-type]
        answers.assert_no_pending_responses()
        return job


@pytest.mark.parametrize("artifact", [BUNDLE, "s3://models/demo/jobs/dev-demo-7/output/model.tar.gz"])
def test_a_pinned_artifact_names_its_job(artifact):
    assert served({"ModelDataUrl": artifact}) == "dev-demo-7"


def test_a_pinned_package_names_its_job_by_its_artifact():
    assert served({"ModelPackageName": PACKAGE}, BUNDLE) == "dev-demo-7"


def test_an_artifact_of_somewhere_else_names_no_job():
    assert served({"ModelDataUrl": "s3://partner/release/model.tar.gz"}) is None
