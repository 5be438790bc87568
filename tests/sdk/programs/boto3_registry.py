"""boto3 alone: a model package of an own image, approved, found by Search, and served by an endpoint."""

import io
import os
import tarfile

import boto3

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
image = f"{os.environ['AWS_ACCESS_KEY_ID']}.dkr.ecr.us-east-1.amazonaws.com/own-line:latest"
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as model:
    word = tarfile.TarInfo("word")
    word.size = 3
    model.addfile(word, io.BytesIO(b"hey"))
s3.put_object(Bucket=bucket, Key="registry/model.tar.gz", Body=archive.getvalue())
sagemaker.create_model_package_group(ModelPackageGroupName="boto3-registry")
package = sagemaker.create_model_package(
    ModelPackageGroupName="boto3-registry",
    ModelApprovalStatus="PendingManualApproval",
    InferenceSpecification={
        "Containers": [{"Image": image, "ModelDataUrl": f"s3://{bucket}/registry/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    },
)["ModelPackageArn"]
sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
conditions = [
    {"Name": "ModelPackageGroupName", "Operator": "Equals", "Value": "boto3-registry"},
    {"Name": "ModelApprovalStatus", "Operator": "Equals", "Value": "Approved"},
]
hits = sagemaker.search(Resource="ModelPackage", SearchExpression={"Filters": conditions})["Results"]
assert [hit["ModelPackage"]["ModelPackageArn"] for hit in hits] == [package]
container = {"ModelPackageName": hits[0]["ModelPackage"]["ModelPackageArn"]}
sagemaker.create_model(ModelName="registry", ExecutionRoleArn=role, PrimaryContainer=container)
variant = {"VariantName": "all", "ModelName": "registry", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
sagemaker.create_endpoint_config(EndpointConfigName="registry", ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName="registry", EndpointConfigName="registry")
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="registry")
response = boto3.client("sagemaker-runtime").invoke_endpoint(EndpointName="registry", Body=b"ab")
assert response["Body"].read() == b"hey ba"
sagemaker.delete_endpoint(EndpointName="registry")
