import os

import boto3
import numpy
import sagemaker
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

ENVIRONMENT = os.environ.get("LAUNCHPAD_ENV", "local")


def output(stack, key):
    """What a stack of the platform puts out."""
    stacks = boto3.client("cloudformation").describe_stacks(StackName=f"launchpad-{ENVIRONMENT}-{stack}")
    return next(item["OutputValue"] for item in stacks["Stacks"][0]["Outputs"] if item["OutputKey"] == key)


data_bucket, model_bucket = output("storage", "DataBucketName"), output("storage", "ModelBucketName")
session = sagemaker.Session(default_bucket=data_bucket)
inputs = {"training": f"s3://{data_bucket}/sdk/training/"}
metrics = [{"Name": "total", "Regex": "total: ([0-9.]+)"}]

estimator = SKLearn(
    entry_point="train.py",
    source_dir="src",
    framework_version="1.2-1",
    hyperparameters={"scale": 2.0},
    metric_definitions=metrics,
    instance_type="ml.m5.large",
    instance_count=1,
    max_run=600,
    role=output("access", "TrainingRoleArn"),
    output_path=f"s3://{model_bucket}/sdk/jobs",  # where the training role may write
    base_job_name=f"{ENVIRONMENT}-sdk",
    sagemaker_session=session,
)
estimator.fit(inputs)

model = SKLearnModel(
    model_data=estimator.model_data,
    entry_point="inference.py",
    source_dir="src",
    framework_version="1.2-1",
    role=output("access", "ServingRoleArn"),
    code_location=f"s3://{model_bucket}/sdk",  # what the serving role may read
    sagemaker_session=session,
)
predictor = model.deploy(1, "ml.m5.large", endpoint_name=f"{ENVIRONMENT}-sdk-v2")
print(predictor.predict(numpy.array([[1.0, 2.0]])))
predictor.delete_endpoint()

tuner = HyperparameterTuner(
    estimator,
    "total",
    {"scale": ContinuousParameter(0.5, 4)},
    metrics,
    max_jobs=2,
    max_parallel_jobs=2,
    base_tuning_job_name=f"{ENVIRONMENT}-sdk",
)
tuner.fit(inputs)
print(tuner.best_training_job())
