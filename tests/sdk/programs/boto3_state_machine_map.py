"""A state machine whose Map trains two models side by side; a bad request is caught by its error's name."""

import json
import os
import time

import boto3

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
channel = {
    "ChannelName": "train",
    "ContentType": "text/csv",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/line/"}},
}
train = {
    "TrainingJobName.$": "$.name",
    "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
    "HyperParameters": {"num_round": "3", "objective": "reg:squarederror", "max_depth.$": "$.depth"},
    "InputDataConfig": [channel],
    "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/map"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10},
    "RoleArn": role,
    "StoppingCondition": {"MaxRuntimeInSeconds": 300},
}
sagemaker_tasks = "arn:aws:states:::sagemaker"
one_model = {
    "StartAt": "Train",
    "States": {
        "Train": {
            "Type": "Task",
            "Resource": f"{sagemaker_tasks}:createTrainingJob.sync",
            "Parameters": train,
            "ResultSelector": {"artifact.$": "$.ModelArtifacts.S3ModelArtifacts"},
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Skipped"}],
            "End": True,
        },
        "Skipped": {"Type": "Pass", "Result": {"artifact": "none"}, "End": True},
    },
}
each = {"Type": "Map", "ItemsPath": "$.models", "MaxConcurrency": 2, "ItemProcessor": one_model, "End": True}
states = boto3.client("stepfunctions")
machine = states.create_state_machine(
    name="map", definition=json.dumps({"StartAt": "Each", "States": {"Each": each}}), roleArn=role
)["stateMachineArn"]
models = [{"name": "map-a", "depth": "2"}, {"name": "map-b", "depth": "3"}, {"name": "map-c", "depth": "deep"}]
execution = states.start_execution(stateMachineArn=machine, input=json.dumps({"models": models}))["executionArn"]
while (described := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
    time.sleep(1)
assert described["status"] == "SUCCEEDED", described
artifacts = [model["artifact"] for model in json.loads(described["output"])]
assert artifacts == [
    f"s3://{bucket}/map/map-a/output/model.tar.gz",
    f"s3://{bucket}/map/map-b/output/model.tar.gz",
    "none",
], artifacts
