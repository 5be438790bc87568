"""A user's image with programs `train` and `serve`, by the plain Estimator."""

import os

import sagemaker
from sagemaker.estimator import Estimator

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
session = sagemaker.Session(default_bucket=bucket)
image = f"{os.environ['AWS_ACCESS_KEY_ID']}.dkr.ecr.us-east-1.amazonaws.com/own-line:latest"
estimator = Estimator(image, role, 1, "ml.m5.large", sagemaker_session=session, hyperparameters={"word": "hello"})
estimator.fit({"train": f"s3://{bucket}/line/"})
predictor = estimator.deploy(1, "ml.m5.large")
assert predictor.predict(b"abc") == b"hello cba"
predictor.delete_endpoint()
