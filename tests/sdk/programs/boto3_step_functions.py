"""A state machine that trains, and decides by the job's metric."""

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
    "HyperParameters": {"num_round": "5", "objective": "reg:squarederror"},
    "InputDataConfig": [channel],
    "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/states"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10},
    "RoleArn": role,
    "StoppingCondition": {"MaxRuntimeInSeconds": 300},
}
model = {
    "ModelName.$": "$.TrainingJobName",
    "ExecutionRoleArn": role,
    "PrimaryContainer": {"Image": image, "ModelDataUrl.$": "$.ModelArtifacts.S3ModelArtifacts"},
}
sagemaker_tasks = "arn:aws:states:::sagemaker"
definition = {
    "StartAt": "Train",
    "States": {
        "Train": {
            "Type": "Task",
            "Resource": f"{sagemaker_tasks}:createTrainingJob.sync",
            "Parameters": train,
            "Next": "Completed",
        },
        "Completed": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.TrainingJobStatus", "StringEquals": "Completed", "Next": "Model"}],
            "Default": "Stop",
        },
        "Model": {
            "Type": "Task",
            "Resource": f"{sagemaker_tasks}:createModel",
            "Parameters": model,
            "End": True,
        },
        "Stop": {"Type": "Fail", "Error": "NotTrained"},
    },
}
states = boto3.client("stepfunctions")
machine = states.create_state_machine(name="train", definition=json.dumps(definition), roleArn=role)
execution = states.start_execution(
    stateMachineArn=machine["stateMachineArn"], input=json.dumps({"name": "states-training"})
)["executionArn"]
while (described := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
    time.sleep(1)
assert described["status"] == "SUCCEEDED", described
assert boto3.client("sagemaker").describe_model(ModelName="states-training")["PrimaryContainer"]["Image"] == image
