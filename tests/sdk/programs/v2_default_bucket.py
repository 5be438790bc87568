"""The SDK's default bucket: named without a question to STS, and created by the first upload."""

import os

import boto3
import sagemaker
from sagemaker.sklearn import SKLearn

session = sagemaker.Session()
assert session.default_bucket() == f"sagemaker-{session.boto_region_name}-123456789012"
rows = session.upload_data(f"{os.environ['SCRIPTS']}/sklearn_line.py", key_prefix="default/line")
assert rows == f"s3://{session.default_bucket()}/default/line/sklearn_line.py"
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=os.environ["SCRIPTS"],
    framework_version="1.4-2",
    instance_type="ml.m5.large",
    role=os.environ["ROLE"],
    hyperparameters={"fit-intercept": 1},
)
estimator.fit({"train": f"s3://{os.environ['BUCKET']}/line/"})
assert estimator.model_data.startswith(f"s3://{session.default_bucket()}/")
key = estimator.model_data.removeprefix(f"s3://{session.default_bucket()}/")
assert boto3.client("s3").head_object(Bucket=session.default_bucket(), Key=key)["ContentLength"]
