"""Script mode with scikit-learn: train, deploy, predict, delete."""

import os

import numpy
import sagemaker
from sagemaker.sklearn import SKLearn

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=scripts,
    framework_version="1.4-2",
    instance_type="ml.m5.large",
    role=role,
    hyperparameters={"fit-intercept": 1},
    sagemaker_session=sagemaker.Session(default_bucket=bucket),
)
estimator.fit({"train": f"s3://{bucket}/line/"})
predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
assert numpy.allclose(predictor.predict(numpy.array([[3.0], [10.0]])), [7.0, 21.0])
predictor.delete_model()
predictor.delete_endpoint()
