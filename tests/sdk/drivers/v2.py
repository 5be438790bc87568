"""What a user of the SageMaker Python SDK v2 writes. What it made is printed as JSON, in the last line."""

import json
import sys

import numpy
import sagemaker
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

role, source = sys.argv[1:]
METRIC = [{"Name": "total", "Regex": "total: ([0-9.]+)"}]
PLACE = {"instance_type": "ml.m5.large", "instance_count": 1}
# Without a bucket the SDK asks STS for the account, at an address of AWS that is written into it.
session = sagemaker.Session(default_bucket="scripts")

estimator = SKLearn(
    entry_point="train.py",
    source_dir=source,
    framework_version="1.2-1",
    role=role,
    sagemaker_session=session,
    hyperparameters={"scale": 2.0},
    metric_definitions=METRIC,
    max_run=300,
    volume_size=10,
    **PLACE,
)
estimator.fit({"training": "s3://scripts/sdk"})

predictor = estimator.deploy(1, "ml.m5.large", entry_point="inference.py", source_dir=source)
predicted = predictor.predict(numpy.array([[1.0, 2.0]])).tolist()

tuner = HyperparameterTuner(
    estimator,
    "total",
    {"scale": ContinuousParameter(0.5, 4)},
    METRIC,
    strategy="Random",
    max_jobs=2,
    max_parallel_jobs=2,
)
tuner.fit({"training": "s3://scripts/sdk"})

processor = ScriptProcessor(
    role=role,
    image_uri=estimator.training_image_uri(),
    command=["python3"],
    sagemaker_session=session,
    max_runtime_in_seconds=300,
    volume_size_in_gb=10,
    **PLACE,
)
processor.run(
    code=f"{source}/process.py",
    inputs=[ProcessingInput("s3://scripts/sdk", "/opt/ml/processing/input/raw", "raw")],
    outputs=[ProcessingOutput("/opt/ml/processing/output/clean", "s3://scripts/clean", "clean")],
)

model = SKLearnModel(
    model_data=estimator.model_data,
    role=role,
    entry_point="inference.py",
    source_dir=source,
    framework_version="1.2-1",
    sagemaker_session=session,
)
transformer = model.transformer(
    1, "ml.m5.large", strategy="MultiRecord", assemble_with="Line", accept="text/csv", output_path="s3://scripts/batch"
)
transformer.transform("s3://scripts/sdk", content_type="text/csv", split_type="Line")
transformer.wait()

report = {
    "training": estimator.latest_training_job.name,
    "tuning": tuner.latest_tuning_job.name,
    "processing": processor.latest_job.job_name,
    "transform": transformer.latest_transform_job.name,
    "endpoint": predictor.endpoint_name,
    "best": tuner.best_training_job(),
    "predicted": predicted,
}
print(json.dumps(report))
