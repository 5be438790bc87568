"""Airflow's operators of SageMaker: train, make a model, transform with it, and serve it."""

import os
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
os.environ.setdefault("AIRFLOW_CONN_AWS_DEFAULT", "aws://")

import boto3
from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerEndpointConfigOperator,
    SageMakerEndpointOperator,
    SageMakerModelOperator,
    SageMakerTrainingOperator,
    SageMakerTransformOperator,
)
from airflow.providers.amazon.aws.sensors.sagemaker import SageMakerEndpointSensor

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
training = {
    "TrainingJobName": "airflow-training",
    "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
    "HyperParameters": {"num_round": "10", "objective": "reg:squarederror"},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/line/"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/airflow"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10},
    "RoleArn": role,
    "StoppingCondition": {"MaxRuntimeInSeconds": 300},
}
trained = SageMakerTrainingOperator(
    task_id="train", config=training, wait_for_completion=True, print_log=False, check_interval=1
).execute({})["Training"]
assert trained["TrainingJobStatus"] == "Completed"
model = {
    "ModelName": "airflow-model",
    "ExecutionRoleArn": role,
    "PrimaryContainer": {"Image": image, "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"]},
}
SageMakerModelOperator(task_id="model", config=model).execute({})
transform = {
    "TransformJobName": "airflow-transform",
    "ModelName": "airflow-model",
    "TransformInput": {
        "ContentType": "text/csv",
        "SplitType": "Line",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/features/rows.csv"}},
    },
    "TransformOutput": {"S3OutputPath": f"s3://{bucket}/airflow-out", "AssembleWith": "Line"},
    "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
}
SageMakerTransformOperator(task_id="transform", config=transform, check_if_job_exists=False, check_interval=1).execute(
    {}
)
body = boto3.client("s3").get_object(Bucket=bucket, Key="airflow-out/rows.csv.out")["Body"].read()
assert len(body.split()) == 2, body
variant = {"VariantName": "all", "ModelName": "airflow-model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
serving = {"EndpointConfigName": "airflow", "ProductionVariants": [variant]}
SageMakerEndpointConfigOperator(task_id="config", config=serving).execute({})
endpoint = {"EndpointName": "airflow", "EndpointConfigName": "airflow"}
SageMakerEndpointOperator(task_id="serve", config=endpoint, wait_for_completion=False).execute({})
SageMakerEndpointSensor(task_id="served", endpoint_name="airflow", poke_interval=1).execute({})
runtime = boto3.client("sagemaker-runtime")
prediction = runtime.invoke_endpoint(EndpointName="airflow", ContentType="text/csv", Body=b"3")["Body"].read()
assert 0 < float(prediction) < 15, prediction
boto3.client("sagemaker").delete_endpoint(EndpointName="airflow")
