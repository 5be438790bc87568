"""A serverless endpoint, and an instance-based one whose model is changed while it serves."""

import os

import numpy
import sagemaker
from sagemaker.serverless import ServerlessInferenceConfig
from sagemaker.sklearn import SKLearn

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]


def trained(intercept):
    """An estimator whose line has an intercept, or none."""
    estimator = SKLearn(
        entry_point="sklearn_line.py",
        source_dir=scripts,
        framework_version="1.2-1",
        instance_type="ml.m5.large",
        role=role,
        hyperparameters={"fit-intercept": intercept},
        sagemaker_session=sagemaker.Session(default_bucket=bucket),
    )
    estimator.fit({"train": f"s3://{bucket}/line/"})
    return estimator


with_intercept, without = trained(1), trained(0)
config = ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=2)
serverless = with_intercept.deploy(serverless_inference_config=config)
assert numpy.allclose(serverless.predict(numpy.array([[3.0]])), [7.0])
serverless.delete_endpoint()

predictor = with_intercept.deploy(1, "ml.m5.large")
assert numpy.allclose(predictor.predict(numpy.array([[0.0]])), [1.0])
model = without.create_model()
model.create(instance_type="ml.m5.large")
predictor.update_endpoint(initial_instance_count=1, instance_type="ml.m5.large", model_name=model.name)
assert numpy.allclose(predictor.predict(numpy.array([[0.0]])), [0.0])
predictor.delete_endpoint()
