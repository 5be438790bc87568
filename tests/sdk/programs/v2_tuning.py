"""Tune, attach to the tuning job and to its best training job by name, and read both analytics."""

import os

import sagemaker
from sagemaker.analytics import HyperparameterTuningJobAnalytics
from sagemaker.sklearn import SKLearn
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)
estimator = SKLearn(
    entry_point="scaled.py",
    source_dir=scripts,
    framework_version="1.4-2",
    instance_type="ml.m5.large",
    role=role,
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    estimator,
    "error",
    {"scale": ContinuousParameter(0.5, 4)},
    [{"Name": "error", "Regex": "error=([0-9.]+)"}],
    objective_type="Minimize",
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=3,
)
tuner.fit({"train": f"s3://{bucket}/line/"})
attached = HyperparameterTuner.attach(tuner.latest_tuning_job.name, sagemaker_session=session)
assert attached.best_training_job() == tuner.best_training_job()
best = SKLearn.attach(attached.best_training_job(), sagemaker_session=session)
assert best.model_data.startswith(f"s3://{bucket}/")
frame = HyperparameterTuningJobAnalytics(tuner.latest_tuning_job.name, sagemaker_session=session).dataframe()
assert len(frame) == 3
assert frame.loc[frame["FinalObjectiveValue"].idxmin(), "TrainingJobName"] == attached.best_training_job()
