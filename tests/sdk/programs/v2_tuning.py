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
    output_path=f"s3://{bucket}/tuning",
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
name = tuner.latest_tuning_job.name
# `attach` reads ResourceConfig and the output's key, but `fit` sends HyperParameterTuningResourceConfig and may send
# no key. AWS does not document whether Describe has more than what was sent, so the program fills in what is missing.
details = session.sagemaker_client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
definition = details["TrainingJobDefinition"]
definition.setdefault("ResourceConfig", definition.get("HyperParameterTuningResourceConfig"))
definition["OutputDataConfig"].setdefault("KmsKeyId", "")
attached = HyperparameterTuner.attach(name, sagemaker_session=session, job_details=details)
assert attached.best_training_job() == tuner.best_training_job()
best = tuner.best_estimator()
assert best.model_data == f"s3://{bucket}/tuning/{tuner.best_training_job()}/output/model.tar.gz"
frame = HyperparameterTuningJobAnalytics(name, sagemaker_session=session).dataframe()
assert len(frame) == 3
assert frame.loc[frame["FinalObjectiveValue"].idxmin(), "TrainingJobName"] == attached.best_training_job()
