"""Register a model in a group, approve it, find it, and deploy the approved version."""

import os

import boto3
import numpy
import sagemaker
from sagemaker import ModelPackage
from sagemaker.deserializers import NumpyDeserializer
from sagemaker.serializers import NumpySerializer
from sagemaker.sklearn import SKLearn

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=scripts,
    framework_version="1.4-2",
    instance_type="ml.m5.large",
    role=role,
    sagemaker_session=session,
)
estimator.fit({"train": f"s3://{bucket}/line/"})
package = estimator.register(
    content_types=["text/csv"],
    response_types=["text/csv"],
    inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"],
    model_package_group_name="v2-registry",
    approval_status="PendingManualApproval",
)
client = boto3.client("sagemaker")
client.update_model_package(ModelPackageArn=package.model_package_arn, ModelApprovalStatus="Approved")
condition = [{"Name": "ModelPackageGroupName", "Operator": "Equals", "Value": "v2-registry"}]
found = client.search(Resource="ModelPackage", SearchExpression={"Filters": condition})["Results"]
assert found[0]["ModelPackage"]["ModelApprovalStatus"] == "Approved"
model = ModelPackage(role=role, model_package_arn=package.model_package_arn, sagemaker_session=session)
model.deploy(1, "ml.m5.large", endpoint_name="v2-registry")
predictor = sagemaker.Predictor("v2-registry", session, NumpySerializer(), NumpyDeserializer())
assert numpy.allclose(predictor.predict(numpy.array([[3.0]])), [7.0])
predictor.delete_endpoint()
