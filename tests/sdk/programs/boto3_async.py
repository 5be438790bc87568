"""boto3 alone: an asynchronous endpoint of an own image, whose requests and answers are in S3."""

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
    word.size = 5
    model.addfile(word, io.BytesIO(b"later"))
s3.put_object(Bucket=bucket, Key="async/model.tar.gz", Body=archive.getvalue())
s3.put_object(Bucket=bucket, Key="async/in.csv", Body=b"ab")
container = {"Image": image, "ModelDataUrl": f"s3://{bucket}/async/model.tar.gz"}
sagemaker.create_model(ModelName="async", ExecutionRoleArn=role, PrimaryContainer=container)
variant = {"VariantName": "all", "ModelName": "async", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
sagemaker.create_endpoint_config(
    EndpointConfigName="async",
    ProductionVariants=[variant],
    AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{bucket}/async/out"}},
)
sagemaker.create_endpoint(EndpointName="async", EndpointConfigName="async")
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="async")
response = boto3.client("sagemaker-runtime").invoke_endpoint_async(
    EndpointName="async", InputLocation=f"s3://{bucket}/async/in.csv", ContentType="text/csv"
)
key = response["OutputLocation"].removeprefix(f"s3://{bucket}/")
s3.get_waiter("object_exists").wait(Bucket=bucket, Key=key)
assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"later ba"
sagemaker.delete_endpoint(EndpointName="async")
