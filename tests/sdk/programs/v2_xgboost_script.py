"""Script mode with XGBoost, and a batch transform of its model."""

import os

import boto3
import sagemaker
from sagemaker.xgboost import XGBoost

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
estimator = XGBoost(
    entry_point="xgboost_line.py",
    source_dir=scripts,
    framework_version="1.7-1",
    instance_type="ml.m5.large",
    instance_count=1,
    role=role,
    hyperparameters={"num-round": 20},
    output_path=f"s3://{bucket}/xgboost-script",
    sagemaker_session=sagemaker.Session(default_bucket=bucket),
)
estimator.fit({"train": f"s3://{bucket}/line/"})
transformer = estimator.transformer(1, "ml.m5.large", output_path=f"s3://{bucket}/xgboost-script/out")
transformer.transform(f"s3://{bucket}/features/rows.csv", content_type="text/csv", split_type="Line", wait=True)
body = boto3.client("s3").get_object(Bucket=bucket, Key="xgboost-script/out/rows.csv.out")["Body"].read()
assert len(body.decode().replace(",", " ").split()) == 2, body
