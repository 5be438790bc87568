"""Managed spot training with a checkpoint, and attaching to the job by its name."""

import os

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.sklearn import SKLearn

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)
estimator = SKLearn(
    entry_point="checkpointed.py",
    source_dir=scripts,
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    role=role,
    use_spot_instances=True,
    max_run=300,
    max_wait=600,
    checkpoint_s3_uri=f"s3://{bucket}/checkpoints/",
    sagemaker_session=session,
)
estimator.fit()
attached = Estimator.attach(estimator.latest_training_job.name, sagemaker_session=session)
assert attached.model_data == estimator.model_data
assert attached.latest_training_job.describe()["EnableManagedSpotTraining"] is True
body = boto3.client("s3").get_object(Bucket=bucket, Key="checkpoints/epoch.txt")["Body"].read()
assert body == b"3"
