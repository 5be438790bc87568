"""A pipeline written as JSON, as `aws sagemaker create-pipeline` takes it; a failing execution is retried."""

import json
import os
import time
import uuid

import boto3

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
script = "import sys, pathlib; sys.exit(0 if list(pathlib.Path('/opt/ml/processing/in').glob('*-go')) else 3)"
step = {
    "Name": "Check",
    "Type": "Processing",
    "Arguments": {
        "AppSpecification": {
            "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
            "ContainerEntrypoint": ["python3", "-c", script],
        },
        "ProcessingInputs": [
            {
                "InputName": "in",
                "S3Input": {
                    "S3Uri": {"Std:Join": {"On": "/", "Values": ["s3:/", bucket, {"Get": "Parameters.Prefix"}]}},
                    "LocalPath": "/opt/ml/processing/in",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        },
        "RoleArn": role,
    },
}
definition = {
    "Version": "2020-12-01",
    "Parameters": [{"Name": "Prefix", "Type": "String", "DefaultValue": "flags"}],
    "Steps": [step],
}


def token():
    """What makes a call happen once."""
    return uuid.uuid4().hex


def status(arn):
    """The execution's last status."""
    while (state := sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]) in (
        "Executing",
        "Stopping",
    ):
        time.sleep(1)
    return state


s3.put_object(Bucket=bucket, Key="flags/one-stop", Body=b"")
sagemaker.create_pipeline(
    PipelineName="boto3", PipelineDefinition=json.dumps(definition), RoleArn=role, ClientRequestToken=token()
)
arn = sagemaker.start_pipeline_execution(PipelineName="boto3", ClientRequestToken=token())["PipelineExecutionArn"]
assert status(arn) == "Failed"
s3.put_object(Bucket=bucket, Key="flags/two-go", Body=b"")
sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())
assert status(arn) == "Succeeded"
