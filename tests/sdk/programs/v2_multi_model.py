"""Two models behind one multi-model endpoint; the second is added while it serves."""

import os

import numpy
import sagemaker
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.sklearn.model import SKLearnPredictor

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)


def training(intercept):
    """An estimator whose line has an intercept, or none; its job runs."""
    estimator = SKLearn(
        entry_point="sklearn_line.py",
        source_dir=scripts,
        framework_version="1.2-1",
        instance_type="ml.m5.large",
        role=role,
        hyperparameters={"fit-intercept": intercept},
        sagemaker_session=session,
    )
    estimator.fit({"train": f"s3://{bucket}/line/"}, job_name=f"multi-model-{intercept}", wait=False)
    return estimator


estimators = training(1), training(0)
for estimator in estimators:
    estimator.latest_training_job.wait(logs="None")
first, second = (estimator.model_data for estimator in estimators)
model = SKLearnModel(first, role, f"{scripts}/sklearn_line.py", framework_version="1.2-1", sagemaker_session=session)
models = MultiDataModel("v2-multi-model", f"s3://{bucket}/multi-model/", model=model, sagemaker_session=session)
models.add_model(first, "with-intercept.tar.gz")
models.deploy(1, "ml.m5.large", endpoint_name="v2-multi-model")
predictor = SKLearnPredictor("v2-multi-model", session)
zero = numpy.array([[0.0]])
assert numpy.allclose(predictor.predict(zero, target_model="with-intercept.tar.gz"), [1.0])
models.add_model(second, "without.tar.gz")
assert sorted(models.list_models()) == ["with-intercept.tar.gz", "without.tar.gz"]
assert numpy.allclose(predictor.predict(zero, target_model="without.tar.gz"), [0.0])
predictor.delete_endpoint()
